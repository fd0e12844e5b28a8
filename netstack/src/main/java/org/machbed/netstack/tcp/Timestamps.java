package org.machbed.netstack.tcp;

import org.machbed.netstack.state.StateTransfer;

/** The Timestamps option of one connection (RFC 7323 sections 3 to 5): a clock for the peer, and what its clock said last. */
final class Timestamps {
    /** RFC 7323 section 5.4: a tick between 1 ms and 1 s. */
    private static final long TICK_NS = 1_000_000L;

    /** RFC 7323 section 5.5: a connection idle for longer than 24 days no longer trusts what it remembers. */
    private static final long OUTDATED_NS = 24L * 24 * 3600 * 1_000_000_000L;

    /** Whether both SYNs carried the option. */
    boolean enabled;

    /** TS.Recent. */
    int recent;

    private long recentNs;

    /** Random, so that our clock does not tell how long we are up, nor two connections that they are ours (section 7.1). */
    private int offset;

    /** By how much our clock is ahead of the stack's, less than a tick either way: so that it goes on evenly after a migration. */
    private long phaseNs;

    Timestamps(int offset) {
        this.offset = offset;
    }

    /** TSval of what is sent now. */
    int value(long nowNs) {
        return (int) Math.floorDiv(nowNs + phaseNs, TICK_NS) + offset;
    }

    /** The SYN of the peer carried the option. */
    void start(int peerValue, long nowNs) {
        enabled = true;
        recent = peerValue;
        recentNs = nowNs;
    }

    /** PAWS (section 5.3 R1): whether the segment is older than what we have seen. */
    boolean isOld(int peerValue, long nowNs) {
        return SequenceNumber.lessThan(peerValue, recent) && nowNs - recentNs < OUTDATED_NS;
    }

    /** Section 4.3 (2): remembers the value of a segment that covers what we acknowledged last. */
    void note(int peerValue, int sequence, int lastAckSent, long nowNs) {
        if (SequenceNumber.lessOrEqual(sequence, lastAckSent) && !isOld(peerValue, nowNs)) {
            recent = peerValue;
            recentNs = nowNs;
        }
    }

    /** Section 4.1 (RTTM): how long ago we sent the value that came back; negative when it is none of ours. */
    long roundTripNs(int echo, long nowNs) {
        return (value(nowNs) - echo) * TICK_NS;
    }

    /** For a migration: our clock goes on as it did, to the nanosecond. */
    void transfer(StateTransfer t) {
        enabled = t.flag("Snd.TS.OK", enabled);
        recent = t.number(recent);
        recentNs = t.past(recentNs);
        long nowNs = t.nowNs();
        int value = t.number(value(nowNs));
        int sinceTickNs = (int) Math.floorMod(nowNs + phaseNs, TICK_NS);
        sinceTickNs = t.within("the timestamp clock's phase", sinceTickNs, 0, (int) TICK_NS - 1);
        if (t.isReading()) {
            phaseNs = sinceTickNs - Math.floorMod(nowNs, TICK_NS);
            offset = value - (int) Math.floorDiv(nowNs + phaseNs, TICK_NS);
        }
    }
}
