package org.machbed.netstack.socket;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.state.StateTransfer;
import org.machbed.netstack.tcp.ConnectionEvents;
import org.machbed.netstack.tcp.TcpConnection;
import org.machbed.netstack.tcp.TcpError;
import org.machbed.netstack.tcp.TcpState;

/**
 * A connection, or the attempt at one, as the calls of its socket see it: what they may do, when they are told that they may, and
 * which of them says what ended it. Its socket's {@link TcpSocket} methods say what each call means.
 */
final class TcpStream implements ConnectionEvents {
    private static final Errno[] ERRORS = Errno.values();

    private final TcpSockets sockets;
    private @Nullable StreamListener listener;
    private @Nullable TcpConnection connection;
    private boolean connected;
    private boolean sendClosed;
    private boolean receiveClosed;

    /** Whether a send took less than it was given. */
    private boolean wantsRoom;

    /** What ended the connection and no call has said yet. */
    private @Nullable Errno pendingError;

    TcpStream(TcpSockets sockets) {
        this.sockets = sockets;
    }

    void listener(@Nullable StreamListener told) {
        listener = told;
    }

    /** The connection, {@code null} while there is none and again when it could not be made. */
    @Nullable
    TcpConnection connection() {
        return connection;
    }

    boolean isConnected() {
        return connected;
    }

    /** Takes a connection that is being made. */
    void begin(TcpConnection opened) {
        connection = opened;
        opened.events(this);
    }

    /** Takes a connection that was accepted; it may be over already. */
    void take(TcpConnection accepted) {
        begin(accepted);
        connected = true;
        TcpError error = accepted.error();
        pendingError = error == null ? null : errno(error);
    }

    boolean finishConnect() throws SocketLayerException {
        throwPending();
        if (connection == null) {
            throw new SocketLayerException(Errno.ENOTCONN, "no connect was begun");
        }
        return connected;
    }

    int send(MemorySegment source, long offset, int length, boolean urgent, long nowNs) throws SocketLayerException {
        TcpConnection c = sender();
        if (c.hasReservation()) {
            throw new SocketLayerException(
                    Errno.EALREADY, "what follows is being composed in place: it is to be sent or given back first");
        }
        int taken = urgent ? c.sendUrgent(source, offset, length, nowNs) : c.send(source, offset, length, nowNs);
        if (taken < length) {
            wantsRoom = true; // Who wanted room before still does.
        }
        sockets.afterCall(nowNs);
        return taken;
    }

    @Nullable
    ReservedRoom reserve(int bytes, long nowNs) throws SocketLayerException {
        TcpConnection c = sender();
        if (c.hasReservation()) {
            throw new SocketLayerException(Errno.EALREADY, "room of this connection is reserved already");
        }
        boolean there = c.reserve(bytes, nowNs) > 0;
        wantsRoom |= !there;
        sockets.afterCall(nowNs);
        return there ? new ReservedRoom(sockets, c, c.reservedRoom()) : null;
    }

    boolean commit(ReservedRoom room, int bytes, long nowNs) throws SocketLayerException {
        boolean taken = room.isOf(sender()) && room.commit(bytes, nowNs);
        sockets.afterCall(nowNs);
        return taken;
    }

    void wantRoom() throws SocketLayerException {
        sender();
        wantsRoom = true;
    }

    private TcpConnection sender() throws SocketLayerException {
        throwPending();
        TcpConnection c = connection;
        if (c == null) {
            throw notConnected();
        }
        if (sendClosed || c.state() == TcpState.CLOSED) {
            throw new SocketLayerException(Errno.EPIPE, "the connection takes no more data");
        }
        return c;
    }

    int receive(MemorySegment target, long offset, int room, long nowNs) throws SocketLayerException {
        TcpConnection c = receiver();
        if (receiveClosed) {
            return TcpSocket.END_OF_STREAM;
        }
        int bytes = c.receive(target, offset, room, nowNs);
        if (bytes == 0) {
            throwPending();
            return c.atEndOfStream() ? TcpSocket.END_OF_STREAM : 0;
        }
        sockets.afterCall(nowNs);
        return bytes;
    }

    private TcpConnection receiver() throws SocketLayerException {
        TcpConnection c = connection;
        if (c == null) {
            throwPending();
            throw notConnected();
        }
        return c;
    }

    @Nullable
    LentText lend(int most, long nowNs) throws SocketLayerException {
        TcpConnection c = receiver();
        if (c.hasReceiveLoan()) {
            throw new SocketLayerException(Errno.EALREADY, "a piece of this stream is lent already");
        }
        if (receiveClosed) {
            return LentText.END_OF_STREAM;
        }
        if (c.lendReceived(most, nowNs) > 0) {
            sockets.afterCall(nowNs);
            return new LentText(sockets, c, c.lentText());
        }
        throwPending();
        return c.atEndOfStream() ? LentText.END_OF_STREAM : null;
    }

    void shutdownSending(long nowNs) throws SocketLayerException {
        TcpConnection c = connectionToShut();
        if (!sendClosed) {
            sendClosed = true;
            c.closeSending(nowNs);
            sockets.afterCall(nowNs);
        }
    }

    void shutdownReceiving(long nowNs) throws SocketLayerException {
        TcpConnection c = connectionToShut();
        if (!receiveClosed) {
            receiveClosed = true;
            c.discardReceived(nowNs);
            sockets.afterCall(nowNs);
        }
    }

    private TcpConnection connectionToShut() throws SocketLayerException {
        TcpConnection c = connection;
        if (c == null || !connected) {
            throw notConnected();
        }
        return c;
    }

    boolean readable() {
        TcpConnection c = connection;
        return pendingError != null || (c != null && (c.readableBytes() != 0 || c.atEndOfStream() || receiveClosed));
    }

    boolean writable() {
        TcpConnection c = connection;
        boolean over = c != null && (sendClosed || c.state() == TcpState.CLOSED);
        return pendingError != null || over || (c != null && connected && c.writableBytes() != 0);
    }

    int readableBytes() {
        return connection == null || receiveClosed ? 0 : connection.readableBytes();
    }

    int urgentBytes() {
        return connection == null ? 0 : connection.urgentBytes();
    }

    int unacknowledgedBytes() {
        return connection == null ? 0 : connection.unacknowledgedBytes();
    }

    TcpState state() {
        return connection == null ? TcpState.CLOSED : connection.state();
    }

    /** Nobody will call any more: the peer hears of it as {@link TcpSocket#close} says. */
    void close(boolean abortively, long nowNs) {
        listener = null;
        TcpConnection c = connection;
        if (c != null) {
            if (abortively) {
                c.abort(null, nowNs);
            }
            c.release(nowNs);
        }
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

    private void throwPending() throws SocketLayerException {
        Errno pending = pendingError;
        if (pending != null) {
            pendingError = null;
            throw new SocketLayerException(pending, "the connection failed");
        }
    }

    private static SocketLayerException notConnected() {
        return new SocketLayerException(Errno.ENOTCONN, "the socket is not connected");
    }

    /** Its connection left for another stack. */
    void leave() {
        connection = null;
        connected = false;
        wantsRoom = false;
    }

    /** A connection came from another stack. */
    void arrive(TcpConnection arrived) {
        begin(arrived);
        connected = true;
    }

    /** For a migration. */
    void transfer(StateTransfer t) {
        sendClosed = t.flag("a closed write side", sendClosed);
        receiveClosed = t.flag("a closed read side", receiveClosed);
        wantsRoom = t.flag("a wish for room", wantsRoom);
        pendingError = t.optional("the pending error", pendingError, ERRORS);
    }
}
