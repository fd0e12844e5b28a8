package org.machbed.kernel.inkernel;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.trap.TrapFrame;
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.socket.DatagramListener;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.UdpSocket;

/**
 * A socket of a caller of the gate, with the traps that wait to receive from it, first come first served. A datagram that
 * arrives while one waits is copied from the wire's memory straight into the trap's data area. Guarded by the kernel lock.
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

    KernelSocket(UdpSocket socket, int owner, SocketTable table, Crossings crossings) {
        this.socket = socket;
        this.owner = owner;
        this.table = table;
        this.crossings = crossings;
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
            lastLengthBytes = length;
            return false;
        }
        int copied = Math.min(length, roomBytes[head]);
        MemorySegment.copy(memory, offset, frame.data(), 0, copied);
        crossings.copy(copied);
        completeFirst(DatagramHeader.pack(sourceIpv4, sourcePort, length));
        return true;
    }

    /** The stack copied a datagram into the socket's queue, since nobody waited. */
    @Override
    public void onReadable() {
        crossings.copy(lastLengthBytes);
    }

    /** Whoever waits first gets the error, and then it is no longer pending. */
    @Override
    public void onError(Errno errno) {
        if (firstWaiting() == null) {
            return;
        }
        completeFirst(-errno.number());
        try {
            socket.receive(MemorySegment.NULL, 0, 0);
        } catch (SocketLayerException pending) {
            // This is the error that the waiting receive has just been told.
            lastLengthBytes = 0;
        }
    }

    /** Closes the socket; whoever waits fails with EBADF. */
    void close() {
        while (size > 0) {
            completeFirst(-Errno.EBADF.number());
        }
        socket.close();
    }
}
