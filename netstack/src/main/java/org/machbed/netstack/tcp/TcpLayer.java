package org.machbed.netstack.tcp;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.StackCounters;
import org.machbed.netstack.ipv4.Ipv4Header;
import org.machbed.netstack.ipv4.Ipv4Output;
import org.machbed.netstack.ipv4.NetworkError;
import org.machbed.netstack.ipv4.UpperProtocol;
import org.machbed.netstack.memory.BufferSource;
import org.machbed.netstack.memory.MemoryBudget;
import org.machbed.netstack.memory.RingMemory;
import org.machbed.netstack.random.KeyedRandom;
import org.machbed.netstack.state.StateException;
import org.machbed.netstack.state.StateTransfer;
import org.machbed.netstack.time.TimerWheel;

/** TCP between IPv4 and its connections: checks what comes, finds whose it is, and answers what is nobody's. */
public final class TcpLayer implements UpperProtocol {
    /** Keeps this use of the hash apart from those of ISNs and cookies. */
    private static final long PURPOSE_TIMESTAMPS = 4;

    /** Beyond the largest window without scaling; Linux leaves as much. */
    private static final int SUCCESSOR_DISTANCE = 1 << 16;

    final TcpConfiguration configuration;
    final StackCounters counters;
    final TimerWheel timers = new TimerWheel();
    final SegmentOutput output;

    final BufferSource receiveBuffers;

    /**
     * No more than three quarters of the memory: what waits to be sent must not keep out what comes, and with it, when both ends of a
     * connection are here, itself.
     */
    final BufferSource sendBuffers;

    final SynCookies cookies;
    final MemoryQueue memoryQueue;
    private final MemoryBudget memory;
    private final RingMemory ringMemory;
    private final KeyedRandom random;
    private final InitialSequenceSource initialSequences;
    private final ConnectionTable connections;
    private final ListenerTable listeners = new ListenerTable();
    private final Segment segment;
    private final TcpHeader quotedSegment = new TcpHeader();
    private final ArrayDeque<TcpConnection> tellConnections = new ArrayDeque<>();
    private final ArrayDeque<TcpListener> tellListeners = new ArrayDeque<>();
    private final ArrayDeque<TcpConnection> timeWait = new ArrayDeque<>();
    private final StateTransfer transfer = new StateTransfer();
    private final ArrayDeque<TcpConnection> changed = new ArrayDeque<>();
    private boolean telling;

    /** Whose place in TIME-WAIT the connection at hand takes. */
    private @Nullable TcpConnection predecessor;

    /**
     * @param random of what strangers must not guess; not the one that other protocols draw from in view of everybody
     */
    public TcpLayer(TcpConfiguration configuration, Ipv4Output output, KeyedRandom random, StackCounters counters) {
        this.configuration = configuration;
        this.counters = counters;
        this.random = random;
        this.output = new SegmentOutput(output, counters);
        this.memory = new MemoryBudget(configuration.memoryBytes());
        this.memoryQueue = new MemoryQueue(memory);
        // Peers that read nothing can hold all that is for large rings: every connection still gets its smallest two.
        // And what waits to be sent holds three quarters at most of either, so that it does not keep out what comes.
        long half = configuration.memoryBytes() / 2;
        MemoryBudget large = memory.part(half);
        this.ringMemory = configuration.ringMemory();
        this.receiveBuffers = BufferSource.of(ringMemory, memory, large);
        this.sendBuffers = BufferSource.of(ringMemory, memory.part(half / 4 * 3), large.part(half / 4 * 3));
        this.cookies = new SynCookies(random);
        InitialSequenceSource chosen = configuration.initialSequences();
        this.initialSequences = chosen == null ? new InitialSequenceNumbers(random) : chosen;
        this.connections = new ConnectionTable(random);
        this.segment = new Segment(new TcpOptions(counters));
    }

    @Override
    public void onPacket(Ipv4Header packet, boolean group, long nowNs) {
        counters.count(StackCounter.TCP_SEGMENTS_RECEIVED);
        StackCounter refusal = refusal(packet, group);
        if (refusal != null) {
            counters.count(refusal);
            return;
        }
        segment.load(packet.source(), packet.destination());
        dispatch(segment, nowNs);
        tellEvents(nowNs);
    }

