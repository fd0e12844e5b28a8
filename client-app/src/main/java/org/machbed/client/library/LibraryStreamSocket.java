package org.machbed.client.library;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.machbed.client.lending.Loan;
import org.machbed.client.lending.OwnMemory;
import org.machbed.client.lending.StreamEnd;
import org.machbed.link.LinkEnd;
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.LentText;
import org.machbed.netstack.socket.Readiness;
import org.machbed.netstack.socket.ReservedRoom;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.StreamListener;
import org.machbed.netstack.socket.StreamSocketLayer;
import org.machbed.netstack.socket.TcpSessionState;
import org.machbed.netstack.socket.TcpSocket;
import org.machbed.netstack.tcp.TcpState;

/**
 * A stream socket. Data is copied between the application's buffers and the connection's directly. A send that waits ends when all of its
 * data is taken, as in Unix. What a call does counts once it is published ({@link #published}): when the connection turns out to be
 * somebody else's by then, the call fails with EBADF and has done nothing. Guarded by the library's lock.
 */
final class LibraryStreamSocket extends LibrarySocket implements StreamListener {
    private static final int ANYTHING = Readiness.READABLE | Readiness.WRITABLE | Readiness.DRAINED | Readiness.HUNG_UP;

    private final TcpSocket socket;
    private final LibrarySockets table;
    private final BufferSegment source = new BufferSegment();
    private final BufferSegment target = new BufferSegment();
    private boolean listening;

    LibraryStreamSocket(TcpSocket socket, LibrarySockets table, LibraryHost host) throws SocketLayerException {
        super(host);
        this.socket = socket;
        this.table = table;
        socket.listener(this);
    }

    @Override
    void bind(int ipv4, int port) throws SocketLayerException {
        socket.bind(ipv4, port);
    }

    @Override
    long localAddress() throws SocketLayerException {
        return socket.localAddress();
    }

    long remoteAddress() throws SocketLayerException {
        return socket.remoteAddress();
    }

    @Override
    int option(SocketOptionName name) throws SocketLayerException {
        checkHere();
        return socket.option(name);
    }

    @Override
    void setOption(SocketOptionName name, int value) throws SocketLayerException {
        checkHere();
        socket.setOption(name, value, host.nowNs());
        int _ = published(0);
    }

    /** A socket without a connection has errors to tell, which need no waiting for. */
    @Override
    int readiness(int interests) throws SocketLayerException {
        if (listening) {
            return socket.acceptable() ? Readiness.READABLE : 0;
        }
        if (socket.isAway()) {
            return 0; // Its sets will watch it where it is.
        }
        if (socket.state() == TcpState.CLOSED) {
            return ANYTHING;
        }
        boolean writable = socket.writable();
        if (!writable && (interests & Readiness.WRITABLE) != 0 && socket.isConnected()) {
            // A send that just fitted has not asked for it.
            socket.wantRoom();
        }
        return (socket.readable() ? Readiness.READABLE : 0)
                | (writable ? Readiness.WRITABLE : 0)
                | (socket.unacknowledgedBytes() == 0 ? Readiness.DRAINED : 0);
    }

    /** Answers whether the connection stands. */
    boolean connect(int ipv4, int port, boolean wait) throws SocketLayerException {
        socket.connect(ipv4, port, host.nowNs());
        return finishConnect(wait);
    }

    boolean finishConnect(boolean wait) throws SocketLayerException {
        if (socket.finishConnect()) {
            return true;
        }
        if (!wait) {
            host.look();
            return socket.finishConnect();
        }
        Waiter waiter = waiting.add(Readiness.WRITABLE);
        try {
            do {
                boolean _ = host.await(waiter, LinkEnd.FOREVER);
            } while (!socket.finishConnect());
            return true;
        } finally {
            waiting.remove(waiter);
        }
    }

    void listen(int backlog) throws SocketLayerException {
        socket.listen(backlog, host.nowNs());
        listening = true;
    }

