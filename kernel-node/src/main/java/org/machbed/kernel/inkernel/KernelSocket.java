package org.machbed.kernel.inkernel;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.trap.TrapFrame;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.socket.DatagramListener;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.UdpSocket;

/**
 * A socket of a caller of the gate, with the traps that wait to receive from it, first come first served. A datagram that
 * arrives while one waits is copied from the wire's memory straight into the trap's data area; one that comes before its trap
 * stays in the wire's memory until then, so that it costs the same one copy. Only what lies elsewhere (a datagram put together
 * from fragments, or from this host) or finds nothing to stay in is copied into the stack's queue first.
 *
 * <p>Guarded by the kernel lock.
 */
final class KernelSocket implements DatagramListener {
    /** Receives that may wait on one socket. */
    static final int MAX_WAITING = 32;

    final UdpSocket socket;
    final int owner;
    private final SocketTable table;
    private final Crossings crossings;
    private final @Nullable TrapFrame[] waiting = new @Nullable TrapFrame[MAX_WAITING];
    private final int[] roomBytes = new int[MAX_WAITING];
    private int head;
    private int size;
    private int lastLengthBytes;

    /** What came first; while the stack's queue holds any, what comes is appended there. */
    private final KeptDatagrams kept;

    private int inStackQueue;

    /** What the stack's queue holds, counted as {@link KeptDatagrams#recordBytes} does. */
    private long queuedBytes;

    /** What both may hold together. */
    private int limitBytes;

    KernelSocket(UdpSocket socket, int owner, SocketTable table, Crossings crossings) throws SocketLayerException {
        this.socket = socket;
        this.owner = owner;
        this.table = table;
        this.crossings = crossings;
        kept = table.newKeptDatagrams();
        limitBytes = socket.option(SocketOptionName.RECEIVE_BUFFER_BYTES);
        socket.listener(this);
    }

    void setOption(SocketOptionName name, int value) throws SocketLayerException {
        socket.setOption(name, value);
        if (name == SocketOptionName.RECEIVE_BUFFER_BYTES) {
            limitBytes = socket.option(name);
        }
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
            kept.take(target, Math.min(DatagramHeader.lengthBytes(header), room));
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

    /** Keeps a receive until a datagram comes; answers false when too many wait already. */
    boolean keep(TrapFrame frame, int room) {
        if (size == MAX_WAITING || !table.mayKeep()) {
            return false;
        }
        int tail = (head + size++) % MAX_WAITING;
        waiting[tail] = frame;
        roomBytes[tail] = room;
        return true;
    }

    /** Takes out the receive that has waited longest; those whose caller has died are let go on the way. */
    private @Nullable TrapFrame firstWaiting() {
        while (size > 0) {
            TrapFrame frame = waiting[head];
            if (frame != null && !frame.abandoned()) {
                return frame;
            }
            completeFirst(-Errno.EBADF.number());
        }
        return null;
    }

    private void completeFirst(long result) {
        TrapFrame frame = waiting[head];
        waiting[head] = null;
        head = (head + 1) % MAX_WAITING;
        size--;
        if (frame != null) {
            table.complete(frame, result);
        }
    }

    @Override
    public boolean onDatagram(MemorySegment memory, long offset, int length, int sourceIpv4, int sourcePort) {
        TrapFrame frame = firstWaiting();
        if (frame == null) {
            return queue(memory, offset, length, DatagramHeader.pack(sourceIpv4, sourcePort, length));
        }
        int copied = Math.min(length, roomBytes[head]);
        MemorySegment.copy(memory, offset, frame.data(), 0, copied);
        crossings.copy(copied);
        completeFirst(DatagramHeader.pack(sourceIpv4, sourcePort, length));
        return true;
    }

    /** Answers whether the datagram was kept or dropped; otherwise the stack queues a copy. */
    private boolean queue(MemorySegment memory, long offset, int length, long header) {
        if (kept.heldBytes() + queuedBytes + KeptDatagrams.recordBytes(length) > limitBytes) {
            table.count(StackCounter.DROP_UDP_QUEUE_FULL);
            return true;
        }
        if (inStackQueue == 0 && kept.offer(header, memory, offset)) {
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
    }

    /** Whoever waits first gets the error, and then it is no longer pending. */
    @Override
    public void onError(Errno errno) {
        if (firstWaiting() == null) {
            return;
        }
        completeFirst(-errno.number());
        Errno _ = socket.takeError();
    }

    /** Closes the socket; whoever waits fails with EBADF. */
    void close() {
        while (size > 0) {
            completeFirst(-Errno.EBADF.number());
        }
        kept.clear();
        socket.close();
    }
}
