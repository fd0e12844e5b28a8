package org.machbed.netstack.socket;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.state.StateException;
import org.machbed.netstack.state.StateTransfer;
import org.machbed.netstack.tcp.ConnectionState;
import org.machbed.netstack.tcp.TcpConnection;
import org.machbed.netstack.tcp.TcpListener;
import org.machbed.netstack.tcp.TcpState;

/**
 * One TCP socket with the meaning of BSD's calls. Never waits: what would is told by a 0, a {@code null} or a {@code false}, and
 * later by the {@link StreamListener}. Guarded by the lock of the stack's owner. IPv4 addresses are in host order. Every call but
 * {@link #close} on a closed socket fails with {@link Errno#EBADF}.
 */
public final class TcpSocket {
    /** {@link #receive} at the end of the stream. */
    public static final int END_OF_STREAM = -1;

    /** What a migration carries beside the connection's own state. */
    static final int STATE_BYTES = 64;

    private final TcpSockets sockets;
    private final TcpSocketOptions options;
    private final TcpBinding binding;
    private final TcpStream stream;
    private @Nullable TcpListener listening;
    private @Nullable StreamListener listener;

    /** What is left of a connection that is in another stack. */
    private @Nullable TcpConnection away;

    private boolean open = true;

    TcpSocket(TcpSockets sockets) {
        this(sockets, new TcpSocketOptions(sockets.configuration));
    }

    /** The socket of a connection that was accepted; it has its listener's options, as in BSD. */
    TcpSocket(TcpSockets sockets, TcpConnection accepted, TcpSocket listeningSocket) {
        this(sockets, listeningSocket.options.copy());
        stream.take(accepted);
    }

    private TcpSocket(TcpSockets sockets, TcpSocketOptions options) {
        this.sockets = sockets;
        this.options = options;
        this.binding = new TcpBinding(sockets, options);
        this.stream = new TcpStream(sockets);
    }

    /**
     * Binds to a local address (0 for any) and port (0 for a free one).
     *
     * @throws SocketLayerException with EINVAL when it is bound already or the port is no port, EADDRNOTAVAIL, EADDRINUSE
     */
    public void bind(int ipv4, int port) throws SocketLayerException {
        checkOpen();
        checkPort(port, 0);
        if (binding.isBound() || hasConnection()) {
            throw new SocketLayerException(Errno.EINVAL, "the socket is bound to port " + localPort() + " already");
        }
        binding.bind(ipv4, port);
    }

    /**
     * Begins to connect; {@link #finishConnect} says when it has. Binds when unbound.
     *
     * @throws SocketLayerException with EISCONN, EALREADY, EINVAL, ENETUNREACH (a destination that is no host), EADDRINUSE,
     *     EADDRNOTAVAIL, ENOBUFS
     */
    public void connect(int ipv4, int port, long nowNs) throws SocketLayerException {
        checkOpen();
        checkPort(port, 1);
        if (hasConnection()) {
            throw stream.isConnected() || away != null
                    ? new SocketLayerException(Errno.EISCONN, "the socket is connected already")
                    : new SocketLayerException(Errno.EALREADY, "the socket is connecting already");
        }
        if (listening != null) {
            throw new SocketLayerException(Errno.EOPNOTSUPP, "the socket listens");
        }
        if (ipv4 == Ipv4Address.ANY) {
            throw new SocketLayerException(Errno.EINVAL, "0.0.0.0 is no destination");
        }
        if (sockets.local.isGroup(ipv4)) { // RFC 9293 section 3.9.1.1 (MUST-46)
            throw new SocketLayerException(Errno.ENETUNREACH, Ipv4Address.format(ipv4) + " is no single host");
        }
        int source = binding.bindFor(ipv4, port, nowNs);
        TcpConnection opened =
                sockets.tcp.connect(source, binding.port(), ipv4, port, options.receiveBufferBytes, nowNs);
        if (opened == null) {
            throw new SocketLayerException(Errno.ENOBUFS, "there are too many connections");
        }
        stream.begin(opened);
        options.applyTo(opened, nowNs);
        sockets.afterCall(nowNs);
    }

    /**
     * Whether the connect succeeded; {@code false} while it is in progress.
     *
     * @throws SocketLayerException with ENOTCONN when none was begun, or with why it failed; the socket can try again then
     */
    public boolean finishConnect() throws SocketLayerException {
        checkOpen();
        return stream.finishConnect();
    }

