package org.machbed.kernel.inkernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.trap.TrapFrame;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.StreamListener;
import org.machbed.netstack.socket.TcpSocket;
import org.machbed.netstack.tcp.TcpState;
import org.machbed.proto.trap.TrapNumber;

/**
 * A stream socket with the traps that wait on it. Data is copied between a trap's data area and the connection's buffers
 * directly. A send that waits stays until all of its data is taken, as in Unix: the kernel takes some whenever the peer makes
 * room, without waking the application in between.
 *
 * <p>Each event has the traps that wait tried again, oldest first, until one still has to wait. Guarded by the kernel lock.
 */
final class KernelStreamSocket extends KernelSocket implements StreamListener {
    private static final long CONNECTED = 1;
    private static final int ANYTHING =
            TrapNumber.READABLE | TrapNumber.WRITABLE | TrapNumber.DRAINED | TrapNumber.HUNG_UP;

    private final TcpSocket socket;
    private final SocketTable table;
    private final Crossings crossings;
    private final WaitQueue connecting;
    private final WaitQueue accepting;
    private final WaitQueue sending;
    private final WaitQueue receiving;
    private boolean listening;

    KernelStreamSocket(TcpSocket socket, int owner, SocketTable table, Crossings crossings)
            throws SocketLayerException {
        super(owner, table.waits());
        this.socket = socket;
        this.table = table;
        this.crossings = crossings;
        connecting = new WaitQueue(table.waits());
        accepting = new WaitQueue(table.waits());
        sending = new WaitQueue(table.waits());
        receiving = new WaitQueue(table.waits());
        socket.listener(this);
    }

    @Override
    void bind(int ipv4, int port) throws SocketLayerException {
        socket.bind(ipv4, port);
    }

    @Override
    void connect(int ipv4, int port, long nowNs) throws SocketLayerException {
        socket.connect(ipv4, port, nowNs);
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
        return socket.option(name);
    }

    @Override
    void setOption(SocketOptionName name, int value, long nowNs) throws SocketLayerException {
        socket.setOption(name, value, nowNs);
    }

    /** A socket without a connection has errors to tell, which need no waiting for. */
    @Override
    int readiness(int interests) throws SocketLayerException {
        if (listening) {
            return socket.acceptable() ? TrapNumber.READABLE : 0;
        }
        if (socket.state() == TcpState.CLOSED) {
            return ANYTHING;
        }
        boolean writable = socket.writable();
        if (!writable && (interests & TrapNumber.WRITABLE) != 0 && socket.isConnected()) {
            // A send that just fitted has not asked for it.
            socket.wantRoom();
        }
        return (socket.readable() ? TrapNumber.READABLE : 0)
                | (writable ? TrapNumber.WRITABLE : 0)
                | (socket.unacknowledgedBytes() == 0 ? TrapNumber.DRAINED : 0);
    }

    /** Answers 1 when connected; otherwise {@link SocketTraps#KEPT}, or 0 when the trap may not wait. */
    long finishConnect(TrapFrame frame, boolean wait) throws SocketLayerException {
        if (socket.finishConnect()) {
            return CONNECTED;
        }
        return wait ? connecting.keep(frame, 0, 0) : 0;
    }

    void listen(int backlog, long nowNs) throws SocketLayerException {
        socket.listen(backlog, nowNs);
        listening = true;
    }

    /** Answers a descriptor, {@link SocketTraps#KEPT} or {@link SocketTraps#WOULD_BLOCK}. */
    long accept(TrapFrame frame, boolean wait, long nowNs) throws SocketLayerException {
        long accepted = accepting.isEmpty() ? accept(nowNs) : SocketTraps.WOULD_BLOCK;
        return accepted == SocketTraps.WOULD_BLOCK && wait ? accepting.keep(frame, 0, 0) : accepted;
    }

    private long accept(long nowNs) throws SocketLayerException {
        if (listening && !socket.acceptable()) {
            return SocketTraps.WOULD_BLOCK;
        }
        table.checkRoomForStream(owner);
        TcpSocket accepted = socket.accept(nowNs);
        return accepted == null ? SocketTraps.WOULD_BLOCK : table.addStream(accepted, owner);
    }

    /** Answers how much was taken, {@link SocketTraps#KEPT} or {@link SocketTraps#WOULD_BLOCK}. */
    long send(TrapFrame frame, int lengthBytes, boolean wait, long nowNs) throws SocketLayerException {
        int taken = sending.isEmpty() ? send(frame.data(), 0, lengthBytes, nowNs) : 0;
        if (taken == lengthBytes || (taken != 0 && !wait)) {
            return taken;
        }
        long kept = wait ? sending.keep(frame, taken, lengthBytes) : SocketTraps.WOULD_BLOCK;
        return kept == SocketTraps.WOULD_BLOCK && taken != 0 ? taken : kept;
    }