    private @Nullable StackCounter refusal(Ipv4Header packet, boolean group) {
        if (group) {
            return StackCounter.DROP_TCP_GROUP;
        }
        TcpHeader header = segment.header;
        StackCounter refusal = header.wrap(packet.memory(), packet.dataOffset(), packet.dataBytes());
        if (refusal != null) {
            return refusal;
        }
        if (!TcpHeader.hasValidChecksum(
                packet.memory(), packet.dataOffset(), packet.dataBytes(), packet.source(), packet.destination())) {
            return StackCounter.DROP_TCP_CHECKSUM;
        }
        // Port 0 is nobody's (RFC 6335 section 6): who sends to it hears so, but nobody can be answered there.
        return header.sourcePort() == 0 ? StackCounter.DROP_TCP_PORT_ZERO : null;
    }

    /** A connection before a listener, a listener before nobody (RFC 9293 section 3.10.7). */
    private void dispatch(Segment s, long nowNs) {
        int port = s.header.destinationPort();
        TcpConnection connection = connections.find(s.destination, port, s.source, s.header.sourcePort());
        if (connection != null && connection.away) {
            counters.count(StackCounter.DROP_TCP_SESSION_AWAY);
            return;
        }
        TcpListener listener = null;
        if (connection == null || connection.state == TcpState.TIME_WAIT) {
            listener = listeners.find(s.destination, port);
        }
        if (connection != null && listener != null && TimeWaitReuse.allows(connection, s, nowNs)) {
            succeed(connection, nowNs);
            connection = null;
        }
        if (connection != null) {
            connection.onSegment(s, nowNs);
        } else if (listener != null) {
            listener.onSegment(s, nowNs);
        } else {
            counters.count(StackCounter.DROP_TCP_NO_CONNECTION);
            output.sendResetFor(s, nowNs);
        }
        predecessor = null;
    }

    /** A connection in TIME-WAIT makes room for the next one between its ends. */
    private void succeed(TcpConnection old, long nowNs) {
        counters.count(StackCounter.TCP_TIME_WAIT_REUSED);
        old.end(null, nowNs);
        predecessor = old;
    }

    /**
     * ICMP quotes a segment of ours. It is believed only if its sequence number is one that is on its way, which a forger who does
     * not see the connection cannot know (RFC 5927 section 4.1).
     */
    @Override
    public boolean onError(Ipv4Header quoted, NetworkError error, long nowNs) {
        TcpConnection connection = findQuoted(quoted);
        if (connection == null) {
            return false;
        }
        connection.reports.onNetworkError(error, nowNs);
        tellEvents(nowNs);
        return true;
    }

    @Override
    public void onPathMtu(Ipv4Header quoted, long nowNs) {
        TcpConnection connection = findQuoted(quoted);
        if (connection != null) {
            connection.reports.onPathMtu(nowNs);
            tellEvents(nowNs);
        }
    }

    private @Nullable TcpConnection findQuoted(Ipv4Header quoted) {
        quotedSegment.wrapQuoted(quoted.memory(), quoted.dataOffset());
        TcpConnection connection = connections.find(
                quoted.source(), quotedSegment.sourcePort(), quoted.destination(), quotedSegment.destinationPort());
        if (connection == null || connection.away) {
            return null;
        }
        SendSequence send = connection.send;
        boolean onItsWay = SequenceNumber.inWindow(quotedSegment.sequence(), send.una, send.outstandingBytes());
        return onItsWay ? connection : null;
    }

    /** {@link #nextDeadlineNs} may have come: does what is due. */
    public void onTimer(long nowNs) {
        timers.advance(nowNs);
        tellEvents(nowNs);
    }

    public long nextDeadlineNs() {
        return timers.nextDeadlineNs();
    }

    // ---- For sockets

    /**
     * User call OPEN, active. Whether the ports are free is the caller's to know: see {@link #hasConnection}.
     *
     * @return {@code null} when there are too many connections
     */
    public @Nullable TcpConnection connect(
            int localIpv4, int localPort, int remoteIpv4, int remotePort, int receiveBufferBytes, long nowNs) {
        TcpConnection old = connections.find(localIpv4, localPort, remoteIpv4, remotePort);
        if (old != null) {
            if (old.state != TcpState.TIME_WAIT || old.away) {
                throw new IllegalArgumentException("there is a connection " + old + " already");
            }
            succeed(old, nowNs);
        }
        if (!makeRoom(nowNs)) {
            predecessor = null;
            return null;
        }
        TcpConnection connection =
                new TcpConnection(this, localIpv4, localPort, remoteIpv4, remotePort, false, receiveBufferBytes);
        connections.add(connection);
        connection.handshake.open(nowNs);
        predecessor = null;
        return connection;
    }

