package org.machbed.netstack.time;

/** Lets a number of events through at once and further ones at a steady rate. */
public final class TokenBucket {
    private final long intervalNs;
    private final int burst;
    private int tokens;

    /** When the last token was earned; of meaning once {@link #started}. */
    private long earnedNs;

    private boolean started;

    /**
     * @param ratePerSecond tokens earned in a second, 1 to 1,000,000,000
     * @param burst tokens held at most, and at the start
     */
    public TokenBucket(int ratePerSecond, int burst) {
        this.intervalNs = 1_000_000_000L / ratePerSecond;
        this.burst = burst;
        this.tokens = burst;
    }

    /** Takes a token, if there is one. */
    public boolean take(long nowNs) {
        if (!started) {
            started = true;
            earnedNs = nowNs;
        }
        long earned = (nowNs - earnedNs) / intervalNs;
        if (earned > 0) {
            boolean full = earned >= burst - tokens;
            tokens = full ? burst : tokens + (int) earned;
            earnedNs = full ? nowNs : earnedNs + earned * intervalNs;
        }
        if (tokens == 0) {
            return false;
        }
        tokens--;
        return true;
    }
}