    /**
     * Lets others connect.
     *
     * @param backlog how many connections may wait to be accepted
     * @throws SocketLayerException with EINVAL when it is not bound or connected, EADDRINUSE when another socket listens there
     */
    public void listen(int backlog, long nowNs) throws SocketLayerException {
        checkOpen();
        if (!binding.isBound() || hasConnection()) {
            throw new SocketLayerException(Errno.EINVAL, "the socket is not bound, or connected");
        }
        if (listening != null) {
            return;
        }
        binding.listen();
        int least = Math.clamp(backlog, 0, 65_535);
        TcpListener opened = sockets.tcp.listen(binding.ipv4(), binding.port(), least, options.receiveBufferBytes);
        opened.onAcceptable(() -> {
            if (listener != null) {
                listener.onAcceptable();
            }
        });
        listening = opened;
    }

    /**
     * The oldest connection that waits, as a socket of its own; {@code null} when there is none.
     *
     * @throws SocketLayerException with EINVAL when it does not listen, EMFILE
     */
    public @Nullable TcpSocket accept(long nowNs) throws SocketLayerException {
        checkOpen();
        TcpListener from = listening;
        if (from == null) {
            throw new SocketLayerException(Errno.EINVAL, "the socket does not listen");
        }
        if (!from.acceptable()) {
            return null;
        }
        sockets.checkRoom();
        TcpConnection accepted = from.accept();
        if (accepted == null) {
            return null;
        }
        TcpSocket socket = sockets.accepted(accepted, this);
        socket.options.applyTo(accepted, nowNs);
        return socket;
    }

    /**
     * Takes data to send.
     *
     * @return how much was taken: less than {@code length}, or 0, when there is no room for more now
     * @throws SocketLayerException with ENOTCONN, EPIPE (after shutdown, or the connection is over), or with what ended the
     *     connection
     */
    public int send(MemorySegment source, long offset, int length, long nowNs) throws SocketLayerException {
        checkOpen();
        return stream.send(source, offset, length, false, nowNs);
    }

    /** The same; the last byte taken is urgent (MSG_OOB). */
    public int sendUrgent(MemorySegment source, long offset, int length, long nowNs) throws SocketLayerException {
        checkOpen();
        return stream.send(source, offset, length, true, nowNs);
    }

    /**
     * Reserves room for what is sent next, in one piece of the memory that it is sent from. Until it has ended, sends fail with EALREADY.
     *
     * @param bytes how much is wanted; it may be less, for instance where the ring ends
     * @return {@code null} when there is no room now, of which the listener is told as after a send
     * @throws SocketLayerException as {@link #send}, and with EALREADY while other room of the connection is reserved
     */
    public @Nullable ReservedRoom reserve(int bytes, long nowNs) throws SocketLayerException {
        checkOpen();
        return stream.reserve(bytes, nowNs);
    }

    /**
     * Sends what was composed in the first octets of reserved room, which ends it.
     *
     * @return {@code false} when the room is no part of this socket's connection any more, as after a migration: then nothing was sent
     * @throws SocketLayerException as {@link #send}; then nothing was sent, and the room is to be given back
     */
    public boolean commit(ReservedRoom room, int bytes, long nowNs) throws SocketLayerException {
        checkOpen();
        return stream.commit(room, bytes, nowNs);
    }

    /** Has the listener told when a send would take something again, as after one that took less than it was given. */
    public void wantRoom() throws SocketLayerException {
        checkOpen();
        stream.wantRoom();
    }

    /**
     * Receives data, in line with urgent data.
     *
     * @return how much; 0 when nothing is there now, {@link #END_OF_STREAM} when nothing will come any more
     * @throws SocketLayerException with ENOTCONN, or with what ended the connection once all that came before is received
     */
    public int receive(MemorySegment target, long offset, int room, long nowNs) throws SocketLayerException {
        checkOpen();
        return stream.receive(target, offset, room, nowNs);
    }

    /**
     * Receives data where they lie: a piece of the stream that is in one piece in memory too. What follows can be received meanwhile by
     * {@link #receive}; the room of both comes back to the peer when the piece is given back.
     *
     * @param most how many octets at most
     * @return {@code null} when nothing is there now, {@link LentText#END_OF_STREAM} when nothing will come any more
     * @throws SocketLayerException as {@link #receive}, and with EALREADY while another piece is lent
     */
    public @Nullable LentText lend(int most, long nowNs) throws SocketLayerException {
        checkOpen();
        return stream.lend(most, nowNs);
    }

    /**
     * Ends the stream that we send, once all of it is sent.
     *
     * @throws SocketLayerException with ENOTCONN
     */
    public void shutdownSending(long nowNs) throws SocketLayerException {
        checkOpen();
        stream.shutdownSending(nowNs);
    }

    /**
     * Receives no more: what is there or comes is thrown away.
     *
     * @throws SocketLayerException with ENOTCONN
     */
    public void shutdownReceiving(long nowNs) throws SocketLayerException {
        checkOpen();
        stream.shutdownReceiving(nowNs);
    }

    /** Whether {@link #receive} or {@link #finishConnect} has something to say, be it an error. */
    public boolean readable() throws SocketLayerException {
        checkOpen();
        return stream.readable();
    }

