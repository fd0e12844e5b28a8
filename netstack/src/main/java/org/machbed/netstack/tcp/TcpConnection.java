package org.machbed.netstack.tcp;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.ipv4.NetworkError;
import org.machbed.netstack.ipv4.SendOutcome;
import org.machbed.netstack.tcp.congestion.CongestionAlgorithm;
import org.machbed.netstack.tcp.congestion.CongestionControl;
import org.machbed.netstack.time.TokenBucket;

/**
 * One connection: the transmission control block of RFC 9293 section 3.3.1 as an owner of small parts, the user calls of section
 * 3.10 and the transitions that the steps of SEGMENT ARRIVES ask for. Driven by {@link TcpLayer}, timers and its user; guarded by
 * the lock of the stack's owner.
 */
public final class TcpConnection {
    // Events that wait to be told, as bits.
    static final int CONNECTED = 1;
    static final int READABLE = 2;
    static final int WRITABLE = 4;
    static final int CLOSED = 8;

    /** RFC 9293 section 3.7.1 (MUST-15): of a peer that does not say. */
    static final int DEFAULT_MSS_BYTES = 536;

    /** A smaller one of a peer's is not believed: it asks us to drown in headers. Linux's least is the same. */
    static final int LEAST_MSS_BYTES = 48;

    /** RFC 5961 section 7: challenges of one connection, so that no other connection's can be told from them. */
    private static final int CHALLENGES_PER_SECOND = 2;

    private static final int CHALLENGE_BURST = 10;

    final TcpLayer layer;
    final int localIpv4;
    final int localPort;
    final int remoteIpv4;
    final int remotePort;

    /** Whether a listener made it. */
    final boolean passive;

    @Nullable
    TcpConnection nextInBucket;

    TcpState state = TcpState.CLOSED;
    final SendSequence send = new SendSequence();
    final ReceiveSequence receive = new ReceiveSequence();
    final Offer offer = new Offer();
    final Timestamps timestamps;
    final SendBuffer sendBuffer;
    final ReceiveReassembly received;
    final RttEstimator rtt = new RttEstimator();
    final Timing timing = new Timing();
    private CongestionAlgorithm congestionAlgorithm;
    CongestionControl congestion;
    final LossRecovery recovery = new LossRecovery(this);
    final Transmission transmission = new Transmission(this);
    final RetransmissionTimer retransmission = new RetransmissionTimer(this);
    final Persist persist = new Persist(this);
    final DelayedAck delayedAck = new DelayedAck(this);
    final KeepAlive keepAlive = new KeepAlive(this);
    final Linger linger = new Linger(this);
    private final TokenBucket challenges = new TokenBucket(CHALLENGES_PER_SECOND, CHALLENGE_BURST);
    private final TokenBucket strays = new TokenBucket(CHALLENGES_PER_SECOND, CHALLENGE_BURST);

    /** While it is half-open. */
    @Nullable
    TcpListener listener;

    private @Nullable ConnectionEvents events;

    /** What is to be told. */
    private int pending;

    int typeOfService;
    long userTimeoutNs;

    /** When the last acceptable acknowledgment came. */
    long heardNs;

    /** SendMSS: what the peer takes, without options (RFC 9293 section 3.7.1). */
    private int peerMssBytes = DEFAULT_MSS_BYTES;

    /** Largest text of a segment, SACK options left out of account. */
    private int segmentBytes = DEFAULT_MSS_BYTES;

    /** Most text that the path takes beside the headers and the options that a segment would have now. */
    private int textRoomBytes = DEFAULT_MSS_BYTES;

    /** Whether our application takes nothing any more, so that what comes is lost. */
    boolean receiveClosed;

    /** Whether what comes is to be thrown away in silence. */
    private boolean discarding;

    /** Close was asked for before the handshake was over. */
    private boolean closeRequested;

    /** What the network said, which did not end the connection (RFC 9293 section 3.9.2.2, SHLD-25). */
    @Nullable
    TcpError softError;

    private @Nullable TcpError error;