    /** Answers a descriptor, or {@link StreamSocketLayer#NONE}. */
    int accept(boolean wait) throws SocketLayerException {
        int accepted = acceptNow();
        if (accepted != StreamSocketLayer.NONE) {
            return accepted;
        }
        if (!wait) {
            host.look();
            return acceptNow();
        }
        Waiter waiter = waiting.add(Readiness.READABLE);
        try {
            do {
                boolean _ = host.await(waiter, LinkEnd.FOREVER);
                accepted = acceptNow();
            } while (accepted == StreamSocketLayer.NONE);
            return accepted;
        } finally {
            waiting.remove(waiter);
        }
    }

    private int acceptNow() throws SocketLayerException {
        if (listening && !socket.acceptable()) {
            return StreamSocketLayer.NONE;
        }
        table.checkRoom();
        TcpSocket accepted = socket.accept(host.nowNs());
        return accepted == null ? StreamSocketLayer.NONE : table.add(accepted);
    }

    /** Answers how much was taken: all, when it may wait and nothing ends that. */
    int send(ByteBuffer data, boolean wait) throws SocketLayerException {
        MemorySegment memory = source.of(data);
        int offset = data.position();
        int lengthBytes = data.remaining();
        int taken = sendNow(memory, offset, lengthBytes);
        if (taken == lengthBytes) {
            return taken;
        }
        return wait ? sendAll(memory, offset, lengthBytes, taken) : sendMore(memory, offset, lengthBytes, taken);
    }

    private int sendMore(MemorySegment memory, int offset, int lengthBytes, int takenBefore)
            throws SocketLayerException {
        host.look();
        if (takenBefore != 0 && socket.isAway()) {
            return takenBefore;
        }
        return takenBefore + sendNow(memory, offset + takenBefore, lengthBytes - takenBefore);
    }

    private int sendAll(MemorySegment memory, int offset, int lengthBytes, int takenBefore)
            throws SocketLayerException {
        int taken = takenBefore;
        Waiter waiter = waiting.add(Readiness.WRITABLE);
        try {
            while (taken < lengthBytes) {
                boolean _ = host.await(waiter, LinkEnd.FOREVER);
                taken += sendNow(memory, offset + taken, lengthBytes - taken);
            }
            return taken;
        } catch (SocketLayerException e) {
            // Whoever has sent something hears of the error by the next call; an error that comes once stays for that
            // one.
            if (taken == 0) {
                throw e;
            }
            return taken;
        } finally {
            waiting.remove(waiter);
        }
    }

    private int sendNow(MemorySegment memory, int offset, int lengthBytes) throws SocketLayerException {
        checkHere();
        int taken = socket.send(memory, offset, lengthBytes, host.nowNs());
        if (taken != 0) {
            host.crossings().copy(taken);
        }
        return published(taken);
    }

    /** What a call has done counts from now on, and is known elsewhere. Otherwise it fails. */
    private int published(int count) throws SocketLayerException {
        host.settle();
        checkHere();
        return count;
    }

    @Override
    void checkHere() throws SocketLayerException {
        super.checkHere();
        if (socket.isAway()) {
            throw new SocketLayerException(Errno.EBADF, "the session of the socket has been taken");
        }
    }

    /** Answers whether there was room. */
    boolean sendUrgent(byte value) throws SocketLayerException {
        MemorySegment octet = table.octet();
        octet.set(ValueLayout.JAVA_BYTE, 0, value);
        checkHere();
        return published(socket.sendUrgent(octet, 0, 1, host.nowNs())) == 1;
    }

    /** Answers how much was received, {@link StreamSocketLayer#END_OF_STREAM}, or 0 when nothing is there and it may not wait. */
    int receive(ByteBuffer buffer, boolean wait) throws SocketLayerException {
        MemorySegment memory = target.of(buffer);
        int offset = buffer.position();
        int room = buffer.remaining();
        int received = receiveNow(memory, offset, room);
        if (received != 0) {
            return received;
        }
        if (!wait) {
            host.look();
            return receiveNow(memory, offset, room);
        }
        Waiter waiter = waiting.add(Readiness.READABLE);
        try {
            do {
                boolean _ = host.await(waiter, LinkEnd.FOREVER);
                received = receiveNow(memory, offset, room);
            } while (received == 0);
            return received;
        } finally {
            waiting.remove(waiter);
        }
    }

