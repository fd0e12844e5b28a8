package org.machbed.netstack.tcp;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.tcp.congestion.CongestionAlgorithm;
import org.machbed.netstack.tcp.congestion.CongestionControl;
import org.machbed.netstack.time.TokenBucket;

/**
 * One connection: the transmission control block of RFC 9293 section 3.3.1 as an owner of small parts, the user calls of section
 * 3.10 and the transitions that the steps of SEGMENT ARRIVES ask for. Driven by {@link TcpLayer}, timers and its user; guarded by
 * the lock of the stack's owner.
 */
public final class TcpConnection {
    /** {@link #keepAliveSeconds} unless it is told otherwise: RFC 9293 section 3.8.4, MUST-28. */
    public static final int KEEP_ALIVE_SECONDS = 7200;

    // Events that wait to be told, as bits.
    static final int CONNECTED = 1;
    static final int READABLE = 2;
    static final int WRITABLE = 4;
    static final int CLOSED = 8;
    static final int URGENT = 16;

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
    final Timing timing = new Timing(this);
    private CongestionAlgorithm congestionAlgorithm;
    CongestionControl congestion;
    final SegmentSize size = new SegmentSize(this);
    final Handshake handshake = new Handshake(this);
    final NetworkReports reports = new NetworkReports(this);
    final LossRecovery recovery = new LossRecovery(this);
    final Transmission transmission = new Transmission(this);
    final RetransmissionTimer retransmission = new RetransmissionTimer(this);
    final Persist persist = new Persist(this);
    final DelayedAck delayedAck = new DelayedAck(this);
    final KeepAlive keepAlive = new KeepAlive(this);
    final Linger linger = new Linger(this);
    private final IdleBuffers idleBuffers = new IdleBuffers(this);
    private final TokenBucket challenges = new TokenBucket(CHALLENGES_PER_SECOND, CHALLENGE_BURST);
    final TokenBucket strays = new TokenBucket(CHALLENGES_PER_SECOND, CHALLENGE_BURST);

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

    /** Whether our application takes nothing any more, so that what comes is lost. */
    boolean receiveClosed;

    /** Whether what comes is to be thrown away in silence. */
    private boolean discarding;

    /** Whether the user was refused memory and none was given back since. */
    private boolean starved;

    /** Close was asked for before the handshake was over. */
    boolean closeRequested;

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
        sendBuffer = new SendBuffer(layer.sendBuffers, configuration.sendBufferBytes());
        received = new ReceiveReassembly(layer.receiveBuffers, rxBytes);
        congestionAlgorithm = configuration.congestion();
        congestion = congestionAlgorithm.create();
        offer.start(configuration, rxBytes);
    }

    // ---- Segments

    /** Whether the listener that it came to, if any, has room for one more in its accept queue. */
    boolean listenerHasRoom() {
        TcpListener from = listener;
        return from == null || from.hasRoom();
    }

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
    void store(Segment s, long nowNs) {
        int advanced = received.insert(s.sequence, s.memory, s.textOffset, s.textBytes);
        if (advanced == ReceiveReassembly.REFUSED) {
            count(StackCounter.DROP_TCP_MEMORY_FULL);
        }
        receive.nxt = received.nextSequence();
        if (discarding) {
            consumeAll();
        }
        idleBuffers.onUsed(nowNs);
    }

    private void consumeAll() {
        received.consume(received.readableBytes());
        receive.onRead(received.readSequence());
    }

    /** The peer has urgent data up to {@code end}. */
    void urgent(int end) {
        if (receive.urgent(end)) {
            raise(URGENT);
        }
    }

    /** The peer has what we sent up to here. */
    void forgetSent(int sequence, long nowNs) {
        sendBuffer.acknowledge(sequence);
        idleBuffers.onUsed(nowNs);
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
        TcpError said = reports.softError();
        TcpError why = said == null ? TcpError.TIMED_OUT : said;
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
        idleBuffers.stop();
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
        int taken = append(memory, offset, lengthBytes, nowNs);
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
        int taken = append(memory, offset, lengthBytes, nowNs);
        if (taken > 0) {
            send.markUrgent(sendBuffer.endSequence());
            transmission.run(nowNs);
        }
        return taken;
    }

    private int append(MemorySegment memory, long offset, int lengthBytes, long nowNs) {
        int wanted = Math.min(lengthBytes, sendBuffer.roomBytes());
        int taken = sendBuffer.append(memory, offset, lengthBytes);
        if (taken < wanted && !starved) {
            starved = true;
            layer.waitsForMemory(this);
        }
        idleBuffers.onUsed(nowNs);
        return taken;
    }

    /** Whether its user was refused memory and has not been told of any since. */
    boolean waitsForMemory() {
        return starved;
    }

    /** Some memory was given back: whether it is enough the user finds out. */
    void onMemory() {
        starved = false;
        raise(WRITABLE);
    }

    /**
     * User call RECEIVE (RFC 9293 section 3.10.3).
     *
     * @return how much was copied; 0 says nothing of whether more will come: see {@link #atEndOfStream}
     */
    public int receive(MemorySegment memory, long offset, int roomBytes, long nowNs) {
        int bytes = received.read(memory, offset, roomBytes);
        if (bytes > 0) {
            idleBuffers.onUsed(nowNs);
            receive.onRead(received.readSequence());
            offerMoreWindow(nowNs);
        }
        return bytes;
    }

    /** Tells the peer of room that is worth telling: a quarter of the buffer, or a segment where there was none. */
    private void offerMoreWindow(long nowNs) {
        if (!state.receivesText()) {
            return;
        }
        boolean closed = receive.windowBytes() < worthwhileWindowBytes();
        int worthwhile =
                closed ? worthwhileWindowBytes() : Math.max(worthwhileWindowBytes(), received.limitBytes() / 4);
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
        consumeAll();
        idleBuffers.onUsed(nowNs);
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

    /** Nobody will ever use it: the peer is told so by a reset, and what came is lost. */
    void discard(long nowNs) {
        receiveClosed = true;
        abort(null, nowNs);
        received.release(); // it may have ended before
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

    /** What {@link #send} would take now, if there is memory; no more than there is room for while it waits for memory. */
    public int writableBytes() {
        if (!state.maySend() || closeRequested) {
            return 0;
        }
        return starved ? sendBuffer.roomInMemoryBytes() : sendBuffer.roomBytes();
    }

    /** What was sent and the peer has not acknowledged, FIN not counted. */
    public int unacknowledgedBytes() {
        return sendBuffer.usedBytes();
    }

    /** How many of the readable octets lie before the end of urgent data (RFC 9293 section 3.8.5); 0 when none do. */
    public int urgentBytes() {
        return Math.clamp(receive.urgentBytes(received.readSequence()), 0, received.readableBytes());
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
        return reports.softError();
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

    /** TCP_KEEPIDLE: how long it is silent before a keep-alive is sent (RFC 9293 section 3.8.4, MUST-27). */
    public void keepAliveSeconds(int seconds, long nowNs) {
        keepAlive.idleSeconds(seconds, nowNs);
    }

    /** TCP_CONGESTION; a connection that is under way begins anew with it. */
    public void congestion(CongestionAlgorithm algorithm) {
        if (algorithm != congestionAlgorithm) {
            congestionAlgorithm = algorithm;
            congestion = algorithm.create();
            congestion.start(segmentBytes(), false);
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
        return size.segmentBytes();
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
        if ((bits & URGENT) != 0 && events != null) {
            events.onUrgent();
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
