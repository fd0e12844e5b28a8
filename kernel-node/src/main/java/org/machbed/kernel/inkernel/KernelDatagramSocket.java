package org.machbed.kernel.inkernel;

import java.lang.foreign.MemorySegment;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.trap.TrapFrame;
import org.machbed.link.datagram.KeptDatagrams;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.socket.DatagramListener;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.UdpSocket;
import org.machbed.proto.trap.TrapNumber;

/**
 * A datagram socket, with the traps that wait to receive from it, first come first served. A datagram that
 * arrives while one waits is copied from the wire's memory straight into the trap's data area; one that comes before its trap
 * stays in the wire's memory until then, so that it costs the same one copy. Only what lies elsewhere (a datagram put together
 * from fragments, or from this host) or finds nothing to stay in is copied into the stack's queue first.
 *
 * <p>Guarded by the kernel lock.
 */
final class KernelDatagramSocket extends KernelSocket implements DatagramListener {
    private final UdpSocket socket;
    private final SocketTable table;
    private final Crossings crossings;
    private final WaitQueue receiving;
    private int lastLengthBytes;

    /** What came first; while the stack's queue holds any, what comes is appended there. */
    private final KeptDatagrams kept;

    private int inStackQueue;

    /** What the stack's queue holds, counted as {@link KeptDatagrams#recordBytes} does. */
    private long queuedBytes;

    /** What both may hold together. */
    private int limitBytes;

    KernelDatagramSocket(UdpSocket socket, int owner, SocketTable table, Crossings crossings)
            throws SocketLayerException {
        super(owner, table.waits());
        this.socket = socket;
        this.table = table;
        this.crossings = crossings;
        receiving = new WaitQueue(table.waits());
        kept = table.newKeptDatagrams();
        limitBytes = socket.option(SocketOptionName.RECEIVE_BUFFER_BYTES);
        socket.listener(this);
    }

    @Override
    void bind(int ipv4, int port) throws SocketLayerException {
        socket.bind(ipv4, port);
    }

    /** Address and port 0 dissolve the association. */
    @Override
    void connect(int ipv4, int port, long nowNs) throws SocketLayerException {
        if (ipv4 == 0 && port == 0) {
            socket.disconnect();
        } else {
            socket.connect(ipv4, port);
        }
    }

    @Override
    long localAddress() throws SocketLayerException {
        return socket.localAddress();
    }

    @Override
    int option(SocketOptionName name) throws SocketLayerException {
        return socket.option(name);
    }

    @Override
    void setOption(SocketOptionName name, int value, long nowNs) throws SocketLayerException {
        socket.setOption(name, value);
        if (name == SocketOptionName.RECEIVE_BUFFER_BYTES) {
            limitBytes = socket.option(name);
        }
    }

    /** A datagram for which there is no room is dropped, so there is nothing to wait for. */
    @Override
    int readiness(int interests) throws SocketLayerException {
        boolean readable = kept.header() != DatagramHeader.NONE || socket.readable();
        return TrapNumber.WRITABLE | TrapNumber.DRAINED | (readable ? TrapNumber.READABLE : 0);
    }

    /** Sends one datagram, as {@link UdpSocket#send}. */
    int send(MemorySegment source, int lengthBytes, int ipv4, int port, long nowNs) throws SocketLayerException {
        return socket.send(source, 0, lengthBytes, ipv4, port, nowNs);
    }

    /**
     * Receives for a trap, which is kept when nothing is there and it may wait.
     *
     * @return a {@link DatagramHeader}, {@link SocketTraps#KEPT} or {@link SocketTraps#WOULD_BLOCK}
     */
    long receive(TrapFrame frame, int room, boolean wait) throws SocketLayerException {
        long header = receive(frame.data(), room);
        if (header != DatagramHeader.NONE) {
            return header;
        }
        return wait ? receiving.keep(frame, 0, room) : SocketTraps.WOULD_BLOCK;
    }

    /**
     * Copies out the oldest datagram, as far as there is room; never waits.
     *
     * @return its {@link DatagramHeader}, or {@link DatagramHeader#NONE}
     * @throws SocketLayerException with what the network reported, before any datagram, as in {@link UdpSocket#receive}
     */
    long receive(MemorySegment target, int room) throws SocketLayerException {
        Errno pending = socket.takeError();
        if (pending != null) {
            throw new SocketLayerException(pending, "the network reported it before");
        }
        long header = kept.header();
        if (header != DatagramHeader.NONE) {
            kept.take(target, 0, Math.min(DatagramHeader.lengthBytes(header), room));
        } else {
            header = socket.receive(target, 0, room);
            if (header == DatagramHeader.NONE) {
                return DatagramHeader.NONE;
            }
            inStackQueue--;
            queuedBytes -= KeptDatagrams.recordBytes(DatagramHeader.lengthBytes(header));
        }
        crossings.copy(Math.min(DatagramHeader.lengthBytes(header), room));
        return header;
    }

    @Override
    public boolean onDatagram(MemorySegment memory, long offset, int length, int sourceIpv4, int sourcePort) {
        WaitingTrap first = receiving.first();
        if (first == null) {
            return queue(memory, offset, length, DatagramHeader.pack(sourceIpv4, sourcePort, length));
        }
        int copied = Math.min(length, first.wanted);
        MemorySegment.copy(memory, offset, first.trap().data(), 0, copied);
        crossings.copy(copied);
        receiving.completeFirst(DatagramHeader.pack(sourceIpv4, sourcePort, length));
        return true;
    }

    /** Answers whether the datagram was kept or dropped; otherwise the stack queues a copy. */
    private boolean queue(MemorySegment memory, long offset, int length, long header) {
        if (kept.heldBytes() + queuedBytes + KeptDatagrams.recordBytes(length) > limitBytes) {
            table.count(StackCounter.DROP_UDP_QUEUE_FULL);
            return true;
        }
        if (inStackQueue == 0 && kept.offer(header, memory, offset)) {
            tellAwaiting();
            return true;
        }
        lastLengthBytes = length;
        return false;
    }

    @Override
    public void onReadable() {
        inStackQueue++;
        queuedBytes += KeptDatagrams.recordBytes(lastLengthBytes);
        crossings.copy(lastLengthBytes);
        tellAwaiting();
    }

    /** Whoever waits first gets the error, and then it is no longer pending. */
    @Override
    public void onError(Errno errno) {
        if (receiving.first() == null) {
            tellAwaiting();
            return;
        }
        receiving.completeFirst(-errno.number());
        Errno _ = socket.takeError();
    }

    @Override
    void close(long nowNs) {
        receiving.completeAll(-Errno.EBADF.number());
        endAwaiting(-Errno.EBADF.number());
        kept.clear();
        socket.close();
    }
}