    private int send(MemorySegment data, int offset, int lengthBytes, long nowNs) throws SocketLayerException {
        int taken = socket.send(data, offset, lengthBytes, nowNs);
        if (taken != 0) {
            crossings.copy(taken);
        }
        return taken;
    }

    /** Answers whether there was room. */
    boolean sendUrgent(byte value, long nowNs) throws SocketLayerException {
        MemorySegment octet = table.octet();
        octet.set(ValueLayout.JAVA_BYTE, 0, value);
        return sending.isEmpty() && socket.sendUrgent(octet, 0, 1, nowNs) == 1;
    }

    /**
     * Answers how much was received (0 at the end of the stream), {@link SocketTraps#KEPT} or {@link
     * SocketTraps#WOULD_BLOCK}.
     */
    long receive(TrapFrame frame, int room, boolean wait, long nowNs) throws SocketLayerException {
        long received = receiving.isEmpty() ? receive(frame.data(), room, nowNs) : SocketTraps.WOULD_BLOCK;
        return received == SocketTraps.WOULD_BLOCK && wait ? receiving.keep(frame, 0, room) : received;
    }

    private long receive(MemorySegment data, int room, long nowNs) throws SocketLayerException {
        int bytes = socket.receive(data, 0, room, nowNs);
        if (bytes == 0) {
            return SocketTraps.WOULD_BLOCK;
        }
        if (bytes == TcpSocket.END_OF_STREAM) {
            return 0;
        }
        crossings.copy(bytes);
        return bytes;
    }

    void shutdownReceiving(long nowNs) throws SocketLayerException {
        socket.shutdownReceiving(nowNs);
        serveReceivers();
        tellAwaiting();
    }

    void shutdownSending(long nowNs) throws SocketLayerException {
        socket.shutdownSending(nowNs);
        serveSenders();
        tellAwaiting();
    }

    @Override
    public void onConnected() {
        serveConnectors();
        serveSenders();
        tellAwaiting();
    }

    @Override
    public void onReadable() {
        serveReceivers();
        tellAwaiting();
    }

    @Override
    public void onWritable() {
        serveSenders();
        tellAwaiting();
    }

    @Override
    public void onAcceptable() {
        while (accepting.first() != null) {
            long result;
            try {
                result = accept(table.nowNs());
            } catch (SocketLayerException e) {
                result = -e.errno().number();
            }
            if (result == SocketTraps.WOULD_BLOCK) {
                break;
            }
            accepting.completeFirst(result);
        }
        tellAwaiting();
    }

    /** The error is for one call: not for a send that has moved something and can say so. */
    @Override
    public void onError(Errno errno) {
        endSendUnderWay();
        onHangUp();
    }

    @Override
    public void onHangUp() {
        serveConnectors();
        serveReceivers();
        serveSenders();
        tellAwaiting();
    }

    private void endSendUnderWay() {
        WaitingTrap first = sending.first();
        if (first != null && first.moved != 0) {
            sending.completeFirst(first.moved);
        }
    }

    private void serveConnectors() {
        while (connecting.first() != null) {
            long result;
            try {
                if (!socket.finishConnect()) {
                    return;
                }
                result = CONNECTED;
            } catch (SocketLayerException e) {
                result = -e.errno().number();
            }
            connecting.completeFirst(result);
        }
    }

    private void serveReceivers() {
        WaitingTrap first;
        while ((first = receiving.first()) != null) {
            long result;
            try {
                result = receive(first.trap().data(), first.wanted, table.nowNs());
            } catch (SocketLayerException e) {
                result = -e.errno().number();
            }
            if (result == SocketTraps.WOULD_BLOCK) {
                return;
            }
            receiving.completeFirst(result);
        }
    }

    private void serveSenders() {
        WaitingTrap first;
        while ((first = sending.first()) != null) {
            long result;
            try {
                int left = first.wanted - first.moved;
                first.moved += send(first.trap().data(), first.moved, left, table.nowNs());
                if (first.moved < first.wanted) {
                    return;
                }
                result = first.moved;
            } catch (SocketLayerException e) {
                result = first.moved != 0 ? first.moved : -e.errno().number();
            }
            sending.completeFirst(result);
        }
    }

    @Override
    void close(long nowNs) {
        long closed = -Errno.EBADF.number();
        endSendUnderWay();
        connecting.completeAll(closed);
        accepting.completeAll(closed);
        sending.completeAll(closed);
        receiving.completeAll(closed);
        endAwaiting(closed);
        socket.close(nowNs);
    }
}