    TcpConnection(
            TcpLayer layer,
            int localIpv4,
            int localPort,
            int remoteIpv4,
            int remotePort,
            boolean passive,
            int rxBytes) {
        this.layer = layer;
        this.localIpv4 = localIpv4;
        this.localPort = localPort;
        this.remoteIpv4 = remoteIpv4;
        this.remotePort = remotePort;
        this.passive = passive;
        TcpConfiguration configuration = layer.configuration;
        userTimeoutNs = configuration.userTimeoutNs();
        timestamps = new Timestamps(layer.timestampOffset(localIpv4, localPort, remoteIpv4, remotePort));
        sendBuffer = new SendBuffer(layer.buffers, configuration.sendBufferBytes());
        received = new ReceiveReassembly(layer.buffers, rxBytes);
        congestionAlgorithm = configuration.congestion();
        congestion = congestionAlgorithm.create();
        offer.start(configuration, rxBytes);
    }

    // ---- Handshake

    /** User call OPEN, active (RFC 9293 section 3.10.1). */
    void open(long nowNs) {
        send.start(layer.initialSequence(this, nowNs));
        sendBuffer.reset(send.iss + 1);
        state = TcpState.SYN_SENT;
        heardNs = nowNs;
        count(StackCounter.TCP_CONNECTIONS_OPENED);
        sendSyn(nowNs);
    }

    /** A SYN came to a listener (RFC 9293 section 3.10.7.2). */
    void openPassively(Segment s, long nowNs) {
        send.start(layer.initialSequence(this, nowNs));
        sendBuffer.reset(send.iss + 1);
        state = TcpState.SYN_RECEIVED;
        takePeersSyn(s, nowNs);
        sendSyn(nowNs);
    }

    /** The handshake is over and a cookie of ours tells what it said. */
    void openFromCookie(Segment s, int mssBytes, long nowNs) {
        send.start(s.ack - 1);
        send.sent(s.ack);
        sendBuffer.reset(s.ack);
        state = TcpState.SYN_RECEIVED;
        startReceiving(s.sequence - 1);
        peerMssBytes = mssBytes;
        boolean echo = s.options.timestamps() && offer.timestamps;
        int said = echo ? s.options.timestampEcho() : 0;
        offer.timestamps = echo;
        offer.sack = echo && SynCookies.sackPermitted(said);
        int scale = echo ? SynCookies.windowScale(said) : -1;
        if (scale < 0) {
            offer.windowScale = -1;
        } else {
            send.shift = scale;
            receive.shift = Math.max(0, offer.windowScale);
        }
        if (echo) {
            timestamps.start(s.options.timestampValue(), nowNs);
        }
        receive.offerUnscaled(received.windowBytes());
    }

    /** Learns from the peer's SYN what its side of the connection is like. */
    void takePeersSyn(Segment s, long nowNs) {
        startReceiving(s.sequence);
        heardNs = nowNs;
        offer.agree(s.options);
        if (s.options.mssBytes() != 0) {
            peerMssBytes = s.options.mssBytes();
        }
        if (offer.windowScale >= 0) {
            send.shift = s.options.windowScale();
            receive.shift = offer.windowScale;
        }
        if (offer.timestamps) {
            timestamps.start(s.options.timestampValue(), nowNs);
        }
        send.startWindow(s.sequence, s.has(TcpFlags.ACK) ? s.ack : send.iss, s.window);
    }

    private void startReceiving(int irs) {
        receive.start(irs);
        received.reset(irs + 1);
    }

    private void sendSyn(long nowNs) {
        boolean withAck = state == TcpState.SYN_RECEIVED;
        noteOutcome(layer.output.sendSyn(this, withAck, nowNs));
        if (state == TcpState.CLOSED) {
            return; // there is no way to the peer
        }
        send.sent(send.iss + 1);
        timing.onSent(send.iss + 1, nowNs);
        retransmission.onSent(nowNs);
    }

    /** The retransmission timer of a SYN expired. */
    void repeatSyn(long nowNs) {
        count(StackCounter.TCP_SEGMENTS_RETRANSMITTED);
        noteOutcome(layer.output.sendSyn(this, state == TcpState.SYN_RECEIVED, nowNs));
    }

    /** The peer's SYN crossed ours: it is answered by our SYN once more, with ACK. */
    void answerSyn(long nowNs) {
        timing.forget();
        noteOutcome(layer.output.sendSyn(this, true, nowNs));
    }

    /** The peer's SYN came again. */
    void answerSynAgain(long nowNs) {
        if (strays.take(nowNs)) {
            count(StackCounter.TCP_SEGMENTS_RETRANSMITTED);
            answerSyn(nowNs);
        }
    }

