package org.machbed.netstack.socket;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.ipv4.NetworkError;
import org.machbed.netstack.ipv4.SendOutcome;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.netstack.state.StateException;
import org.machbed.netstack.state.StateTransfer;
import org.machbed.netstack.udp.UdpEndpoint;
import org.machbed.netstack.udp.UdpLayer;

/**
 * One UDP socket with the meaning of BSD's calls. Never waits; guarded by the lock of the stack's owner. IPv4 addresses are in
 * host order. Every call but {@link #close} on a closed socket fails with {@link Errno#EBADF}.
 */
public final class UdpSocket extends UdpEndpoint {
    private static final Errno[] ERRORS = Errno.values();
    private static final int DEFAULT_BUFFER_BYTES = 212_992;
    private static final int SMALLEST_BUFFER_BYTES = 2048;
    private static final int LARGEST_BUFFER_BYTES = 4 << 20;

    private final UdpSockets sockets;
    private final UdpLayer udp;
    private final DatagramQueue queue;
    private boolean open = true;

    /** Whether it is in another stack, so that what is left keeps its port. */
    private boolean away;

    private @Nullable DatagramListener listener;

    /** What the network reported since the last call. */
    private @Nullable Errno pendingError;

    /** What {@link #bind} asked for: a connection fixes the address for its duration only. */
    private int boundIpv4;

    private int sendBufferBytes = DEFAULT_BUFFER_BYTES;
    private boolean broadcast;
    private boolean reuseAddress;
    private int typeOfService;

    UdpSocket(UdpSockets sockets) {
        this.sockets = sockets;
        this.udp = sockets.udp;
        this.queue = new DatagramQueue(sockets.queueMemory, DEFAULT_BUFFER_BYTES);
    }

    /**
     * Binds to a local address (0 for any) and port (0 for a free one).
     *
     * @throws SocketLayerException with EINVAL when it is bound already or the port is no port, EADDRNOTAVAIL, EADDRINUSE
     */
    public void bind(int ipv4, int port) throws SocketLayerException {
        checkOpen();
        checkPort(port, 0);
        if (localPort() != 0) {
            throw new SocketLayerException(Errno.EINVAL, "the socket is bound to port " + localPort() + " already");
        }
        if (ipv4 != Ipv4Address.ANY && !sockets.local.isThisHost(ipv4) && !sockets.local.isBroadcast(ipv4)) {
            throw new SocketLayerException(
                    Errno.EADDRNOTAVAIL, Ipv4Address.format(ipv4) + " is no address of this host");
        }
        if (port != 0 && udp.endpoints().isTaken(ipv4, port, reuseAddress)) {
            throw new SocketLayerException(
                    Errno.EADDRINUSE, Ipv4Address.format(ipv4) + " port " + port + " is bound by another socket");
        }
        int chosen = port != 0 ? port : sockets.ephemeralPort(ipv4);
        udp.endpoints().add(this, ipv4, chosen, 0, 0);
        boundIpv4 = ipv4;
    }

    /**
     * Fixes the peer (RFC 1122 section 4.1.3.5): sends need no address, datagrams of others are not received, errors are
     * reported. Binds when unbound.
     *
     * @throws SocketLayerException with EINVAL, EACCES (broadcast not allowed), EADDRINUSE
     */
    public void connect(int ipv4, int port) throws SocketLayerException {
        checkOpen();
        checkDestination(ipv4, port);
        int source = sourceFor(ipv4);
        if (localPort() == 0) {
            bind(Ipv4Address.ANY, 0);
        }
        int localPort = localPort();
        udp.endpoints().remove(this);
        udp.endpoints().add(this, source, localPort, ipv4, port);
        pendingError = null;
    }

    /**
     * Dissolves {@link #connect}. The address that {@link #bind} asked for comes back unasked, as in BSD and Linux: where
     * another socket has been bound to one of several meanwhile, that one stays the more specific.
     */
    public void disconnect() throws SocketLayerException {
        checkOpen();
        if (remoteIpv4() != 0) {
            int localPort = localPort();
            udp.endpoints().remove(this);
            udp.endpoints().add(this, boundIpv4, localPort, 0, 0);
            pendingError = null;
        }
    }

