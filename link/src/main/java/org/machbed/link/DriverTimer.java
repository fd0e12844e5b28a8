package org.machbed.link;

/** Work that the interrupt loop of an {@link EtherDriver} does at its time, as a stack's timers. */
public interface DriverTimer {
    /**
     * When {@link #onTimer} wants to be called, in {@link System#nanoTime}; {@link Long#MAX_VALUE} for never and {@link
     * Long#MIN_VALUE} for at once. Asked once a turn of the loop, before it waits: who makes it earlier from another thread
     * calls {@link LinkEnd#wakeUp}.
     */
    long nextDeadlineNs();

    /** The deadline may have come. */
    void onTimer(long nowNs);
}