    /** Our SYN is acknowledged: the connection is established (RFC 9293 section 3.10.7.3 fourth, 3.10.7.4 fifth). */
    void synAcknowledged(Segment s, long nowNs) {
        boolean lost = retransmission.timeouts() != 0;
        timing.onAcked(this, s, nowNs);
        send.acknowledged(send.iss + 1);
        send.startWindow(s.sequence, s.ack, s.windowBytes(send.shift));
        state = state.afterSynAcknowledged();
        heardNs = nowNs;
        retransmission.stop();
        if (lost) {
            rtt.onEstablishedAfterLostSyn();
        }
        segmentBytes = pathSegmentBytes(nowNs);
        textRoomBytes = segmentBytes;
        congestion.start(segmentBytes, lost);
        recovery.start();
        keepAlive.start(nowNs);
        raise(CONNECTED | WRITABLE);
        TcpListener from = listener;
        if (from != null) {
            listener = null;
            from.onEstablished(this);
        }
        if (closeRequested) {
            state = state.afterClose();
        }
    }

    /** Whether the listener that it came to, if any, has room for one more in its accept queue. */
    boolean listenerHasRoom() {
        TcpListener from = listener;
        return from == null || from.hasRoom();
    }

    // ---- Segments and errors

    /** RFC 9293 section 3.10.7: a segment for this connection came, its checksum right. */
    void onSegment(Segment s, long nowNs) {
        if (state == TcpState.SYN_SENT) {
            SynSentArrival.process(this, s, nowNs);
        } else {
            SegmentArrival.process(this, s, nowNs);
        }
        transmission.run(nowNs);
    }

    /** The text of a segment goes to where its sequence number says, as far as there is room. */
    void store(Segment s) {
        int advanced = received.insert(s.sequence, s.memory, s.textOffset, s.textBytes);
        if (advanced == ReceiveReassembly.REFUSED) {
            count(StackCounter.DROP_TCP_MEMORY_FULL);
        }
        receive.nxt = received.nextSequence();
        if (discarding) {
            received.consume(received.readableBytes());
        }
    }

    /** ICMP says that a segment of ours did not arrive (RFC 9293 section 3.9.2.2, RFC 5927). */
    void onNetworkError(NetworkError reported, long nowNs) {
        switch (reported) {
            // Soft: kept for the user who asks why nothing happens (MUST-56, SHLD-25).
            case NET_UNREACHABLE -> softError = TcpError.NET_UNREACHABLE;
            case HOST_UNREACHABLE, TIME_EXCEEDED -> softError = TcpError.HOST_UNREACHABLE;
            case PARAMETER_PROBLEM -> softError = TcpError.PROTOCOL;
            // Hard: they end an attempt (SHLD-26), but no established connection, which a forger could end so (RFC 5927
            // section 5.2).
            case PROTOCOL_UNREACHABLE, PORT_UNREACHABLE -> {
                softError = TcpError.REFUSED;
                if (state == TcpState.SYN_SENT || state == TcpState.SYN_RECEIVED) {
                    end(TcpError.REFUSED, nowNs);
                }
            }
            case FRAGMENTATION_NEEDED -> {
                // The path MTU is noted next, and onPathMtu called.
            }
        }
    }

    /** The path to the peer takes smaller packets than we sent (RFC 1191 section 6.5). */
    void onPathMtu(long nowNs) {
        if (state.transmits() && pathSegmentBytes(nowNs) < segmentBytes) {
            recovery.onPathMtuReduced();
            transmission.run(nowNs);
        }
    }

    /**
     * What became of a segment on its way through our own host. No way at all is known at once, which for an attempt to connect is
     * the end; later it may come back.
     */
    void noteOutcome(SendOutcome outcome) {
        TcpError failure = switch (outcome) {
            case SENT, NO_ROOM, TOO_BIG -> null;
            case NO_ROUTE -> TcpError.NET_UNREACHABLE;
            case HOST_UNREACHABLE -> TcpError.HOST_UNREACHABLE;
        };
        if (failure != null) {
            softError = failure;
            if (state == TcpState.SYN_SENT) {
                end(failure, heardNs);
            }
        }
    }