    /**
     * Sends one datagram. Binds when unbound. A datagram for which the link has no room is dropped and counted, as anywhere
     * else in the network.
     *
     * @param ipv4 destination, 0 with port 0 for the peer
     * @return {@code length}
     * @throws SocketLayerException with EMSGSIZE, EDESTADDRREQ, EISCONN, EACCES, EINVAL, ENETUNREACH, EHOSTUNREACH, or what the
     *     network reported before
     */
    public int send(MemorySegment source, long offset, int length, int ipv4, int port, long nowNs)
            throws SocketLayerException {
        long to = destination(length, ipv4, port);
        SendOutcome outcome = udp.send(
                source(to),
                localPort(),
                DatagramHeader.ipv4(to),
                DatagramHeader.port(to),
                typeOfService,
                source,
                offset,
                length,
                nowNs);
        return sent(outcome, to, length, nowNs);
    }

    /**
     * The same for a datagram that was composed in a frame of the link, from {@link UdpLayer#COMPOSED_OFFSET} on. Whatever comes of
     * it, the frame is the link's again afterwards.
     *
     * @return whether the frame went as it was; otherwise the data was copied
     * @throws SocketLayerException as {@link #send}
     */
    public boolean sendComposed(FrameBuffer frame, int length, int ipv4, int port, long nowNs)
            throws SocketLayerException {
        long to;
        int from;
        try {
            to = destination(length, ipv4, port);
            from = source(to);
        } catch (SocketLayerException e) {
            udp.release(frame);
            throw e;
        }
        int destination = DatagramHeader.ipv4(to);
        SendOutcome outcome = udp.sendComposed(
                from, localPort(), destination, DatagramHeader.port(to), typeOfService, frame, length, nowNs);
        boolean inPlace = udp.wasInPlace();
        int _ = sent(outcome, to, length, nowNs);
        return inPlace;
    }

    /** Where a datagram goes, as a {@link DatagramHeader}, when it may be sent. */
    private long destination(int length, int ipv4, int port) throws SocketLayerException {
        checkOpen();
        throwPending();
        if (length < 0 || length > Math.min(UdpLayer.MAXIMUM_DATA_BYTES, sendBufferBytes)) {
            throw new SocketLayerException(Errno.EMSGSIZE, "a datagram of " + length + " bytes cannot be sent");
        }
        int peer = remoteIpv4();
        if (peer != 0) {
            if ((ipv4 != 0 || port != 0) && (ipv4 != peer || port != remotePort())) {
                throw new SocketLayerException(
                        Errno.EISCONN,
                        "the socket is connected to " + Ipv4Address.format(peer) + " port " + remotePort());
            }
            return DatagramHeader.pack(peer, remotePort(), 0);
        }
        if (ipv4 == 0 && port == 0) {
            throw new SocketLayerException(Errno.EDESTADDRREQ, "the socket is not connected");
        }
        checkDestination(ipv4, port);
        return DatagramHeader.pack(ipv4, port, 0);
    }

    /** Whom a datagram comes from. Binds when unbound. */
    private int source(long to) throws SocketLayerException {
        int from = remoteIpv4() != 0 ? localIpv4() : sourceFor(DatagramHeader.ipv4(to));
        if (localPort() == 0) {
            bind(Ipv4Address.ANY, 0);
        }
        return from;
    }

    private int sent(SendOutcome outcome, long to, int length, long nowNs) throws SocketLayerException {
        sockets.afterCall.run(nowNs);
        return switch (outcome) {
            case SENT, NO_ROOM -> length;
            case NO_ROUTE ->
                throw new SocketLayerException(
                        Errno.ENETUNREACH, "no route to " + Ipv4Address.format(DatagramHeader.ipv4(to)));
            case HOST_UNREACHABLE ->
                throw new SocketLayerException(
                        Errno.EHOSTUNREACH, "nobody answers for " + Ipv4Address.format(DatagramHeader.ipv4(to)));
            case TOO_BIG -> throw new IllegalStateException("a datagram of " + length + " bytes was not fragmented");
        };
    }

