package org.machbed.netstack.tcp;

import org.machbed.netstack.StackCounter;
import org.machbed.netstack.state.StateTransfer;

/**
 * Finds out what was lost and has it sent again. With SACK losses are found by RACK-TLP (RFC 8985: {@link Rack},
 * {@link TailLossProbe}), without by duplicate acknowledgments (RFC 5681 section 3.2, RFC 6582) with limited transmit (RFC 3042);
 * both by the retransmission timeout, after which what is lost goes again in order (RFC 6675 section 5.1). How much may be on its
 * way is the congestion control's to say; {@link SackScoreboard} knows what the peer has.
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

    /** RFC 5681 section 3.2. */
    private static final int DUPLICATE_THRESHOLD = 3;

    /** RFC 3042: on each of the first two duplicates. */
    private static final int LIMITED_TRANSMIT_SEGMENTS = 2;

    private static final long NO_SAMPLE = -1;
    private static final Phase[] PHASES = Phase.values();

    /** What a migration makes of what is on its way at most, thrice. */
    private static final int RESTORED_SEGMENTS = SentSegments.MAXIMUM / 4;

    private final TcpConnection c;
    private final SentSegments segments = new SentSegments();
    private final SackScoreboard scoreboard = new SackScoreboard(segments);
    private final Rack rack = new Rack();
    private final TailLossProbe probe;
    private final DeliveryListener deliveries = this::onDelivered;
    private Phase phase = Phase.OPEN;
    private int duplicateAcks;

    /** RFC 6582's recover, plus one; RFC 6675's RecoveryPoint. */
    private int recoveryPoint;

    /** When the window was last made smaller for a loss, in this recovery. */
    private long reducedNs;

    /** The oldest segment is to be sent again now, whatever the window says. */
    private boolean oldestDue;

    /** Something happened that a tail loss probe's time is counted from, or from the end of the reordering window if that is later. */
    private boolean probeDue;

    // Of the acknowledgment that is being dealt with.
    private long arrivalNs;
    private boolean stamped;
    private int echo;
    private long roundTripNs;

    LossRecovery(TcpConnection connection) {
        this.c = connection;
        this.probe = new TailLossProbe(connection);
    }

    /** The handshake is over. */
    void start() {
        scoreboard.reset(c.send.nxt);
        rack.start(c.send.nxt);
        probe.reset();
        recoveryPoint = c.send.iss;
    }

    /** Something was sent for the first time, up to SND.NXT. */
    void onSent(long nowNs) {
        segments.onSent(c.send.nxt, nowNs);
        probeDue = true;
    }

    /** An acknowledgment came and SND.UNA is up to date; answers how many octets it reports for the first time by SACK. */
    int update(Segment s, long nowNs) {
        arrivalNs = nowNs;
        stamped = c.timestamps.enabled && s.options.timestamps();
        echo = stamped ? s.options.timestampEcho() : 0;
        roundTripNs = NO_SAMPLE;
        boolean blocks = c.offer.sack && s.options.sackBlocks() != 0;
        int newlySacked = scoreboard.update(c.send.una, blocks ? s.options : NoSackBlocks.INSTANCE, deliveries);
        if (scoreboard.duplicateReported()) {
            c.count(StackCounter.TCP_DUPLICATE_SACKS_RECEIVED);
        }
        rack.onAcknowledgment(c.send.una, c.send.nxt, scoreboard.duplicateReported());
        return newlySacked;
    }

    private void onDelivered(int endSequence, long sentNs, boolean retransmitted) {
        if (!retransmitted && roundTripNs == NO_SAMPLE) {
            roundTripNs = arrivalNs - sentNs;
        }
        boolean echoIsOlder = retransmitted && stamped && SequenceNumber.lessThan(echo, c.timestamps.value(sentNs));
        rack.onDelivered(endSequence, sentNs, retransmitted, echoIsOlder, arrivalNs);
    }

    /** How long ago the first segment was sent that the last acknowledgment is of, if it was sent once; else negative. */
    long roundTripNs() {
        return roundTripNs;
    }

    /** A round trip was measured. */
    void onRttSample() {
        probe.onRttSample();
    }

    /**
     * New data were acknowledged.
     *
     * @param flightBefore what was on its way before
     */
    void onNewAck(int ackedBytes, int flightBefore, long nowNs) {
        duplicateAcks = 0;
        probeDue = true;
        boolean all = SequenceNumber.greaterOrEqual(c.send.una, recoveryPoint);
        switch (phase) {
            case OPEN, TIMEOUT -> c.congestion.onAck(ackedBytes, flightBefore, c.rtt.smoothedNs(), nowNs);
            case FAST -> {
                probe.onRecoveryProgress();
                if (all) {
                    c.congestion.exitRecovery(c.send.flightBytes(), nowNs);
                } else if (!c.offer.sack) {
                    c.congestion.onPartialAck(ackedBytes); // RFC 6582 section 3.2 step 3
                    oldestDue = true;
                }
            }
        }
        if (all) {
            // Follows at a distance of one, so that it compares however much is sent before the next loss.
            recoveryPoint = SequenceNumber.max(recoveryPoint, c.send.una - 1);
        }
        if (all && phase != Phase.OPEN) {
            phase = Phase.OPEN;
            oldestDue = false;
            rack.onRecoveryOver();
        }
    }

    /** An acknowledgment that moves nothing came. */
    void onDuplicateAck(long nowNs) {
        c.count(StackCounter.TCP_DUPLICATE_ACKS_RECEIVED);
        if (c.offer.sack) {
            if (phase == Phase.FAST) {
                probe.onRecoveryProgress();
                probeDue = true;
            }
            return;
        }
        if (phase == Phase.FAST) {
            c.congestion.onDuplicateAck();
        } else if (phase == Phase.OPEN) {
            duplicateAcks++;
            boolean past = SequenceNumber.greaterThan(c.send.una, recoveryPoint); // RFC 6582 section 3.2 step 1
            if (duplicateAcks >= DUPLICATE_THRESHOLD && past && c.send.flightBytes() != 0) {
                enterRecovery(nowNs);
            }
        }
    }

    /** RFC 8985 section 7.4: an acknowledgment may be that of a tail loss probe. */
    void onProbeAck(Segment s, boolean bareDuplicate, int flightBefore, long nowNs) {
        boolean duplicateOfProbe = scoreboard.duplicateReported(probe.endSequence());
        if (probe.onAck(s.ack, duplicateOfProbe, bareDuplicate) && phase == Phase.OPEN) {
            c.congestion.enterRecovery(flightBefore, false, nowNs);
            c.congestion.exitRecovery(c.send.flightBytes(), nowNs);
        }
    }

    /** RFC 8985 section 6.2 step 5: an acknowledgment came, or the reordering window is over. */
    void detectLoss(long nowNs) {
        if (!c.offer.sack || segments.isEmpty()) {
            return;
        }
        long remainingNs = rack.detectLoss(segments, phase != Phase.OPEN, c.rtt.smoothedNs(), nowNs);
        if (remainingNs != 0) {
            c.retransmission.detectLossAfter(remainingNs, nowNs);
        }
        if (phase == Phase.OPEN && segments.lostBytes() != 0) {
            enterRecovery(nowNs);
        } else if (phase == Phase.FAST && rack.foundRetransmissionLost(reducedNs)) {
            // RFC 5681 section 3.1: the loss of a retransmission is another indication of congestion.
            reducedNs = nowNs;
            c.congestion.enterRecovery(flightWithoutLimitedTransmit(), false, nowNs);
            oldestDue = true;
        }
    }

    private void enterRecovery(long nowNs) {
        c.count(StackCounter.TCP_FAST_RETRANSMITS);
        phase = Phase.FAST;
        recoveryPoint = c.send.max;
        reducedNs = nowNs;
        c.congestion.enterRecovery(flightWithoutLimitedTransmit(), !c.offer.sack, nowNs);
        probe.reset();
        oldestDue = true;
    }

    /** RFC 5681 section 3.2 step 2: what limited transmit sent beyond the window MUST NOT count. */
    private long flightWithoutLimitedTransmit() {
        return Math.min(c.send.flightBytes(), c.congestion.windowBytes());
    }

    /** The retransmission timer expired. */
    void onTimeout(boolean first, long nowNs) {
        c.congestion.onRetransmissionTimeout(c.send.flightBytes(), first, nowNs);
        beginTimeoutRecovery();
        if (c.offer.sack) {
            rack.markLostOnTimeout(segments, c.rtt.smoothedNs(), nowNs);
        } else {
            segments.markAllLost();
        }
        oldestDue = true; // RFC 6298 section 5.4
    }

    /** A router dropped what is on its way since it is too large; that is no congestion (RFC 1191 section 6.5). */
    void onPathMtuReduced() {
        beginTimeoutRecovery();
        segments.markAllLost();
    }

    /** A window that was closed over what is on its way opened again. */
    void onWindowReopened() {
        beginTimeoutRecovery();
        segments.markAllLost();
    }

    private void beginTimeoutRecovery() {
        if (scoreboard.hasReneged()) {
            c.count(StackCounter.TCP_SACK_RENEGED);
            segments.forgetSacks();
        }
        phase = Phase.TIMEOUT;
        duplicateAcks = 0;
        oldestDue = false;
        recoveryPoint = c.send.max;
        probe.reset();
    }

    /** Sends again what is to be, the oldest at once, the others as the window allows; answers whether new text may follow. */
    boolean retransmit(long nowNs) {
        if (oldestDue && segments.lostBytes() == 0) {
            oldestDue = !segments.isEmpty() && !repeat(0, c.size.textRoomBytes(), nowNs);
        }
        for (int index = segments.firstLost(); index >= 0; index = segments.firstLost()) {
            int length = segments.lostRunBytes(index, c.size.textRoomBytes());
            if ((!oldestDue && !mayGo(length)) || !repeat(index, length, nowNs)) {
                return false;
            }
            oldestDue = false;
        }
        return true;
    }

    private boolean repeat(int index, int lengthBytes, long nowNs) {
        int sent = c.transmission.repeat(segments.start(index), lengthBytes, nowNs);
        if (sent == 0) {
            return false;
        }
        segments.onRetransmitted(index, sent, nowNs);
        probeDue = true;
        return true;
    }

    /** Whether the congestion window has room for so much more. */
    boolean mayGo(int lengthBytes) {
        int pipe = segments.pipeBytes();
        return pipe == 0 || pipe + (long) lengthBytes <= c.congestion.windowBytes() + limitedTransmitBytes();
    }

    /** Whether one more segment can be remembered. */
    boolean hasRoom() {
        return segments.hasRoom();
    }

    /** RFC 3042; with SACK the pipe shrinks by itself as segments arrive. */
    private int limitedTransmitBytes() {
        boolean applies = phase == Phase.OPEN && !c.offer.sack;
        return applies ? Math.min(duplicateAcks, LIMITED_TRANSMIT_SEGMENTS) * c.segmentBytes() : 0;
    }

    /**
     * All is sent that may be: RFC 8985 section 7.2. Other than there a fast recovery is probed too. With a window of two or three
     * segments its end may be lost as well, or the acknowledgment that would go on with it: what RFC 6675 section 4 has a rescue
     * retransmission for (NextSeg rule 4).
     */
    void scheduleProbe(long nowNs) {
        if (probeDue && c.offer.sack && !c.retransmission.awaitsReordering()) {
            probeDue = false;
            boolean open = phase == Phase.OPEN && segments.sackedCount() == 0;
            if ((open || phase == Phase.FAST) && !segments.isEmpty() && probe.maySend()) {
                c.retransmission.probeAfter(probe.timeoutNs(segments), nowNs);
            }
        }
    }

    /** A tail loss probe is due (RFC 8985 section 7.3); answers whether it was sent. */
    boolean sendProbe(long nowNs) {
        return phase != Phase.TIMEOUT && probe.maySend() && probe.send(segments, nowNs);
    }

    /** Gives memory back that a large flight needed. */
    void trim() {
        segments.trim();
    }

    /**
     * For a migration. The segments themselves do not go along: afterwards nothing counts as SACKed (RFC 2018 section 8 lets a
     * receiver take SACKs back at any time, so that a sender must be able to do without), all as sent again just now, so that no
     * round trip is measured by it, and lost is what began with the first lost segment.
     */
    void transfer(StateTransfer t) {
        phase = t.constant("the recovery's phase", phase, PHASES);
        duplicateAcks = t.within("duplicate acknowledgments", duplicateAcks, 0, Integer.MAX_VALUE - 1);
        recoveryPoint = t.number(recoveryPoint);
        reducedNs = t.past(reducedNs);
        oldestDue = t.flag("a fast retransmit", oldestDue);
        probeDue = t.flag("a probe to schedule", probeDue);
        rack.transfer(t);
        probe.transfer(t);
        int lost = segments.firstLost();
        int flight = c.send.nxt - c.send.una;
        int before = lost < 0 ? 0 : segments.start(lost) - c.send.una;
        before = t.within("where what is lost begins", before, 0, flight);
        int run = lost < 0 ? 0 : segments.lostRunBytes(lost, Integer.MAX_VALUE);
        run = t.within("what is lost", run, 0, flight - before);
        if (t.isReading()) {
            scoreboard.reset(c.send.una);
            restore(before, t.nowNs());
            int firstLost = segments.count();
            restore(run, t.nowNs());
            int behind = segments.count();
            restore(flight - before - run, t.nowNs());
            segments.markSentAgain();
            for (int i = firstLost; i < behind; i++) {
                segments.markLost(i);
            }
        }
    }

    /** Segments of full size that are so many octets long together. */
    private void restore(int bytes, long nowNs) {
        int size = Math.max(c.segmentBytes(), bytes / RESTORED_SEGMENTS + 1);
        for (int left = bytes; left > 0; left -= size) {
            segments.onSent(segments.end() + Math.min(left, size), nowNs);
        }
    }
}
