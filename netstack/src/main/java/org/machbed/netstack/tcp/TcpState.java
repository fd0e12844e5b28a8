package org.machbed.netstack.tcp;

/**
 * The states of a connection (RFC 9293 section 3.3.2, figure 5) and what each makes of each event. Every event is one exhaustive
 * switch, so a state that did not say what an event means to it would not compile. LISTEN is no state of a connection here: {@link TcpListener} is in it, and makes connections.
 *
 * <pre>
 *                 open                          SYN                     (TcpListener is in LISTEN)
 *   CLOSED ----------------> SYN_SENT -----------------> SYN_RECEIVED <------------ SYN
 *                               | SYN,ACK                    | ACK of SYN
 *                               +----------> ESTABLISHED <---+
 *                          close |             | FIN
 *                      +---------+             +--------> CLOSE_WAIT
 *                      v                                      | close
 *                  FIN_WAIT_1 ---- FIN ----> CLOSING          v
 *                      | ACK of FIN             | ACK      LAST_ACK
 *                      v                        v             | ACK of FIN
 *                  FIN_WAIT_2 ---- FIN ----> TIME_WAIT        v
 *                                               +--2 MSL--> CLOSED
 * </pre>
 */
public enum TcpState {
    CLOSED,
    SYN_SENT,
    SYN_RECEIVED,
    ESTABLISHED,
    FIN_WAIT_1,
    FIN_WAIT_2,
    CLOSE_WAIT,
    CLOSING,
    LAST_ACK,
    TIME_WAIT;

    /** What the user hears of a reset, if anything. */
    enum ResetMeaning {
        /** There is no connection that could be reset. */
        NOTHING,
        /** The peer did not want the connection: "connection refused". */
        REFUSED,
        /** "Connection reset"; what was on its way is lost. */
        RESET,
        /** All that the user sent has arrived or it closed already: the connection ends without a word. */
        SILENT
    }

    /** Whether our direction is closed and the peer has not acknowledged all of it, our FIN included. */
    boolean isClosing() {
        return switch (this) {
            case FIN_WAIT_1, CLOSING, LAST_ACK -> true;
            case CLOSED, SYN_SENT, SYN_RECEIVED, ESTABLISHED, FIN_WAIT_2, CLOSE_WAIT, TIME_WAIT -> false;
        };
    }

    /** User call CLOSE, or shutdown of our direction (RFC 9293 section 3.10.4): the state after it. */
    TcpState afterClose() {
        return switch (this) {
            case SYN_SENT -> CLOSED;
            // Our FIN queues behind what is not sent yet; the state names the intent, as every BSD does.
            case ESTABLISHED -> FIN_WAIT_1;
            // "Queue for processing after entering ESTABLISHED state."
            case SYN_RECEIVED -> this;
            case CLOSE_WAIT -> LAST_ACK;
            // "Connection closing": a second CLOSE changes nothing.
            case CLOSED, FIN_WAIT_1, FIN_WAIT_2, CLOSING, LAST_ACK, TIME_WAIT -> this;
        };
    }

    /** Our SYN was acknowledged (RFC 9293 section 3.10.7.3, and 3.10.7.4 fifth): the state after it. */
    TcpState afterSynAcknowledged() {
        return switch (this) {
            case SYN_SENT, SYN_RECEIVED -> ESTABLISHED;
            case CLOSED, ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2, CLOSE_WAIT, CLOSING, LAST_ACK, TIME_WAIT -> this;
        };
    }

    /** Our FIN was acknowledged (RFC 9293 section 3.10.7.4 fifth): the state after it. */
    TcpState afterFinAcknowledged() {
        return switch (this) {
            case FIN_WAIT_1 -> FIN_WAIT_2;
            case CLOSING -> TIME_WAIT;
            case LAST_ACK -> CLOSED;
            // These have sent no FIN, or heard of its arrival before.
            case CLOSED, SYN_SENT, SYN_RECEIVED, ESTABLISHED, FIN_WAIT_2, CLOSE_WAIT, TIME_WAIT -> this;
        };
    }