    /** Whether {@link #send} would take something or fail, or a connect is over. */
    public boolean writable() throws SocketLayerException {
        checkOpen();
        return stream.writable();
    }

    /** Whether {@link #accept} would answer a socket. */
    public boolean acceptable() throws SocketLayerException {
        checkOpen();
        return listening != null && listening.acceptable();
    }

    /** Whether the handshake is over. */
    public boolean isConnected() throws SocketLayerException {
        checkOpen();
        return stream.isConnected();
    }

    /** What can be received now. */
    public int readableBytes() throws SocketLayerException {
        checkOpen();
        return stream.readableBytes();
    }

    /** How much of that lies before the end of urgent data (SIOCATMARK); 0 when there are none. */
    public int urgentBytes() throws SocketLayerException {
        checkOpen();
        return stream.urgentBytes();
    }

    /** What was sent and has not arrived for all we know: what a close that lingers waits for. */
    public int unacknowledgedBytes() throws SocketLayerException {
        checkOpen();
        return stream.unacknowledgedBytes();
    }

    /** The connection's state, {@link TcpState#CLOSED} when there is none. */
    public TcpState state() {
        return stream.state();
    }

    /** The local address and port, packed as a {@link DatagramHeader} of length 0; 0 when unbound. */
    public long localAddress() throws SocketLayerException {
        checkOpen();
        TcpConnection c = connectionHereOrAway();
        if (c != null) {
            return DatagramHeader.pack(c.localIpv4(), c.localPort(), 0);
        }
        return binding.isBound() ? DatagramHeader.pack(binding.ipv4(), binding.port(), 0) : 0;
    }

    /** The same of the peer; 0 when there is none. */
    public long remoteAddress() throws SocketLayerException {
        checkOpen();
        TcpConnection c = connectionHereOrAway();
        return c == null ? 0 : DatagramHeader.pack(c.remoteIpv4(), c.remotePort(), 0);
    }

    public int option(SocketOptionName name) throws SocketLayerException {
        checkOpen();
        return name == SocketOptionName.UNREAD_BYTES ? readableBytes() : options.get(name);
    }

    /**
     * Sets an option. Buffer sizes are moved into what is possible (2,048 bytes to 4 MiB).
     *
     * @throws SocketLayerException with EINVAL when no value of the option is {@code value}, ENOPROTOOPT when a stream has no such
     *     option
     */
    public void setOption(SocketOptionName name, int value, long nowNs) throws SocketLayerException {
        checkOpen();
        options.set(name, value);
        TcpConnection c = stream.connection();
        if (c != null) {
            options.apply(name, c, nowNs);
            c.options().changed();
            if (name == SocketOptionName.SEND_BUFFER_BYTES) {
                stream.onWritable(); // A larger buffer is room.
            }
            sockets.afterCall(nowNs);
        }
    }

    /** Who is told of events, {@code null} for nobody. */
    public void listener(@Nullable StreamListener listener) throws SocketLayerException {
        checkOpen();
        this.listener = listener;
        stream.listener(listener);
    }

    /** Whether its connection is in another stack. */
    public boolean isAway() {
        return away != null;
    }

    /**
     * Takes the connection out of the stack, as a value, without a word to the peer. The socket keeps address and port; until
     * {@link #importSession} or {@link #close}, segments that come for the connection are dropped and counted
     * ({@code DROP_TCP_SESSION_AWAY}), not answered, and calls fail with ENOTCONN. The listener is told nothing more.
     *
     * @throws SocketLayerException with ENOTCONN when there is no connection, it is not made yet or over, EOPNOTSUPP when its peer is
     *     this host
     */
    public TcpSessionState exportSession(long nowNs) throws SocketLayerException {
        TcpConnection c = connectionToExport();
        MemorySegment variables = MemorySegment.ofArray(new byte[TcpSessionState.VARIABLES_BYTES]);
        writeVariables(variables, 0, nowNs);
        MemorySegment sent = MemorySegment.ofArray(new byte[ConnectionState.sendBytes(variables, 0)]);
        MemorySegment unread = MemorySegment.ofArray(new byte[ConnectionState.unreadBytes(variables, 0)]);
        c.copySent(sent, 0);
        c.copyUnread(unread, 0);
        c.leave();
        stream.leave();
        away = c;
        sockets.afterCall(nowNs);
        return new TcpSessionState(variables, sent, unread);
    }

    /**
     * Somebody else has its connection by now: what this stack has of it goes, as with {@link #exportSession}, but nobody wants the
     * value. The listener is told of a hang-up.
     */
    void abandon() {
        TcpConnection c = stream.connection();
        if (c == null) {
            return;
        }
        c.leave();
        stream.leave();
        away = c;
        StreamListener told = listener;
        if (told != null) {
            told.onHangUp();
        }
    }