    private int receiveNow(MemorySegment memory, int offset, int room) throws SocketLayerException {
        checkHere();
        int bytes = socket.receive(memory, offset, room, host.nowNs());
        if (bytes == TcpSocket.END_OF_STREAM) {
            return StreamSocketLayer.END_OF_STREAM;
        }
        if (bytes == 0) {
            return 0;
        }
        host.crossings().copy(bytes);
        return published(bytes);
    }

    /** A piece of the stream where it lies; {@code null} when nothing is there and it may not wait. */
    @Nullable
    Loan lend(int most, boolean wait) throws SocketLayerException {
        return until(Readiness.READABLE, wait, () -> lendNow(most));
    }

    private @Nullable Loan lendNow(int most) throws SocketLayerException {
        host.lent().requireRoom();
        checkHere();
        LentText text = socket.lend(most, host.nowNs());
        if (text == null) {
            return null;
        }
        if (text.equals(LentText.END_OF_STREAM)) {
            return new StreamEnd();
        }
        try {
            int _ = published(0);
        } catch (SocketLayerException e) {
            text.giveBack(host.nowNs());
            throw e;
        }
        if (!text.memory().isNative()) {
            // A ring in the heap, which no arena can end.
            OwnMemory copy = OwnMemory.copyOf(text.memory(), DatagramHeader.NONE);
            host.crossings().copy(text.memory().byteSize());
            text.giveBack(host.nowNs());
            return copy;
        }
        host.lent().lend();
        return new LentPiece(host, text);
    }

    /** Room for what is sent next; {@code null} when there is none and it may not wait. */
    @Nullable
    Loan reserve(int most, boolean wait) throws SocketLayerException {
        return until(Readiness.WRITABLE, wait, () -> reserveNow(most));
    }

    private @Nullable Loan reserveNow(int most) throws SocketLayerException {
        host.lent().requireRoom();
        checkHere();
        ReservedRoom room = socket.reserve(most, host.nowNs());
        if (room == null) {
            return null;
        }
        if (!room.memory().isNative()) {
            OwnMemory own = OwnMemory.ofRoom((int) room.memory().byteSize());
            room.giveBack(host.nowNs());
            return own;
        }
        host.lent().lend();
        return new LentStreamRoom(host, room);
    }

    /** Sends what was composed in the room of this connection, or elsewhere: then it is copied, and waits for room. Answers how much. */
    int send(Loan room, int from, int bytes) throws SocketLayerException {
        if (from == 0 && room instanceof LentStreamRoom own && isCommitted(own, bytes)) {
            return bytes;
        }
        int taken = sendNow(room.memory(), from, bytes);
        return taken == bytes ? taken : sendAll(room.memory(), from, bytes, taken);
    }

    /** Sends what was composed in the ring, if it is this connection's. */
    private boolean isCommitted(LentStreamRoom own, int bytes) throws SocketLayerException {
        checkHere();
        if (!socket.commit(own.room(), bytes, host.nowNs())) {
            return false;
        }
        own.take();
        try {
            return published(bytes) == bytes;
        } catch (SocketLayerException e) {
            // It is sent elsewhere, from memory that is still as it was: the lock has not been free.
            own.moveOut();
            throw e;
        }
    }

    void shutdownReceiving() throws SocketLayerException {
        checkHere();
        socket.shutdownReceiving(host.nowNs());
        changed();
        int _ = published(0);
    }

    void shutdownSending() throws SocketLayerException {
        checkHere();
        socket.shutdownSending(host.nowNs());
        changed();
        int _ = published(0);
    }

    /** Takes the connection out of the stack; only {@link #close} may follow. */
    TcpSessionState exportSession() throws SocketLayerException {
        return socket.exportSession(host.nowNs());
    }

    @Override
    public void onConnected() {
        changed();
    }

    @Override
    public void onReadable() {
        changed();
    }

    @Override
    public void onWritable() {
        changed();
    }

    @Override
    public void onAcceptable() {
        changed();
    }

    @Override
    public void onError(Errno errno) {
        changed();
    }

    @Override
    public void onHangUp() {
        changed();
        if (socket.isAway()) {
            waiting.signalAll();
        }
    }

    @Override
    void closeInStack() {
        source.forget();
        target.forget();
        socket.close(host.nowNs());
    }
}
