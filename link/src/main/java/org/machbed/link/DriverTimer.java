package org.machbed.link;

/** Work that the interrupt loop of an {@link EtherDriver} does at its time, as a stack's timers. */
public interface DriverTimer {
    /**
     * When {@link #onTimer} wants to be called, in {@link System#nanoTime}; {@link Long#MAX_VALUE} for never. Asked after each
     * turn of the loop: who makes it earlier from another thread calls {@link LinkEnd#wakeUp}.
     */
    long nextDeadlineNs();

    /** The deadline may have come. */
    void onTimer(long nowNs);
}
