package org.machbed.netstack.tcp;

/** What RFC 6675 section 4 says to send next: the rule of NextSeg() that applies. */
public enum NextSegment {
    /** Rule 1, or the first segment of a recovery: it is taken for lost. */
    LOST,
    /** Rule 2: what was never sent. */
    NEW_DATA,
    /** Rule 3: it is missing, though it may be on its way still. */
    UNSACKED,
    /** Rule 4: the end of what was sent, once, lest its loss cost a timeout. */
    RESCUE,
    NONE;

    /** Whether {@link SackScoreboard#nextSequence} says what to send again. */
    public boolean isRetransmission() {
        return this == LOST || this == UNSACKED || this == RESCUE;
    }
}
