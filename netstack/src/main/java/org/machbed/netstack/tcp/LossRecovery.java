package org.machbed.netstack.tcp;

import org.machbed.netstack.StackCounter;

/**
 * Finds out what was lost and has it sent again: fast retransmit and fast recovery with SACK (RFC 6675) or without (RFC 5681
 * section 3.2, RFC 6582), limited transmit (RFC 3042), and what follows a retransmission timeout (RFC 6675 section 5.1). How much
 * may be on its way is the congestion control's to say; {@link SackScoreboard} knows what the peer has.
 */
final class LossRecovery {
    private enum Phase {
        /** Nothing is known to be lost. */
        OPEN,
        /** Between a fast retransmit and the acknowledgment of all that was sent before it. */
        FAST,
        /** The same after a timeout: the window grows as in slow start meanwhile. */
        TIMEOUT
    }

    /** RFC 3042: on each of the first two duplicates. */
    private static final int LIMITED_TRANSMIT_SEGMENTS = 2;

    private static final SackBlocks NO_BLOCKS = new SackBlocks() {
        @Override
        public int sackBlocks() {
            return 0;
        }

        @Override
        public int sackLeft(int index) {
            throw new IndexOutOfBoundsException(index);
        }

        @Override
        public int sackRight(int index) {
            throw new IndexOutOfBoundsException(index);
        }
    };

    private final TcpConnection c;
    private final SackScoreboard scoreboard = new SackScoreboard();
    private Phase phase = Phase.OPEN;
    private int duplicateAcks;

    /** RFC 6582's recover, plus one; RFC 6675's RecoveryPoint. */
    private int recoveryPoint;

    /**
     * What was sent for the first time from here on was sent after the oldest segment was sent again, or became the oldest. As
     * with RACK (RFC 8985 section 3), its arrival before the other's says that the other is lost.
     */
    private int sentLater;

    /** The oldest segment is to be sent again now, whatever the window says. */
    private boolean oldestDue;

    LossRecovery(TcpConnection connection) {
        this.c = connection;
    }

    /** The handshake is over. */
    void start() {
        scoreboard.reset(c.send.nxt, c.segmentBytes());
        recoveryPoint = c.send.iss;
    }

    /** Something was sent for the first time. */
    void onSent() {
        scoreboard.onSent(c.send.max);
    }

    void onSegmentSize(int segmentBytes) {
        scoreboard.segmentBytes(segmentBytes);
    }

    /** An acknowledgment came and SND.UNA is up to date; answers how many octets it reports for the first time by SACK. */
    int update(Segment s) {
        boolean blocks = c.offer.sack && s.options.sackBlocks() != 0;
        int newlySacked = scoreboard.update(c.send.una, c.send.max, blocks ? s.options : NO_BLOCKS);
        if (scoreboard.duplicateReported()) {
            c.count(StackCounter.TCP_DUPLICATE_SACKS_RECEIVED);
        }
        return newlySacked;
    }

    /**
     * New data were acknowledged.
     *
     * @param flightBefore what was on its way before
     */
    void onNewAck(int ackedBytes, int flightBefore, long nowNs) {
        duplicateAcks = 0;
        boolean all = SequenceNumber.greaterOrEqual(c.send.una, recoveryPoint);
        switch (phase) {
            case OPEN -> c.congestion.onAck(ackedBytes, flightBefore, c.rtt.smoothedNs(), nowNs);
            case FAST -> {
                if (all) {
                    c.congestion.exitRecovery(c.send.flightBytes(), nowNs);
                } else if (!c.offer.sack) {
                    c.congestion.onPartialAck(ackedBytes); // RFC 6582 section 3.2 step 3
                    oldestDue = true;
                }
            }
            case TIMEOUT -> c.congestion.onAck(ackedBytes, flightBefore, c.rtt.smoothedNs(), nowNs);
        }
        sentLater = c.send.max;
        if (all) {
            // Follows at a distance of one, so that it compares however much is sent before the next loss.
            recoveryPoint = SequenceNumber.max(recoveryPoint, c.send.una - 1);
        }
        if (all && phase != Phase.OPEN) {
            phase = Phase.OPEN;
            oldestDue = false;
        }
    }

    /** An acknowledgment that moves nothing came, or one that reports something new by SACK. */
    void onDuplicateAck(long nowNs) {
        c.count(StackCounter.TCP_DUPLICATE_ACKS_RECEIVED);
        if (phase == Phase.FAST && !c.offer.sack) {
            c.congestion.onDuplicateAck();
        }
        if (phase == Phase.OPEN) {
            duplicateAcks++;
            considerRecovery(nowNs);
        }
    }