    /** The peer's FIN is next in sequence (RFC 9293 section 3.10.7.4 eighth): the state after it. */
    TcpState afterFin() {
        return switch (this) {
            case SYN_RECEIVED, ESTABLISHED -> CLOSE_WAIT;
            // If our FIN were acknowledged, the fifth step had made this FIN_WAIT_2 before the eighth asks.
            case FIN_WAIT_1 -> CLOSING;
            case FIN_WAIT_2 -> TIME_WAIT;
            // "Remain", or no FIN can be in sequence here.
            case CLOSED, SYN_SENT, CLOSE_WAIT, CLOSING, LAST_ACK, TIME_WAIT -> this;
        };
    }

    /**
     * An acceptable reset (RFC 9293 section 3.10.7.3 second, 3.10.7.4 second): what the user hears. The state after it is CLOSED.
     *
     * @param passive whether the connection began as a listener's
     */
    ResetMeaning onReset(boolean passive) {
        return switch (this) {
            case CLOSED -> ResetMeaning.NOTHING;
            case SYN_SENT -> ResetMeaning.REFUSED;
            // "Return this connection to the LISTEN state": the listener never left it.
            case SYN_RECEIVED -> passive ? ResetMeaning.SILENT : ResetMeaning.REFUSED;
            case ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2, CLOSE_WAIT -> ResetMeaning.RESET;
            case CLOSING, LAST_ACK, TIME_WAIT -> ResetMeaning.SILENT;
        };
    }

    /** User call ABORT (RFC 9293 section 3.10.5): whether the peer is told by a reset. The state after it is CLOSED. */
    boolean abortSendsReset() {
        return switch (this) {
            case SYN_RECEIVED, ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2, CLOSE_WAIT -> true;
            case CLOSED, SYN_SENT, CLOSING, LAST_ACK, TIME_WAIT -> false;
        };
    }

    /** User call SEND (RFC 9293 section 3.10.2): whether data may be queued. */
    boolean maySend() {
        return switch (this) {
            // "Queue the data for transmission after entering ESTABLISHED state."
            case SYN_SENT, SYN_RECEIVED, ESTABLISHED, CLOSE_WAIT -> true;
            case CLOSED, FIN_WAIT_1, FIN_WAIT_2, CLOSING, LAST_ACK, TIME_WAIT -> false;
        };
    }

    /** Text of a segment (RFC 9293 section 3.10.7.4 seventh): whether more of it can come. */
    boolean receivesText() {
        return switch (this) {
            case ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2 -> true;
            // SYN_RECEIVED becomes ESTABLISHED in the fifth step or the segment is dropped there.
            case CLOSED, SYN_SENT, SYN_RECEIVED -> false;
            // "This should not occur since a FIN has been received from the remote side. Ignore the segment text."
            case CLOSE_WAIT, CLOSING, LAST_ACK, TIME_WAIT -> false;
        };
    }

    /** Whether what is queued, our FIN at its end, is sent or sent again. */
    boolean transmits() {
        return switch (this) {
            case ESTABLISHED, FIN_WAIT_1, CLOSE_WAIT, CLOSING, LAST_ACK -> true;
            // FIN_WAIT_2 and TIME_WAIT: all that we ever send has arrived.
            case CLOSED, SYN_SENT, SYN_RECEIVED, FIN_WAIT_2, TIME_WAIT -> false;
        };
    }

    /** Whether our stream ends with a FIN, sent or queued. */
    boolean finQueued() {
        return switch (this) {
            case FIN_WAIT_1, FIN_WAIT_2, CLOSING, LAST_ACK, TIME_WAIT -> true;
            case CLOSED, SYN_SENT, SYN_RECEIVED, ESTABLISHED, CLOSE_WAIT -> false;
        };
    }

    /** Whether the peer's FIN has been taken. */
    boolean finReceived() {
        return switch (this) {
            case CLOSE_WAIT, CLOSING, LAST_ACK, TIME_WAIT -> true;
            case CLOSED, SYN_SENT, SYN_RECEIVED, ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2 -> false;
        };
    }

    /** RFC 9293 section 3.5.1: both sides know the other's sequence number. */
    public boolean isSynchronized() {
        return switch (this) {
            case ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2, CLOSE_WAIT, CLOSING, LAST_ACK, TIME_WAIT -> true;
            case CLOSED, SYN_SENT, SYN_RECEIVED -> false;
        };
    }
}