    /** The {@link DatagramHeader} of what {@link #receive} would receive, or {@link DatagramHeader#NONE}. */
    public long nextHeader() throws SocketLayerException {
        checkOpen();
        return queue.nextHeader();
    }

    /**
     * Receives the oldest datagram; bytes for which there is no room are discarded. Never waits.
     *
     * @return its {@link DatagramHeader}, or {@link DatagramHeader#NONE}
     * @throws SocketLayerException with what the network reported, such as ECONNREFUSED
     */
    public long receive(MemorySegment target, long offset, int room) throws SocketLayerException {
        checkOpen();
        throwPending();
        return queue.poll(target, offset, room);
    }

    /** Takes what the network reported since the last call, {@code null} when that is nothing (SO_ERROR). */
    public @Nullable Errno takeError() {
        Errno pending = pendingError;
        pendingError = null;
        return pending;
    }

    /** Whether {@link #receive} has something to say, be it an error. */
    public boolean readable() throws SocketLayerException {
        checkOpen();
        return !queue.isEmpty() || pendingError != null;
    }

    /** The local address and port, packed as a {@link DatagramHeader} of length 0; 0 when unbound. */
    public long localAddress() throws SocketLayerException {
        checkOpen();
        return localPort() == 0 ? 0 : DatagramHeader.pack(localIpv4(), localPort(), 0);
    }

    public int option(SocketOptionName name) throws SocketLayerException {
        checkOpen();
        return switch (name) {
            case NO_DELAY,
                    KEEP_ALIVE,
                    KEEP_ALIVE_SECONDS,
                    LINGER_SECONDS,
                    CONGESTION_CONTROL,
                    USER_TIMEOUT_MS,
                    UNREAD_BYTES -> throw noOption(name);
            case RECEIVE_BUFFER_BYTES -> queue.limitBytes();
            case SEND_BUFFER_BYTES -> sendBufferBytes;
            case BROADCAST -> broadcast ? 1 : 0;
            case REUSE_ADDRESS -> reuseAddress ? 1 : 0;
            case TYPE_OF_SERVICE -> typeOfService;
        };
    }

    /**
     * Sets an option. Buffer sizes are moved into what is possible (2,048 bytes to 4 MiB).
     *
     * @throws SocketLayerException with EINVAL when no value of the option is {@code value}
     */
    public void setOption(SocketOptionName name, int value) throws SocketLayerException {
        checkOpen();
        int largest = switch (name) {
            case NO_DELAY,
                    KEEP_ALIVE,
                    KEEP_ALIVE_SECONDS,
                    LINGER_SECONDS,
                    CONGESTION_CONTROL,
                    USER_TIMEOUT_MS,
                    UNREAD_BYTES -> throw noOption(name);
            case RECEIVE_BUFFER_BYTES, SEND_BUFFER_BYTES -> Integer.MAX_VALUE;
            case BROADCAST, REUSE_ADDRESS -> 1;
            case TYPE_OF_SERVICE -> 255;
        };
        if (value < 0 || value > largest) {
            throw new SocketLayerException(Errno.EINVAL, "option " + name + " cannot be " + value);
        }
        switch (name) {
            case RECEIVE_BUFFER_BYTES -> queue.limitBytes(possibleBufferBytes(value));
            case SEND_BUFFER_BYTES -> sendBufferBytes = possibleBufferBytes(value);
            case BROADCAST -> broadcast = value == 1;
            case REUSE_ADDRESS -> reuseAddress = value == 1;
            case TYPE_OF_SERVICE -> typeOfService = value;
            case NO_DELAY,
                    KEEP_ALIVE,
                    KEEP_ALIVE_SECONDS,
                    LINGER_SECONDS,
                    CONGESTION_CONTROL,
                    USER_TIMEOUT_MS,
                    UNREAD_BYTES -> throw noOption(name);
        }
    }

    private static SocketLayerException noOption(SocketOptionName name) {
        return new SocketLayerException(Errno.ENOPROTOOPT, "a datagram socket has no option " + name);
    }

    private static int possibleBufferBytes(int wanted) {
        return Math.clamp(wanted, SMALLEST_BUFFER_BYTES, LARGEST_BUFFER_BYTES);
    }