    /** Something was SACKed for the first time. */
    void onSacked(long nowNs) {
        if (phase == Phase.OPEN) {
            considerRecovery(nowNs);
        } else if (scoreboard.sackedBytesFrom(sentLater)
                > (SackScoreboard.DUPLICATE_THRESHOLD - 1) * c.segmentBytes()) {
            scoreboard.retransmitOldestAgain();
            oldestDue = true;
            sentLater = c.send.max;
        }
    }

    /** Enters fast recovery when enough says that the oldest segment is lost. */
    private void considerRecovery(long nowNs) {
        if (c.send.flightBytes() == 0) {
            return;
        }
        boolean due = c.offer.sack
                ? scoreboard.isRecoveryDue(duplicateAcks)
                : duplicateAcks >= SackScoreboard.DUPLICATE_THRESHOLD;
        // RFC 6582 section 3.2 step 1 wants more than recover acknowledged, RFC 6675 section 5.1 no less.
        boolean past = c.offer.sack
                ? SequenceNumber.greaterOrEqual(c.send.una, recoveryPoint)
                : SequenceNumber.greaterThan(c.send.una, recoveryPoint);
        if (due && past) {
            c.count(StackCounter.TCP_FAST_RETRANSMITS);
            phase = Phase.FAST;
            recoveryPoint = c.send.max;
            sentLater = c.send.max;
            c.congestion.enterRecovery(flightWithoutLimitedTransmit(), !c.offer.sack, nowNs);
            scoreboard.enterRecovery();
            oldestDue = true;
        }
    }

    /** RFC 5681 section 3.2 step 2: what limited transmit sent beyond the window MUST NOT count. */
    private long flightWithoutLimitedTransmit() {
        return Math.min(c.send.flightBytes(), c.congestion.windowBytes());
    }

    /** The retransmission timer expired: all that is not SACKed counts as lost. */
    void onTimeout(boolean first, long nowNs) {
        c.congestion.onRetransmissionTimeout(c.send.flightBytes(), first, nowNs);
        takeAllForLost();
    }

    /** A router dropped what is on its way since it is too large; that is no congestion (RFC 1191 section 6.5). */
    void onPathMtuReduced() {
        takeAllForLost();
    }

    /** A window that was closed over what is on its way opened again. */
    void onWindowReopened() {
        takeAllForLost();
    }

    private void takeAllForLost() {
        if (scoreboard.hasReneged()) {
            c.count(StackCounter.TCP_SACK_RENEGED);
        }
        phase = Phase.TIMEOUT;
        duplicateAcks = 0;
        oldestDue = false;
        recoveryPoint = c.send.max;
        sentLater = c.send.max;
        scoreboard.onRetransmissionTimeout();
    }

    /** Sends again what is to be; answers whether new text may follow. */
    boolean retransmit(long nowNs) {
        if (usesScoreboard()) {
            return retransmitByScoreboard(nowNs);
        }
        if (oldestDue) {
            oldestDue = c.transmission.repeat(c.send.una, c.size.textRoomBytes(), nowNs) == 0;
        }
        return true;
    }

    private boolean usesScoreboard() {
        return phase == Phase.TIMEOUT || (phase == Phase.FAST && c.offer.sack);
    }

    /** RFC 6675 section 5, steps 4 and C: the oldest goes at once, the others as the window allows. */
    private boolean retransmitByScoreboard(long nowNs) {
        boolean newData = c.transmission.hasNewData();
        NextSegment rule = scoreboard.nextSegment(newData);
        while (rule.isRetransmission()) {
            int sequence = scoreboard.nextSequence();
            int length = Math.min(scoreboard.nextBytes(), c.size.textRoomBytes());
            if (!oldestDue && !mayGo(length)) {
                return false;
            }
            int sent = c.transmission.repeat(sequence, length, nowNs);
            if (sent == 0) {
                return false;
            }
            oldestDue = false;
            scoreboard.onRetransmitted(rule, sequence, sent);
            rule = scoreboard.nextSegment(newData);
        }
        return true;
    }

    /** Whether the congestion window has room for so much more. */
    boolean mayGo(int lengthBytes) {
        boolean pipeKnown = c.offer.sack || phase == Phase.TIMEOUT;
        int pipe = pipeKnown ? scoreboard.pipeBytes() : c.send.flightBytes();
        return pipe == 0 || pipe + (long) lengthBytes <= c.congestion.windowBytes() + limitedTransmitBytes();
    }

    /** RFC 3042; with SACK the pipe shrinks by itself as duplicates come (RFC 6675 section 5, step 3). */
    private int limitedTransmitBytes() {
        boolean applies = phase == Phase.OPEN && !c.offer.sack;
        return applies ? Math.min(duplicateAcks, LIMITED_TRANSMIT_SEGMENTS) * c.segmentBytes() : 0;
    }
}