    /**
     * Brings a connection here that another stack had, or this one, with its text.
     *
     * @param state where its {@link ConnectionState} lies
     * @param sent where the text lies that is to be sent, as much as the state says
     * @param unread where the text lies that came and was not read
     * @return {@code null} when there are too many connections, or no memory is left for its text
     * @throws StateException when the state makes no sense
     * @throws IllegalArgumentException when there is a connection of these ends
     */
    public @Nullable TcpConnection restore(
            MemorySegment state, long offset, MemorySegment sent, MemorySegment unread, long nowNs) {
        int localIpv4 = ConnectionState.localIpv4(state, offset);
        int localPort = ConnectionState.localPort(state, offset);
        int remoteIpv4 = ConnectionState.remoteIpv4(state, offset);
        int remotePort = ConnectionState.remotePort(state, offset);
        TcpConnection old = connections.find(localIpv4, localPort, remoteIpv4, remotePort);
        if (old != null && !old.away) {
            throw new IllegalArgumentException("there is a connection " + old + " already");
        }
        if (old == null && !makeRoom(nowNs)) {
            return null;
        }
        TcpConnection connection = new TcpConnection(
                this,
                localIpv4,
                localPort,
                remoteIpv4,
                remotePort,
                ConnectionState.passive(state, offset),
                configuration.receiveBufferBytes());
        boolean arrived = false;
        try {
            arrived = connection.sendBuffer.restore(
                            ConnectionState.sendFirst(state, offset), sent, 0, (int) sent.byteSize())
                    && connection.received.restore(
                            ConnectionState.readFirst(state, offset), unread, 0, (int) unread.byteSize());
            if (arrived) {
                arrived = false;
                transfer.read(state, offset, ConnectionState.BYTES, nowNs);
                connection.arrive(transfer, nowNs);
                arrived = true;
            }
        } finally {
            if (!arrived) {
                connection.undoArrival();
            }
        }
        if (!arrived) {
            return null;
        }
        if (old != null) {
            old.forget();
        }
        connections.add(connection);
        counters.count(StackCounter.TCP_SESSIONS_IMPORTED);
        connection.transmission.run(nowNs);
        return connection;
    }

    /** User call OPEN, passive. One listener per address and port: the caller sees to it. */
    public TcpListener listen(int localIpv4, int localPort, int backlog, int receiveBufferBytes) {
        TcpListener listener = new TcpListener(this, localIpv4, localPort, backlog, receiveBufferBytes);
        listeners.add(listener);
        return listener;
    }

    /** Whether there is a connection between these ends that a new one may not take the place of. */
    public boolean hasConnection(int localIpv4, int localPort, int remoteIpv4, int remotePort, long nowNs) {
        TcpConnection old = connections.find(localIpv4, localPort, remoteIpv4, remotePort);
        return old != null && (old.away || !TimeWaitReuse.allowsActive(old, nowNs));
    }

    /** Whether there is a connection between these ends, in any state, that is not away. */
    public boolean isHere(int localIpv4, int localPort, int remoteIpv4, int remotePort) {
        TcpConnection old = connections.find(localIpv4, localPort, remoteIpv4, remotePort);
        return old != null && !old.away;
    }

    /** Whether any connection has the port, at an address that overlaps with this one (0 for any). */
    public boolean hasConnections(int localIpv4, int localPort) {
        return connections.hasLocalPort(localIpv4, localPort);
    }

    /** Tells what there is to tell; what tells it may call in again. */
    public void tellEvents(long nowNs) {
        if (telling) {
            return;
        }
        telling = true;
        try {
            while (hasNews(nowNs)) {
                TcpListener listener = tellListeners.poll();
                if (listener != null) {
                    listener.tell();
                }
                TcpConnection connection = tellConnections.poll();
                if (connection != null) {
                    connection.tell();
                }
            }
        } finally {
            telling = false;
        }
    }