    TcpConnection connectionToExport() throws SocketLayerException {
        checkOpen();
        TcpConnection c = stream.connection();
        if (c == null || !stream.isConnected() || !c.mayLeave()) {
            throw new SocketLayerException(Errno.ENOTCONN, "the socket has no connection that could leave");
        }
        if (sockets.local.isThisHost(c.remoteIpv4())) {
            throw new SocketLayerException(Errno.EOPNOTSUPP, "a connection within the host does not leave its stack");
        }
        return c;
    }

    /**
     * Writes all that an export would carry but for the text, {@link TcpSessionState#VARIABLES_BYTES}, without garbage; the connection
     * stays.
     *
     * @throws SocketLayerException as {@link #exportSession}
     */
    public void writeVariables(MemorySegment to, long offset, long nowNs) throws SocketLayerException {
        TcpConnection c = connectionToExport();
        StateTransfer t = sockets.transfer;
        t.write(nowNs);
        c.writeState(t);
        transfer(t);
        t.copyTo(to, offset);
    }

    /** For a migration: options and situation. */
    void transfer(StateTransfer t) {
        int end = t.position() + STATE_BYTES;
        options.transfer(t);
        stream.transfer(t);
        t.skipTo(end);
    }

    /**
     * Puts a connection into the stack that another one had, and sends what is due. The socket is new, or the one whose connection
     * left. Its listener, if any, is told that it may be readable and writable.
     *
     * @throws SocketLayerException with EISCONN when it has a connection, EINVAL when it listens or another connection of it is away,
     *     EADDRNOTAVAIL when the local address is not this host's, EADDRINUSE when there is such a connection, ENOBUFS when there are
     *     too many or no memory is left for the text
     * @throws StateException when the state makes no sense
     */
    public void importSession(TcpSessionState state, long nowNs) throws SocketLayerException {
        checkOpen();
        checkMayImport(state);
        sockets.transfer.read(state.variables(), ConnectionState.BYTES, STATE_BYTES, nowNs);
        transfer(sockets.transfer);
        TcpConnection arrived = sockets.tcp.restore(state.variables(), 0, state.sent(), state.unread(), nowNs);
        if (arrived == null) {
            throw new SocketLayerException(Errno.ENOBUFS, "there are too many connections, or there is no memory");
        }
        away = null;
        stream.arrive(arrived);
        sockets.afterCall(nowNs);
    }

    private void checkMayImport(TcpSessionState state) throws SocketLayerException {
        if (stream.connection() != null) {
            throw new SocketLayerException(Errno.EISCONN, "the socket has a connection already");
        }
        TcpConnection left = away;
        boolean another = left != null
                && (left.localIpv4() != state.localIpv4()
                        || left.localPort() != state.localPort()
                        || left.remoteIpv4() != state.remoteIpv4()
                        || left.remotePort() != state.remotePort());
        if (listening != null || another) {
            throw new SocketLayerException(
                    Errno.EINVAL, "the socket listens, or is of another connection than " + state);
        }
        if (!sockets.local.isThisHost(state.localIpv4())) {
            throw new SocketLayerException(
                    Errno.EADDRNOTAVAIL, Ipv4Address.format(state.localIpv4()) + " is no address of this host");
        }
        if (sockets.tcp.isHere(state.localIpv4(), state.localPort(), state.remoteIpv4(), state.remotePort())) {
            throw new SocketLayerException(Errno.EADDRINUSE, "there is a connection " + state + " already");
        }
    }

    /**
     * Closes the socket; a second close is ignored. What was sent still gets there, in the background, unless SO_LINGER is 0 or
     * something that came was not read: then the peer hears a reset.
     */
    public void close(long nowNs) {
        if (!open) {
            return;
        }
        open = false;
        listener = null;
        binding.vacate();
        sockets.closed();
        if (listening != null) {
            listening.close(nowNs);
        }
        stream.close(options.lingerSeconds == 0, nowNs);
        if (away != null) {
            away.forget();
            away = null;
        }
        sockets.afterCall(nowNs);
    }

    private boolean hasConnection() {
        return connectionHereOrAway() != null;
    }

    private @Nullable TcpConnection connectionHereOrAway() {
        return away != null ? away : stream.connection();
    }

    private int localPort() {
        TcpConnection c = connectionHereOrAway();
        return c == null ? binding.port() : c.localPort();
    }

    private void checkOpen() throws SocketLayerException {
        if (!open) {
            throw new SocketLayerException(Errno.EBADF, "the socket is closed");
        }
    }

    private static void checkPort(int port, int lowest) throws SocketLayerException {
        if (port < lowest || port > 65_535) {
            throw new SocketLayerException(Errno.EINVAL, "port " + port + " is not in " + lowest + " to 65535");
        }
    }
}