    /** Who is told of datagrams and errors, {@code null} for nobody. */
    public void listener(@Nullable DatagramListener listener) throws SocketLayerException {
        checkOpen();
        this.listener = listener;
    }

    /** Whether it is in another stack. */
    public boolean isAway() {
        return away;
    }

    /**
     * Takes what the socket has out of the stack, as a value. It keeps address and port; until {@link #importSession} or
     * {@link #close}, datagrams that come for it are dropped and counted ({@code DROP_UDP_SESSION_AWAY}), and its listener is told
     * nothing.
     *
     * @throws SocketLayerException with EINVAL when it is not bound, or away
     */
    public UdpSessionState exportSession(long nowNs) throws SocketLayerException {
        checkOpen();
        if (localPort() == 0 || away) {
            throw new SocketLayerException(Errno.EINVAL, "the socket is not bound, or away");
        }
        MemorySegment variables = MemorySegment.ofArray(new byte[UdpSessionState.VARIABLES_BYTES]);
        StateTransfer t = new StateTransfer();
        t.write(nowNs);
        t.number(localIpv4());
        t.number(localPort());
        t.number(remoteIpv4());
        t.number(remotePort());
        transfer(t);
        t.skipTo(UdpSessionState.VARIABLES_BYTES);
        t.copyTo(variables, 0);
        MemorySegment datagrams = MemorySegment.ofArray(new byte[queue.copiedBytes()]);
        queue.copyTo(datagrams, 0);
        queue.clear();
        pendingError = null;
        away = true;
        return new UdpSessionState(variables, datagrams);
    }

    /**
     * Puts into the stack what a socket of another one had. This one is new, or the one that left. Its listener, if any, is told when
     * there is something to receive.
     *
     * @throws SocketLayerException with EINVAL when it is bound otherwise, EADDRNOTAVAIL, EADDRINUSE
     * @throws StateException when the state makes no sense
     */
    public void importSession(UdpSessionState state, long nowNs) throws SocketLayerException {
        checkOpen();
        int ipv4 = state.localIpv4();
        int port = state.localPort();
        int peer = state.remoteIpv4();
        int peerPort = state.remotePort();
        boolean peerMakesSense = (peer == 0) == (peerPort == 0) && peerPort >= 0 && peerPort <= 65_535;
        if (port < 1 || port > 65_535 || !peerMakesSense) {
            throw new StateException("ports " + port + " and " + peerPort + " are no datagram socket's");
        }
        if (localPort() != 0 && (!away || localPort() != port)) {
            throw new SocketLayerException(Errno.EINVAL, "the socket is bound to port " + localPort() + " already");
        }
        if (ipv4 != Ipv4Address.ANY && !sockets.local.isThisHost(ipv4) && !sockets.local.isBroadcast(ipv4)) {
            throw new SocketLayerException(
                    Errno.EADDRNOTAVAIL, Ipv4Address.format(ipv4) + " is no address of this host");
        }
        StateTransfer t = new StateTransfer();
        int addressBytes = 4 * Integer.BYTES;
        t.read(state.variables(), addressBytes, UdpSessionState.VARIABLES_BYTES - addressBytes, nowNs);
        transfer(t);
        if (localPort() == 0 && udp.endpoints().isTaken(ipv4, port, reuseAddress)) {
            throw new SocketLayerException(Errno.EADDRINUSE, "port " + port + " is bound by another socket");
        }
        queue.restore(state.datagrams());
        if (localPort() != 0) {
            udp.endpoints().remove(this);
        }
        udp.endpoints().add(this, ipv4, port, peer, peerPort);
        away = false;
        DatagramListener told = listener;
        if (told != null && !queue.isEmpty()) {
            told.onReadable();
        }
    }

    private void transfer(StateTransfer t) {
        boundIpv4 = t.number(boundIpv4);
        queue.limitBytes(t.within("SO_RCVBUF", queue.limitBytes(), 0, LARGEST_BUFFER_BYTES));
        sendBufferBytes = t.within("SO_SNDBUF", sendBufferBytes, 0, LARGEST_BUFFER_BYTES);
        broadcast = t.flag("SO_BROADCAST", broadcast);
        reuseAddress = t.flag("SO_REUSEADDR", reuseAddress);
        typeOfService = t.within("IP_TOS", typeOfService, 0, 255);
        pendingError = t.optional("the pending error", pendingError, ERRORS);
    }