    private boolean hasNews(long nowNs) {
        memoryQueue.serve(nowNs);
        return !tellConnections.isEmpty() || !tellListeners.isEmpty();
    }

    /**
     * Has every connection recorded that has a recorder and has changed since the last time; then memory may be used again that only
     * older records speak of. To be called before a frame leaves that a call into the stack has made.
     */
    public void recordChanges(long nowNs) {
        for (TcpConnection c = changed.poll(); c != null; c = changed.poll()) {
            c.record(nowNs);
        }
        if (ringMemory.settle()) {
            memory.onReturn();
            tellEvents(nowNs);
        }
    }

    /** Connections in all states now, bounded. */
    public int connections() {
        return connections.size();
    }

    /** Connections whose user has closed them, or our direction of them, and whose peer has not acknowledged it all. */
    public int closingConnections() {
        return connections.count(TcpState::isClosing);
    }

    /** Timers that run now. */
    public int runningTimers() {
        return timers.size();
    }

    /** What the buffers of all connections take of the budget now. */
    public long bufferBytes() {
        return memory.reservedBytes();
    }

    /** Connections whose users were refused memory and have not been told of any since. */
    public int connectionsWithoutMemory() {
        return memoryQueue.size();
    }

    // ---- For connections and listeners

    void onChanged(TcpConnection connection) {
        changed.add(connection);
    }

    void hasEvents(TcpConnection connection) {
        tellConnections.add(connection);
    }

    void hasEvents(TcpListener listener) {
        tellListeners.add(listener);
    }

    TcpConnection createPassive(Segment s, int receiveBufferBytes) {
        TcpConnection connection = new TcpConnection(
                this,
                s.destination,
                s.header.destinationPort(),
                s.source,
                s.header.sourcePort(),
                true,
                receiveBufferBytes);
        connections.add(connection);
        return connection;
    }

    /** Makes sure that there may be one more connection, at the price of the one longest in TIME-WAIT if need be. */
    boolean makeRoom(long nowNs) {
        while (connections.size() >= configuration.connections()) {
            TcpConnection oldest = timeWait.poll();
            if (oldest == null) {
                return false;
            }
            if (oldest.state == TcpState.TIME_WAIT) {
                oldest.end(null, nowNs);
            }
        }
        return true;
    }

    void onTimeWait(TcpConnection connection) {
        timeWait.add(connection);
    }

    void onEnded(TcpConnection connection) {
        connections.remove(connection);
        connection.submission.waitNoMore();
        while (!timeWait.isEmpty() && timeWait.peek().state != TcpState.TIME_WAIT) {
            timeWait.remove();
        }
    }

    void removeListener(TcpListener listener) {
        listeners.remove(listener);
    }

    /**
     * ISS of a connection; after one in TIME-WAIT it lies beyond all that was sent by that one and may still be on its way, however
     * much that was (RFC 9293 section 3.6.1, RFC 1122 section 4.2.2.13).
     */
    int initialSequence(TcpConnection c, long nowNs) {
        int next = initialSequences.next(c.localIpv4, c.localPort, c.remoteIpv4, c.remotePort, nowNs);
        TcpConnection old = predecessor;
        return old == null ? next : SequenceNumber.max(next, old.send.max + SUCCESSOR_DISTANCE);
    }

    int timestampOffset(int localIpv4, int localPort, int remoteIpv4, int remotePort) {
        long addresses = ((long) localIpv4 << 32) | (remoteIpv4 & 0xFFFF_FFFFL);
        return (int) random.hash(addresses, ((long) localPort << 16) | remotePort, PURPOSE_TIMESTAMPS);
    }

    /** Answers a SYN by a cookie that says what it said. */
    void sendCookie(Segment s, int receiveBufferBytes, long nowNs) {
        int us = s.header.destinationPort();
        int them = s.header.sourcePort();
        int mss = s.options.mssBytes() == 0 ? SegmentSize.DEFAULT_MSS_BYTES : s.options.mssBytes();
        int cookie = cookies.encode(s.destination, us, s.source, them, s.sequence, mss, nowNs);
        Timestamps clock = new Timestamps(timestampOffset(s.destination, us, s.source, them));
        output.sendCookie(s, cookie, receiveBufferBytes, configuration, clock.value(nowNs), nowNs);
    }
}
