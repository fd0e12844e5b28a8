package org.machbed.netstack.socket;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.Ipv4Address;
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

    private final TcpSockets sockets;
    private final TcpSocketOptions options;
    private final TcpBinding binding;
    private final TcpStream stream;
    private @Nullable TcpListener listening;
    private @Nullable StreamListener listener;
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
        if (binding.isBound() || stream.connection() != null) {
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
        if (stream.connection() != null) {
            throw stream.isConnected()
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
        if (!binding.isBound() || stream.connection() != null) {
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
        TcpConnection c = stream.connection();
        if (c != null) {
            return DatagramHeader.pack(c.localIpv4(), c.localPort(), 0);
        }
        return binding.isBound() ? DatagramHeader.pack(binding.ipv4(), binding.port(), 0) : 0;
    }

    /** The same of the peer; 0 when there is none. */
    public long remoteAddress() throws SocketLayerException {
        checkOpen();
        TcpConnection c = stream.connection();
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
        sockets.afterCall(nowNs);
    }

    private int localPort() {
        TcpConnection c = stream.connection();
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