    /** Closes the socket and forgets what is queued; a second close is ignored. */
    public void close() {
        if (open) {
            open = false;
            listener = null;
            if (localPort() != 0) {
                udp.endpoints().remove(this);
            }
            queue.clear();
            sockets.closed();
        }
    }

    @Override
    protected boolean reuseAddress() {
        return reuseAddress;
    }

    @Override
    protected void onDatagram(MemorySegment memory, long offset, int lengthBytes, int sourceIpv4, int sourcePort) {
        if (away) {
            sockets.counters.count(StackCounter.DROP_UDP_SESSION_AWAY);
            return;
        }
        DatagramListener told = listener;
        if (told != null && told.onDatagram(memory, offset, lengthBytes, sourceIpv4, sourcePort)) {
            return;
        }
        if (!open) {
            return; // the listener closed it
        }
        switch (queue.offer(memory, offset, lengthBytes, sourceIpv4, sourcePort)) {
            case QUEUED -> {
                if (told != null) {
                    told.onReadable();
                }
            }
            case QUEUE_FULL -> sockets.counters.count(StackCounter.DROP_UDP_QUEUE_FULL);
            case MEMORY_FULL -> sockets.counters.count(StackCounter.DROP_UDP_MEMORY_FULL);
        }
    }

    /** RFC 1122 section 4.1.3.3; a socket without a peer could not tell which of its datagrams is meant. */
    @Override
    protected void onError(NetworkError error) {
        if (remoteIpv4() == 0 || away) {
            return;
        }
        Errno errno = switch (error) {
            case PORT_UNREACHABLE -> Errno.ECONNREFUSED;
            case FRAGMENTATION_NEEDED -> Errno.EMSGSIZE;
            case PROTOCOL_UNREACHABLE -> Errno.ENOPROTOOPT;
            case NET_UNREACHABLE -> Errno.ENETUNREACH;
            case HOST_UNREACHABLE, TIME_EXCEEDED -> Errno.EHOSTUNREACH;
            case PARAMETER_PROBLEM -> Errno.EIO;
        };
        pendingError = errno;
        if (listener != null) {
            listener.onError(errno);
        }
    }

    private void checkOpen() throws SocketLayerException {
        if (!open) {
            throw new SocketLayerException(Errno.EBADF, "the socket is closed");
        }
    }

    private void throwPending() throws SocketLayerException {
        Errno pending = takeError();
        if (pending != null) {
            throw new SocketLayerException(
                    pending,
                    "the network reported it for " + Ipv4Address.format(remoteIpv4()) + " port " + remotePort());
        }
    }

    private static void checkPort(int port, int lowest) throws SocketLayerException {
        if (port < lowest || port > 65_535) {
            throw new SocketLayerException(Errno.EINVAL, "port " + port + " is not in " + lowest + " to 65535");
        }
    }

    private void checkDestination(int ipv4, int port) throws SocketLayerException {
        checkPort(port, 1);
        if (ipv4 == Ipv4Address.ANY) {
            throw new SocketLayerException(Errno.EINVAL, "0.0.0.0 is no destination");
        }
        if (!broadcast && sockets.local.isBroadcast(ipv4)) {
            throw new SocketLayerException(
                    Errno.EACCES,
                    Ipv4Address.format(ipv4) + " is a broadcast address and the socket may not broadcast");
        }
    }

    /** The source of a datagram; never one that would leave the host with an address that belongs inside. */
    private int sourceFor(int destination) throws SocketLayerException {
        if (boundIpv4 == Ipv4Address.ANY || sockets.local.isBroadcast(boundIpv4)) {
            return sockets.local.sourceFor(destination);
        }
        if (Ipv4Address.isLoopback(boundIpv4) && !sockets.local.isThisHost(destination)) {
            throw new SocketLayerException(
                    Errno.EINVAL,
                    "a socket bound to " + Ipv4Address.format(boundIpv4) + " cannot reach "
                            + Ipv4Address.format(destination));
        }
        return boundIpv4;
    }
}
