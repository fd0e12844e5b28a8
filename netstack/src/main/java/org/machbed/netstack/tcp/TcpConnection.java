package org.machbed.netstack.tcp;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.state.StateException;
import org.machbed.netstack.state.StateTransfer;
import org.machbed.netstack.tcp.congestion.CongestionControl;

/**
 * One connection: the transmission control block of RFC 9293 section 3.3.1 as an owner of small parts, the user calls of section
 * 3.10 and the transitions that the steps of SEGMENT ARRIVES ask for. Driven by {@link TcpLayer}, timers and its user; guarded by
 * the lock of the stack's owner.
 */
public final class TcpConnection {
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
    final IdleBuffers idleBuffers = new IdleBuffers(this);
    final Submission submission = new Submission(this);
    final Reception reception = new Reception(this);
    final ChallengeAcks challengeAcks = new ChallengeAcks(this);
    private final PendingEvents events = new PendingEvents(this);
    private final ConnectionOptions options;

    /** While it is half-open. */
    @Nullable
    TcpListener listener;

    int typeOfService;
    long userTimeoutNs;

    /** When the last acceptable acknowledgment came. */
    long heardNs;

    /** Whether our application takes nothing any more, so that what comes is lost. */
    boolean receiveClosed;

    /** Close was asked for before the handshake was over. */
    boolean closeRequested;

    /** Whether it has left for another stack: what is left here keeps its addresses and ports. */
    boolean away;

    private @Nullable ConnectionRecorder recorder;

