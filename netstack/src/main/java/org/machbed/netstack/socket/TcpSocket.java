package org.machbed.netstack.socket;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.tcp.ConnectionEvents;
import org.machbed.netstack.tcp.TcpConnection;
import org.machbed.netstack.tcp.TcpError;
import org.machbed.netstack.tcp.TcpListener;
import org.machbed.netstack.tcp.TcpState;

/**
 * One TCP socket with the meaning of BSD's calls. Never waits: what would is told by a 0, a {@code null} or a {@code false}, and
 * later by the {@link StreamListener}. Guarded by the lock of the stack's owner. IPv4 addresses are in host order. Every call but
 * {@link #close} on a closed socket fails with {@link Errno#EBADF}.
 */
public final class TcpSocket implements ConnectionEvents {
    /** {@link #receive} at the end of the stream. */
    public static final int END_OF_STREAM = -1;

    private final TcpSockets sockets;
    private final TcpSocketOptions options;
    private boolean open = true;
    private int boundIpv4;

    /** 0 while it is not bound; also of a socket that was accepted, whose port is its listener's. */
    private int boundPort;

    private @Nullable TcpListener listening;
    private @Nullable TcpConnection connection;
    private boolean connected;
    private boolean sendClosed;
    private boolean receiveClosed;

    /** Whether a send took less than it was given. */
    private boolean wantsRoom;

    /** What ended the connection and no call has said yet. */
    private @Nullable Errno pendingError;

    private @Nullable StreamListener listener;

    TcpSocket(TcpSockets sockets) {
        this.sockets = sockets;
        this.options = new TcpSocketOptions(sockets.configuration);
    }

    /** The socket of a connection that was accepted; it has its listener's options, as in BSD. */
    TcpSocket(TcpSockets sockets, TcpConnection connection, TcpSocket listeningSocket) {
        this.sockets = sockets;
        this.options = listeningSocket.options.copy();
        this.connection = connection;
        connected = true;
        connection.events(this);
        TcpError error = connection.error();
        pendingError = error == null ? null : errno(error);
    }

    /**
     * Binds to a local address (0 for any) and port (0 for a free one).
     *
     * @throws SocketLayerException with EINVAL when it is bound already or the port is no port, EADDRNOTAVAIL, EADDRINUSE
     */
    public void bind(int ipv4, int port) throws SocketLayerException {
        checkOpen();
        checkPort(port, 0);
        if (boundPort != 0 || connection != null) {
            throw new SocketLayerException(Errno.EINVAL, "the socket is bound to port " + localPort() + " already");
        }
        if (ipv4 != Ipv4Address.ANY && !sockets.local.isThisHost(ipv4)) {
            throw new SocketLayerException(
                    Errno.EADDRNOTAVAIL, Ipv4Address.format(ipv4) + " is no address of this host");
        }
        if (port != 0 && sockets.isTaken(ipv4, port, options.reuseAddress)) {
            throw new SocketLayerException(Errno.EADDRINUSE, Ipv4Address.format(ipv4) + " port " + port + " is in use");
        }
        occupy(ipv4, port != 0 ? port : sockets.ephemeralPort(ipv4));
    }

    private void occupy(int ipv4, int port) {
        boundIpv4 = ipv4;
        boundPort = port;
        sockets.bound(this);
    }

