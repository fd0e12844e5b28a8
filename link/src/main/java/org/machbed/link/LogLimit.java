package org.machbed.link;

/**
 * Lets a line into the log at most once in an interval, for events that another station decides how often happen. One thread
 * at a time.
 */
final class LogLimit {
    /** What {@link #admit} answers when the line is to be left out. */
    static final int LEAVE_OUT = -1;

    private final long intervalNs;
    private boolean started;

    /** When the last line was written; of meaning once {@link #started}. */
    private long writtenNs;

    private int leftOut;

    LogLimit(long intervalNs) {
        this.intervalNs = intervalNs;
    }

    /** An event: how many before it were left out of the log when this one is to be written, else {@link #LEAVE_OUT}. */
    int admit(long nowNs) {
        if (started && nowNs - writtenNs < intervalNs) {
            leftOut++;
            return LEAVE_OUT;
        }
        started = true;
        writtenNs = nowNs;
        int before = leftOut;
        leftOut = 0;
        return before;
    }
}