    /** Whether something changed that was not recorded. */
    private boolean changed;

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
        congestion = configuration.congestion().create();
        options = new ConnectionOptions(this, configuration.congestion());
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
        onChanged();
        transmission.run(nowNs);
    }

    /** The peer has what we sent up to here. */
    void forgetSent(int sequence, long nowNs) {
        sendBuffer.acknowledge(sequence);
        idleBuffers.onUsed(nowNs);
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
        away = false;
        onChanged();
        stopTimers();
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
        raise(PendingEvents.CLOSED);
    }

    private void stopTimers() {
        retransmission.stop();
        persist.stop();
        delayedAck.stop();
        keepAlive.stop();
        linger.stop();
        idleBuffers.stop();
    }

    // ---- User calls

    /** Who is told of events from now on; what there is to tell already is told at the end of the call into the stack. */
    public void events(@Nullable ConnectionEvents listener) {
        events.listener(listener);
    }

    /**
     * User call SEND (RFC 9293 section 3.10.2).
     *
     * @return how much was taken: 0 when the buffer is full, or the state does not allow it
     */
    public int send(MemorySegment memory, long offset, int lengthBytes, long nowNs) {
        return submission.send(memory, offset, lengthBytes, false, nowNs);
    }

    /** The same, and all that was sent up to here is urgent (RFC 9293 section 3.8.5). */
    public int sendUrgent(MemorySegment memory, long offset, int lengthBytes, long nowNs) {
        return submission.send(memory, offset, lengthBytes, true, nowNs);
    }

    /**
     * User call RECEIVE (RFC 9293 section 3.10.3).
     *
     * @return how much was copied; 0 says nothing of whether more will come: see {@link #atEndOfStream}
     */
    public int receive(MemorySegment memory, long offset, int roomBytes, long nowNs) {
        return reception.receive(memory, offset, roomBytes, nowNs);
    }

    /**
     * The same without a copy: lends what has come, one piece of it, until {@link #endReceiveLoan}. The octets count as received; their
     * room in the window comes back with them. Whatever becomes of the connection, they stay as they are.
     *
     * @return how many octets {@link #lentText} has; 0 as for {@link #receive}
     */
    public int lendReceived(int mostBytes, long nowNs) {
        return reception.lend(mostBytes, nowNs);
    }

    /** The octets that are lent. */
    public MemorySegment lentText() {
        return received.lent();
    }

    public boolean hasReceiveLoan() {
        return received.hasLoan();
    }

    /** The octets that were lent are not used any more. */
    public void endReceiveLoan(long nowNs) {
        reception.endLoan(nowNs);
    }

    /**
     * Reserves room for what the user sends next, to be composed there, until {@link #commit}; nothing else is sent meanwhile. Whatever
     * becomes of the connection, the room stays the user's.
     *
     * @return how many octets {@link #reservedRoom} has; 0 as for {@link #send}
     */
    public int reserve(int wantedBytes, long nowNs) {
        return submission.reserve(wantedBytes, nowNs);
    }

    /** The room that is reserved. */
    public MemorySegment reservedRoom() {
        return sendBuffer.reserved();
    }

    public boolean hasReservation() {
        return sendBuffer.hasReservation();
    }

    /**
     * Ends the reservation, and sends the first octets of its room.
     *
     * @param bytes how many; 0 leaves no trace
     * @return whether they were taken: not when the state does not allow it any more
     */
    public boolean commit(int bytes, long nowNs) {
        return submission.commit(bytes, nowNs);
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
        onChanged();
        transmission.run(nowNs);
    }

    /** What comes from now on is acknowledged and thrown away, and what is there too (shutdown of the read side). */
    public void discardReceived(long nowNs) {
        reception.discard(nowNs);
    }

    /**
     * The user goes: it neither sends nor receives any more. What was sent still gets there; what was not read, or comes later, is
     * lost, and the peer is told so by a reset (RFC 9293 section 3.6.1, RFC 2525 section 2.17).
     */
    public void release(long nowNs) {
        events.listener(null);
        receiveClosed = true;
        onChanged();
        if (reception.hasUnread() && state != TcpState.CLOSED) {
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
        return reception.atEndOfStream();
    }

    /** What can be received now. */
    public int readableBytes() {
        return received.readableBytes();
    }

    /** What {@link #send} would take now, if there is memory; no more than there is room for while it waits for memory. */
    public int writableBytes() {
        return submission.writableBytes();
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

    /** What its socket may set. */
    public ConnectionOptions options() {
        return options;
    }

    // ---- Migration

    /** Whether it can be taken out of its stack: it is neither half-open nor over. */
    public boolean mayLeave() {
        return state.isSynchronized() && !away;
    }

    /** Writes all that it knows but for the text: {@link ConnectionState#BYTES}. */
    public void writeState(StateTransfer t) {
        ConnectionState.transfer(this, t);
    }

    /** Copies what was given to be sent and is not acknowledged; {@link ConnectionState} says how much that is. */
    public void copySent(MemorySegment to, long offset) {
        sendBuffer.copyOut(sendBuffer.firstSequence(), sendBuffer.usedBytes(), to, offset);
    }

    /** Copies what came and was not read. */
    public void copyUnread(MemorySegment to, long offset) {
        received.peek(to, offset, received.readableBytes());
    }

    /**
     * Leaves the stack, with nothing said to the peer. Its addresses and ports stay taken, and segments that come for it are dropped,
     * until {@link TcpLayer#restore} brings it back or {@link #forget} forgets it.
     */
    public void leave() {
        away = true;
        onChanged();
        layer.output.dropWaiting(this);
        events.listener(null);
        stopTimers();
        submission.waitNoMore();
        sendBuffer.release();
        received.release();
        count(StackCounter.TCP_SESSIONS_EXPORTED);
    }

    /** It will not come back: what arrives for it is nobody's from now on. */
    public void forget() {
        if (away) {
            away = false;
            state = TcpState.CLOSED;
            layer.onEnded(this);
        }
    }

    /**
     * Comes to life here as what another stack had: segments follow as they are due.
     *
     * @throws StateException when the state makes no sense
     */
    void arrive(StateTransfer t, long nowNs) {
        ConnectionState.transfer(this, t);
        ConnectionState.check(this);
        if (state == TcpState.TIME_WAIT) {
            layer.onTimeWait(this);
        }
        idleBuffers.onUsed(nowNs);
        raise(PendingEvents.READABLE | PendingEvents.WRITABLE);
    }

    /** What {@link #arrive} began is undone, since it failed. */
    void undoArrival() {
        stopTimers();
        sendBuffer.release();
        received.release();
    }

    /** Who is told of every change, by {@link TcpLayer#recordChanges}. */
    public void recorder(ConnectionRecorder told) {
        recorder = told;
        onChanged();
    }

    /** Nobody is told any more. */
    public void forgetRecorder() {
        recorder = null;
    }

    /** Whether it is in another stack. */
    public boolean isAway() {
        return away;
    }

    /** Where the octets to send lie, each at its sequence number modulo the size; empty when there is none. */
    public MemorySegment sendRing() {
        return sendBuffer.memory();
    }

    /** The same of the octets to read. */
    public MemorySegment receiveRing() {
        return received.memory();
    }

    /** Something changed that a record must have. */
    void onChanged() {
        if (recorder != null && !changed) {
            changed = true;
            layer.onChanged(this);
        }
    }

    void record(long nowNs) {
        changed = false;
        if (recorder != null) {
            recorder.record(this, nowNs);
        }
    }

    // ---- For its parts

    /** SMSS, SACK options left out of account. */
    int segmentBytes() {
        return size.segmentBytes();
    }

    void count(StackCounter counter) {
        layer.counters.count(counter);
    }

    /** {@link PendingEvents} that are told when the call into the stack is done with everything else. */
    void raise(int bits) {
        events.raise(bits);
    }

    void tell() {
        events.tell();
    }

    @Override
    public String toString() {
        return state + " " + localPort + " > " + remotePort;
    }
}
