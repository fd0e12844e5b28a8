package org.machbed.netstack.time;

/** One timer, made once and scheduled as often as wanted; a member of its {@link TimerWheel}'s lists while it is. */
public final class WheelTimer {
    private final TimerListener listener;

    /** Neighbours in a list that begins and ends with its slot's head; of meaning while {@link #level} is not negative. */
    WheelTimer previous = this;

    WheelTimer next = this;

    /** When it is due, in ticks of the wheel. */
    long tick;

    long deadlineNs;

    /** Where it is: -1 while not scheduled. */
    int level = -1;

    int slot;

    public WheelTimer(TimerListener listener) {
        this.listener = listener;
    }

    public boolean isScheduled() {
        return level >= 0;
    }

    /** What it was last scheduled for; of meaning while it is scheduled. */
    public long deadlineNs() {
        return deadlineNs;
    }

    void fire(long nowNs) {
        listener.onTimer(nowNs);
    }
}
