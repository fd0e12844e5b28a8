package org.machbed.netstack.tcp.congestion;

import org.machbed.netstack.state.StateTransfer;

/**
 * Decides how much may be on its way (RFC 5681): the congestion window and the slow start threshold, in bytes. It hears what
 * happened and answers {@link #windowBytes}; who finds losses and what is sent again are others' business. Flights are what was
 * sent and not acknowledged cumulatively.
 *
 * <p>Calls come in this order: {@link #start}; then {@link #onAck} for every acknowledgment of new data, until
 * {@link #enterRecovery}; while recovering without SACK {@link #onDuplicateAck} and {@link #onPartialAck}; and
 * {@link #exitRecovery}. A timeout ends a recovery without {@code exitRecovery}.
 */
public interface CongestionControl {
    /**
     * The handshake is over.
     *
     * @param segmentBytes SMSS
     * @param handshakeLost whether SYN, or SYN and ACK, had to be repeated (RFC 5681 section 3.1: then one segment to begin with)
     */
    void start(int segmentBytes, boolean handshakeLost);

    /** The path takes smaller segments, or larger ones again (RFC 5681 section 3.1; RFC 8899 section 4.3 on the window). */
    void onSegmentSize(int segmentBytes);

    /**
     * New data were acknowledged and no recovery is going on.
     *
     * @param flightBytes before this acknowledgment; a window that was not in use does not grow (RFC 7661 section 3, RFC 9438
     *     section 5.8)
     * @param smoothedRttNs 0 when unknown
     */
    void onAck(long ackedBytes, long flightBytes, long smoothedRttNs, long nowNs);

    /**
     * A loss was found by duplicate or selective acknowledgments: fast retransmit (RFC 5681 section 3.2 step 2).
     *
     * @param flightBytes FlightSize: what was sent and not acknowledged
     * @param inflated whether the window is to grow by duplicate acknowledgments (RFC 5681 section 3.2 steps 3 and 4): without
     *     SACK, where no pipe says what left the network
     */
    void enterRecovery(long flightBytes, boolean inflated, long nowNs);

    /** Another duplicate came while recovering without SACK: a segment left the network (RFC 5681 section 3.2 step 4). */
    void onDuplicateAck();

    /** A part of what was on its way when the recovery began was acknowledged, without SACK (RFC 6582 section 3.2 step 3). */
    void onPartialAck(long ackedBytes);

    /**
     * All that was on its way when the recovery began is acknowledged (RFC 6582 section 3.2 step 3, RFC 8985).
     *
     * @param flightBytes what is on its way now
     */
    void exitRecovery(long flightBytes, long nowNs);

    /**
     * The retransmission timeout expired (RFC 5681 section 3.1).
     *
     * @param flightBytes FlightSize
     * @param first whether the segment had not been sent again by timeout before: only then does the threshold fall
     */
    void onRetransmissionTimeout(long flightBytes, boolean first, long nowNs);

    /** Nothing was sent for longer than the retransmission timeout (RFC 5681 section 4.1). */
    void onIdleRestart(long nowNs);

    /** How much may be on its way. */
    long windowBytes();

    /** Where slow start ends; {@link Long#MAX_VALUE} while no loss said. */
    long slowStartThresholdBytes();

    /** What {@link #transfer} takes at most. */
    int STATE_BYTES = 96;

    /** All that it has learnt, for a migration; of an algorithm of the same kind. */
    void transfer(StateTransfer t);
}