    /** Answers what may be forged so that an honest peer can show itself (RFC 5961 sections 3 to 5 and 7). */
    void challenge(long nowNs) {
        if (!challenges.take(nowNs)) {
            count(StackCounter.TCP_CHALLENGE_ACKS_RATE_LIMITED);
            return;
        }
        count(StackCounter.TCP_CHALLENGE_ACKS_SENT);
        transmission.acknowledge(nowNs);
    }

    /** Answers an unacceptable segment without text: not so often that two ends could answer each other for ever. */
    void answerStray(long nowNs) {
        if (strays.take(nowNs)) {
            transmission.acknowledge(nowNs);
        }
    }

    void onAckSent() {
        receive.lastAckSent = receive.nxt;
        delayedAck.onAckSent();
        received.forgetDuplicate();
    }

    // ---- Transitions

    /** A reset that is believed (RFC 9293 section 3.10.7.3 second, 3.10.7.4 second). */
    void reset(long nowNs) {
        count(StackCounter.TCP_RESETS_RECEIVED);
        switch (state.onReset(passive)) {
            case NOTHING -> {
                // there is no connection
            }
            case SILENT -> end(null, nowNs);
            case REFUSED -> end(TcpError.REFUSED, nowNs);
            case RESET -> end(TcpError.RESET, nowNs);
        }
    }

    /** Whether our FIN was sent and is acknowledged. */
    boolean finAcknowledged() {
        return state.finQueued() && SequenceNumber.greaterThan(send.una, sendBuffer.endSequence());
    }

    void enterTimeWait(long nowNs) {
        retransmission.stop();
        persist.stop();
        keepAlive.stop();
        sendBuffer.release();
        linger.restart(nowNs);
        layer.onTimeWait(this);
    }

    /** Nobody answers (RFC 9293 section 3.10.8, user timeout); what the network said meanwhile says more. */
    void timeOut(long nowNs) {
        TcpError why = softError == null ? TcpError.TIMED_OUT : softError;
        if (state.isSynchronized()) {
            layer.output.sendReset(this, nowNs);
        }
        end(why, nowNs);
    }

    /** Enters CLOSED and forgets all but what the user has not read. */
    void end(@Nullable TcpError why, long nowNs) {
        if (state == TcpState.CLOSED) {
            return;
        }
        if (why != null) {
            boolean established = state.isSynchronized();
            count(established ? StackCounter.TCP_CONNECTIONS_ABORTED : StackCounter.TCP_CONNECTIONS_FAILED);
        }
        state = TcpState.CLOSED;
        error = why;
        retransmission.stop();
        persist.stop();
        delayedAck.stop();
        keepAlive.stop();
        linger.stop();
        sendBuffer.release();
        if (receiveClosed) {
            received.release();
        }
        layer.onEnded(this);
        TcpListener from = listener;
        if (from != null) {
            listener = null;
            from.onFailed(this);
        }
        raise(CLOSED);
    }

    // ---- User calls

    /** Who is told of events from now on; what there is to tell already is told at the end of the call into the stack. */
    public void events(@Nullable ConnectionEvents listener) {
        events = listener;
    }

    /**
     * User call SEND (RFC 9293 section 3.10.2).
     *
     * @return how much was taken: 0 when the buffer is full, or the state does not allow it
     */
    public int send(MemorySegment memory, long offset, int lengthBytes, long nowNs) {
        if (!state.maySend() || closeRequested) {
            return 0;
        }
        int taken = sendBuffer.append(memory, offset, lengthBytes);
        if (taken > 0) {
            transmission.run(nowNs);
        }
        return taken;
    }

    /** The same, and all that was sent up to here is urgent (RFC 9293 section 3.8.5). */
    public int sendUrgent(MemorySegment memory, long offset, int lengthBytes, long nowNs) {
        if (!state.maySend() || closeRequested) {
            return 0;
        }
        int taken = sendBuffer.append(memory, offset, lengthBytes);
        if (taken > 0) {
            send.markUrgent(sendBuffer.endSequence());
            transmission.run(nowNs);
        }
        return taken;
    }

    /**
     * User call RECEIVE (RFC 9293 section 3.10.3).
     *
     * @return how much was copied; 0 says nothing of whether more will come: see {@link #atEndOfStream}
     */
    public int receive(MemorySegment memory, long offset, int roomBytes, long nowNs) {
        int bytes = received.read(memory, offset, roomBytes);
        if (bytes > 0) {
            offerMoreWindow(nowNs);
        }
        return bytes;
    }

