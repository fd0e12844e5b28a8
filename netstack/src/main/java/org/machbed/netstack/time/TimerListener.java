package org.machbed.netstack.time;

/** What a {@link WheelTimer} tells. */
@FunctionalInterface
public interface TimerListener {
    /** The timer's time came; it is not scheduled any more, and may be scheduled again from here. */
    void onTimer(long nowNs);
}
