package org.machbed.netstack.tcp;

import org.machbed.netstack.StackCounter;
import org.machbed.netstack.state.StateTransfer;

/**
 * Tail loss probe (RFC 8985 section 7): when acknowledgments stay away, one segment is sent, long before the retransmission timer
 * expires. Its acknowledgment tells RACK what was lost of the end of a flight, behind which nothing arrives. Names are the RFC's.
 */
final class TailLossProbe {
    /** Section 7.2: without a measured round trip. */
    private static final long UNMEASURED_NS = 1_000_000_000L;

    /** TLP.max_ack_delay: Linux holds an acknowledgment back for no longer. */
    private static final long MAXIMUM_ACK_DELAY_NS = 200_000_000L;

    private final TcpConnection c;

    /** TLP.end_seq: the probe is acknowledged by it; of meaning while {@link #outstanding}. */
    private int endSequence;

    private boolean outstanding;

    /** TLP.is_retrans. */
    private boolean retransmission;

    /** Whether a round trip was measured since the last probe. */
    private boolean sampled = true;

    TailLossProbe(TcpConnection connection) {
        this.c = connection;
    }

    /** Section 7.1: a connection, or a recovery, begins. */
    void reset() {
        outstanding = false;
        retransmission = false;
    }

    void onRttSample() {
        sampled = true;
    }

    /** In a fast recovery whatever arrives answers a probe: how the recovery goes on RACK knows, and the window is reduced already. */
    void onRecoveryProgress() {
        reset();
        sampled = true;
    }

    /**
     * Section 7.2, TLP_calc_PTO(), but that the retransmission timer's time is the upper bound. What a receiver need not
     * acknowledge at once counts as one segment: less than two of full size, behind no gap (RFC 5681 section 4.2).
     */
    long timeoutNs(SentSegments segments) {
        if (!c.rtt.isMeasured()) {
            return UNMEASURED_NS;
        }
        boolean mayBeDelayed = segments.sackedCount() == 0 && segments.pipeBytes() < 2 * c.segmentBytes();
        return 2 * c.rtt.smoothedNs() + (mayBeDelayed ? MAXIMUM_ACK_DELAY_NS : 0);
    }

    /** Section 7.3: no more than one is on its way, and one for a measured round trip. */
    boolean maySend() {
        return !outstanding && sampled;
    }

    /**
     * Section 7.3, TLP_send_probe(): new text if the peer's window has room, else the last segment that is not SACKed; answers whether
     * it went.
     */
    boolean send(SentSegments segments, long nowNs) {
        boolean fresh = c.transmission.sendProbe(nowNs);
        if (!fresh && !repeatLast(segments, nowNs)) {
            return false;
        }
        c.count(StackCounter.TCP_TAIL_LOSS_PROBES_SENT);
        outstanding = true;
        sampled = false;
        retransmission = !fresh;
        endSequence = c.send.nxt;
        return true;
    }

    private boolean repeatLast(SentSegments segments, long nowNs) {
        int last = segments.lastMissing();
        if (last < 0) {
            return false;
        }
        int length = segments.lengthBytes(last);
        int sent = length > c.size.textRoomBytes() + 1 ? 0 : c.transmission.repeat(segments.start(last), length, nowNs);
        if (sent != length) {
            return false; // no room, or the path has become narrower than it was
        }
        segments.onRetransmitted(last, sent, nowNs);
        return true;
    }

    /** Where the last probe ended. */
    int endSequence() {
        return endSequence;
    }

    /**
     * Section 7.4.2, TLP_process_ack().
     *
     * @param duplicateOfProbe whether the acknowledgment has a D-SACK that ends where the probe ended
     * @param bareDuplicate whether it is a duplicate without SACK
     * @return whether the probe repaired a loss, to which congestion control is to react
     */
    boolean onAck(int ack, boolean duplicateOfProbe, boolean bareDuplicate) {
        if (!outstanding || SequenceNumber.lessThan(ack, endSequence)) {
            return false;
        }
        boolean beyond = SequenceNumber.greaterThan(ack, endSequence);
        if (!retransmission || duplicateOfProbe || beyond || bareDuplicate) {
            outstanding = false;
            return retransmission && !duplicateOfProbe && beyond;
        }
        return false;
    }

    /** For a migration. */
    void transfer(StateTransfer t) {
        endSequence = t.number(endSequence);
        outstanding = t.flag("a tail loss probe", outstanding);
        retransmission = t.flag("TLP.is_retrans", retransmission);
        sampled = t.flag("an RTT since the probe", sampled);
    }
}