    /** Tells the peer of room that is worth telling: a quarter of the buffer, or a segment where there was none. */
    private void offerMoreWindow(long nowNs) {
        if (!state.receivesText()) {
            return;
        }
        boolean starved = receive.windowBytes() < worthwhileWindowBytes();
        int worthwhile =
                starved ? worthwhileWindowBytes() : Math.max(worthwhileWindowBytes(), received.limitBytes() / 4);
        if (receive.wouldGrow(received.windowBytes(), worthwhile)) {
            transmission.acknowledge(nowNs);
        }
    }

    /** User call CLOSE (RFC 9293 section 3.10.4): we send no more, once all is sent. What comes can still be received. */
    public void closeSending(long nowNs) {
        if (state == TcpState.SYN_RECEIVED) {
            closeRequested = true;
            return;
        }
        TcpState next = state.afterClose();
        if (next == TcpState.CLOSED) {
            end(null, nowNs);
            return;
        }
        state = next;
        transmission.run(nowNs);
    }

    /** What comes from now on is acknowledged and thrown away, and what is there too (shutdown of the read side). */
    public void discardReceived(long nowNs) {
        discarding = true;
        received.consume(received.readableBytes());
        offerMoreWindow(nowNs);
    }

    /**
     * The user goes: it neither sends nor receives any more. What was sent still gets there; what was not read, or comes later, is
     * lost, and the peer is told so by a reset (RFC 9293 section 3.6.1, RFC 2525 section 2.17).
     */
    public void release(long nowNs) {
        events = null;
        receiveClosed = true;
        if (received.readableBytes() != 0 && !discarding && state != TcpState.CLOSED) {
            abort(null, nowNs);
        } else {
            closeSending(nowNs);
        }
        if (state == TcpState.CLOSED) {
            received.release();
        } else if (state == TcpState.FIN_WAIT_2) {
            linger.restart(nowNs);
        }
    }

    /** User call ABORT (RFC 9293 section 3.10.5). */
    public void abort(@Nullable TcpError why, long nowNs) {
        if (state.abortSendsReset()) {
            layer.output.sendReset(this, nowNs);
        }
        end(why, nowNs);
    }

    /** Whether everything that will ever come has been received: the peer said FIN, or the connection is over. */
    public boolean atEndOfStream() {
        return received.readableBytes() == 0 && (state.finReceived() || state == TcpState.CLOSED || discarding);
    }

    /** What can be received now. */
    public int readableBytes() {
        return received.readableBytes();
    }

    /** What {@link #send} would take now. */
    public int writableBytes() {
        return state.maySend() && !closeRequested ? sendBuffer.roomBytes() : 0;
    }

    /** What was sent and the peer has not acknowledged, FIN not counted. */
    public int unacknowledgedBytes() {
        return sendBuffer.usedBytes();
    }

    /** How many of the readable octets lie before the end of urgent data (RFC 9293 section 3.8.5); 0 when none do. */
    public int urgentBytes() {
        return Math.clamp(receive.up - received.readSequence(), 0, received.readableBytes());
    }

    public TcpState state() {
        return state;
    }

    /** Why it ended, {@code null} when it did not or both sides ended it. */
    public @Nullable TcpError error() {
        return error;
    }

    /** What the network said since the peer was last heard of, or {@code null}. */
    public @Nullable TcpError softError() {
        return softError;
    }

    public int localIpv4() {
        return localIpv4;
    }

    public int localPort() {
        return localPort;
    }

    public int remoteIpv4() {
        return remoteIpv4;
    }

    public int remotePort() {
        return remotePort;
    }

    // ---- Options

    /** SO_SNDBUF. */
    public void sendBufferBytes(int bytes) {
        sendBuffer.limitBytes(bytes);
    }

    /** SO_RCVBUF: a smaller buffer takes nothing back that was offered. */
    public void receiveBufferBytes(int bytes, long nowNs) {
        received.limitBytes(Math.max(bytes, receive.windowBytes() + received.readableBytes()));
        offerMoreWindow(nowNs);
    }

    /** IP_TOS (RFC 9293 section 3.9.1.9, MUST-48). */
    public void typeOfService(int octet) {
        typeOfService = octet;
    }