    private void vacate() {
        if (boundPort != 0) {
            sockets.unbound(this);
            boundPort = 0;
            boundIpv4 = 0;
        }
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
        if (connection != null) {
            throw connected
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
        int source = sourceFor(ipv4);
        if (boundPort == 0) {
            occupy(source, sockets.ephemeralPort(source, ipv4, port, nowNs));
        } else if (sockets.tcp.hasConnection(source, boundPort, ipv4, port, nowNs)) {
            throw new SocketLayerException(Errno.EADDRINUSE, "there is such a connection already");
        }
        TcpConnection opened = sockets.tcp.connect(source, boundPort, ipv4, port, options.receiveBufferBytes, nowNs);
        if (opened == null) {
            throw new SocketLayerException(Errno.ENOBUFS, "there are too many connections");
        }
        connection = opened;
        opened.events(this);
        options.applyTo(opened, nowNs);
        sockets.afterCall(nowNs);
    }

    /** The source of a connection; never one that would leave the host with an address that belongs inside. */
    private int sourceFor(int destination) throws SocketLayerException {
        if (boundIpv4 == Ipv4Address.ANY) {
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

    /**
     * Whether the connect succeeded; {@code false} while it is in progress.
     *
     * @throws SocketLayerException with ENOTCONN when none was begun, or with why it failed; the socket can try again then
     */
    public boolean finishConnect() throws SocketLayerException {
        checkOpen();
        throwPending();
        if (connection == null) {
            throw new SocketLayerException(Errno.ENOTCONN, "no connect was begun");
        }
        return connected;
    }

    /**
     * Lets others connect.
     *
     * @param backlog how many connections may wait to be accepted
     * @throws SocketLayerException with EINVAL when it is not bound or connected, EADDRINUSE when another socket listens there
     */
    public void listen(int backlog, long nowNs) throws SocketLayerException {
        checkOpen();
        if (boundPort == 0 || connection != null) {
            throw new SocketLayerException(Errno.EINVAL, "the socket is not bound, or connected");
        }
        if (listening != null) {
            return;
        }
        if (sockets.isListened(boundIpv4, boundPort)) {
            throw new SocketLayerException(Errno.EADDRINUSE, "another socket listens at port " + boundPort);
        }
        int least = Math.clamp(backlog, 0, 65_535);
        TcpListener opened = sockets.tcp.listen(boundIpv4, boundPort, least, options.receiveBufferBytes);
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
        TcpConnection c = sender();
        int taken = c.send(source, offset, length, nowNs);
        wantsRoom = taken < length;
        sockets.afterCall(nowNs);
        return taken;
    }

    /** The same; the last byte taken is urgent (MSG_OOB). */
    public int sendUrgent(MemorySegment source, long offset, int length, long nowNs) throws SocketLayerException {
        TcpConnection c = sender();
        int taken = c.sendUrgent(source, offset, length, nowNs);
        wantsRoom = taken < length;
        sockets.afterCall(nowNs);
        return taken;
    }

    /** Has the listener told when a send would take something again, as after one that took less than it was given. */
    public void wantRoom() throws SocketLayerException {
        sender();
        wantsRoom = true;
    }

    private TcpConnection sender() throws SocketLayerException {
        checkOpen();
        throwPending();
        TcpConnection c = connection;
        if (c == null) {
            throw new SocketLayerException(Errno.ENOTCONN, "the socket is not connected");
        }
        if (sendClosed || c.state() == TcpState.CLOSED) {
            throw new SocketLayerException(Errno.EPIPE, "the connection takes no more data");
        }
        return c;
    }

    /**
     * Receives data, in line with urgent data.
     *
     * @return how much; 0 when nothing is there now, {@link #END_OF_STREAM} when nothing will come any more
     * @throws SocketLayerException with ENOTCONN, or with what ended the connection once all that came before is received
     */
    public int receive(MemorySegment target, long offset, int room, long nowNs) throws SocketLayerException {
        checkOpen();
        TcpConnection c = connection;
        if (c == null) {
            throwPending();
            throw new SocketLayerException(Errno.ENOTCONN, "the socket is not connected");
        }
        if (receiveClosed) {
            return END_OF_STREAM;
        }
        int bytes = c.receive(target, offset, room, nowNs);
        if (bytes == 0) {
            throwPending();
            return c.atEndOfStream() ? END_OF_STREAM : 0;
        }
        sockets.afterCall(nowNs);
        return bytes;
    }

    /**
     * Ends the stream that we send, once all of it is sent.
     *
     * @throws SocketLayerException with ENOTCONN
     */
    public void shutdownSending(long nowNs) throws SocketLayerException {
        TcpConnection c = connectionToShut();
        if (!sendClosed) {
            sendClosed = true;
            c.closeSending(nowNs);
            sockets.afterCall(nowNs);
        }
    }

    /**
     * Receives no more: what is there or comes is thrown away.
     *
     * @throws SocketLayerException with ENOTCONN
     */
    public void shutdownReceiving(long nowNs) throws SocketLayerException {
        TcpConnection c = connectionToShut();
        if (!receiveClosed) {
            receiveClosed = true;
            c.discardReceived(nowNs);
            sockets.afterCall(nowNs);
        }
    }

    private TcpConnection connectionToShut() throws SocketLayerException {
        checkOpen();
        TcpConnection c = connection;
        if (c == null || !connected) {
            throw new SocketLayerException(Errno.ENOTCONN, "the socket is not connected");
        }
        return c;
    }

    /** Whether {@link #receive} or {@link #finishConnect} has something to say, be it an error. */
    public boolean readable() throws SocketLayerException {
        checkOpen();
        TcpConnection c = connection;
        return pendingError != null || (c != null && (c.readableBytes() != 0 || c.atEndOfStream() || receiveClosed));
    }

    /** Whether {@link #send} would take something or fail, or a connect is over. */
    public boolean writable() throws SocketLayerException {
        checkOpen();
        TcpConnection c = connection;
        boolean over = c != null && (sendClosed || c.state() == TcpState.CLOSED);
        return pendingError != null || over || (c != null && connected && c.writableBytes() != 0);
    }

    /** Whether {@link #accept} would answer a socket. */
    public boolean acceptable() throws SocketLayerException {
        checkOpen();
        return listening != null && listening.acceptable();
    }

    /** Whether the handshake is over. */
    public boolean isConnected() throws SocketLayerException {
        checkOpen();
        return connected;
    }

    /** What can be received now. */
    public int readableBytes() throws SocketLayerException {
        checkOpen();
        return connection == null || receiveClosed ? 0 : connection.readableBytes();
    }

    /** How much of that lies before the end of urgent data (SIOCATMARK); 0 when there are none. */
    public int urgentBytes() throws SocketLayerException {
        checkOpen();
        return connection == null ? 0 : connection.urgentBytes();
    }

    /** What was sent and has not arrived for all we know: what a close that lingers waits for. */
    public int unacknowledgedBytes() throws SocketLayerException {
        checkOpen();
        return connection == null ? 0 : connection.unacknowledgedBytes();
    }

    /** The connection's state, {@link TcpState#CLOSED} when there is none. */
    public TcpState state() {
        return connection == null ? TcpState.CLOSED : connection.state();
    }

    /** The local address and port, packed as a {@link DatagramHeader} of length 0; 0 when unbound. */
    public long localAddress() throws SocketLayerException {
        checkOpen();
        TcpConnection c = connection;
        if (c != null) {
            return DatagramHeader.pack(c.localIpv4(), c.localPort(), 0);
        }
        return boundPort == 0 ? 0 : DatagramHeader.pack(boundIpv4, boundPort, 0);
    }

    /** The same of the peer; 0 when there is none. */
    public long remoteAddress() throws SocketLayerException {
        checkOpen();
        TcpConnection c = connection;
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
        if (connection != null) {
            options.apply(name, connection, nowNs);
            sockets.afterCall(nowNs);
        }
    }

    /** Who is told of events, {@code null} for nobody. */
    public void listener(@Nullable StreamListener listener) throws SocketLayerException {
        checkOpen();
        this.listener = listener;
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
        vacate();
        sockets.closed();
        if (listening != null) {
            listening.close(nowNs);
        }
        TcpConnection c = connection;
        if (c != null) {
            if (options.lingerSeconds == 0) {
                c.abort(null, nowNs);
            }
            c.release(nowNs);
        }
        sockets.afterCall(nowNs);
    }

    @Override
    public void onConnected() {
        connected = true;
        if (listener != null) {
            listener.onConnected();
        }
    }

    @Override
    public void onUrgent() {
        if (listener != null) {
            listener.onUrgent();
        }
    }

    @Override
    public void onReadable() {
        if (listener != null) {
            listener.onReadable();
        }
    }

    @Override
    public void onWritable() {
        if (listener == null || connection == null) {
            return;
        }
        if (wantsRoom && connection.writableBytes() != 0) {
            wantsRoom = false;
            listener.onWritable();
        } else if (sendClosed && connection.unacknowledgedBytes() == 0) {
            listener.onWritable();
        }
    }

    @Override
    public void onClosed(@Nullable TcpError error) {
        if (error != null) {
            pendingError = errno(error);
            if (!connected) {
                connection = null; // the socket may try again
            }
        }
        StreamListener told = listener;
        if (told != null && pendingError != null) {
            told.onError(pendingError);
        } else if (told != null) {
            told.onHangUp();
        }
    }

    private static Errno errno(TcpError error) {
        return switch (error) {
            case REFUSED -> Errno.ECONNREFUSED;
            case RESET -> Errno.ECONNRESET;
            case TIMED_OUT -> Errno.ETIMEDOUT;
            case NET_UNREACHABLE -> Errno.ENETUNREACH;
            case HOST_UNREACHABLE -> Errno.EHOSTUNREACH;
            case PROTOCOL -> Errno.EIO;
        };
    }

    int boundIpv4() {
        return boundIpv4;
    }

    int boundPort() {
        return boundPort;
    }

    boolean isListening() {
        return listening != null;
    }

    boolean reusesAddress() {
        return options.reuseAddress;
    }

    private int localPort() {
        return connection == null ? boundPort : connection.localPort();
    }

    private void checkOpen() throws SocketLayerException {
        if (!open) {
            throw new SocketLayerException(Errno.EBADF, "the socket is closed");
        }
    }

    private void throwPending() throws SocketLayerException {
        Errno pending = pendingError;
        if (pending != null) {
            pendingError = null;
            throw new SocketLayerException(pending, "the connection failed");
        }
    }

    private static void checkPort(int port, int lowest) throws SocketLayerException {
        if (port < lowest || port > 65_535) {
            throw new SocketLayerException(Errno.EINVAL, "port " + port + " is not in " + lowest + " to 65535");
        }
    }
}