    /** TCP_NODELAY. */
    public void noDelay(boolean wanted, long nowNs) {
        transmission.noDelay = wanted;
        transmission.run(nowNs);
    }

    /** SO_KEEPALIVE. */
    public void keepAlive(boolean wanted, long nowNs) {
        if (wanted != keepAlive.isEnabled()) {
            keepAlive.enable(wanted, nowNs);
        }
    }

    /** TCP_CONGESTION; a connection that is under way begins anew with it. */
    public void congestion(CongestionAlgorithm algorithm) {
        if (algorithm != congestionAlgorithm) {
            congestionAlgorithm = algorithm;
            congestion = algorithm.create();
            congestion.start(segmentBytes, false);
        }
    }

    /** TCP_USER_TIMEOUT (RFC 9293 section 3.8.3, MUST-21); 0 for the stack's own. */
    public void userTimeoutNs(long timeoutNs) {
        userTimeoutNs = timeoutNs == 0 ? layer.configuration.userTimeoutNs() : timeoutNs;
    }

    // ---- Sizes

    /** What there is room for behind RCV.NXT. */
    int receiveRoomBytes() {
        return received.windowBytes();
    }

    /** What the window grows by at least: a segment or half of the buffer (RFC 9293 section 3.8.6.2.2). */
    int worthwhileWindowBytes() {
        return Math.min(layer.output.announcedMssBytes(remoteIpv4), received.limitBytes() / 2);
    }

    /** Blocks to report. */
    SackBlocks sackBlocks() {
        return received;
    }

    /** How many there are; none where the path has no room for a full header. */
    int sackBlocks(int largestSegmentBytes) {
        boolean room = offer.sack && largestSegmentBytes > TcpHeader.MAXIMUM_BYTES;
        return room ? received.sackBlocks() : 0;
    }

    /** SMSS, SACK options left out of account. */
    int segmentBytes() {
        return segmentBytes;
    }

    /** How much text a segment may have now (RFC 6691 section 2: options make it less). */
    int textRoomBytes() {
        return textRoomBytes;
    }

    /** Sees whether the path takes other segments than before (RFC 1191). */
    void updateSegmentSize(long nowNs) {
        int bytes = pathSegmentBytes(nowNs);
        if (bytes != segmentBytes) {
            if (bytes < segmentBytes) {
                count(StackCounter.TCP_PATH_MTU_REDUCTIONS);
            }
            segmentBytes = bytes;
            congestion.onSegmentSize(bytes);
            recovery.onSegmentSize(bytes);
        }
        int blocks = offer.sack ? sackBlocks(layer.output.largestSegmentBytes(remoteIpv4, nowNs)) : 0;
        boolean stamped = timestamps.enabled;
        int sackBytes = blocks == 0 ? 0 : TcpOptionWriter.bytes(stamped, blocks) - TcpOptionWriter.bytes(stamped, 0);
        textRoomBytes = Math.max(1, segmentBytes - sackBytes);
    }

    private int pathSegmentBytes(long nowNs) {
        int path = layer.output.largestSegmentBytes(remoteIpv4, nowNs) - TcpHeader.MINIMUM_BYTES;
        int mss = Math.min(path, Math.max(peerMssBytes, LEAST_MSS_BYTES));
        return Math.max(1, mss - TcpOptionWriter.bytes(timestamps.enabled, 0));
    }

    void copyText(int sequence, MemorySegment memory, long offset, int lengthBytes) {
        sendBuffer.copyOut(sequence, lengthBytes, memory, offset);
    }

    // ---- Counters and events

    void count(StackCounter counter) {
        layer.counters.count(counter);
    }

    /** Events are told when the call into the stack is done with everything else. */
    void raise(int bits) {
        if (pending == 0) {
            layer.hasEvents(this);
        }
        pending |= bits;
    }

    void tell() {
        int bits = pending;
        pending = 0;
        if ((bits & CONNECTED) != 0 && events != null) {
            events.onConnected();
        }
        if ((bits & READABLE) != 0 && events != null) {
            events.onReadable();
        }
        if ((bits & WRITABLE) != 0 && events != null) {
            events.onWritable();
        }
        if ((bits & CLOSED) != 0 && events != null) {
            events.onClosed(error);
        }
    }

    @Override
    public String toString() {
        return state + " " + localPort + " > " + remotePort;
    }
}
