package org.machbed.server.udp;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.socket.DatagramListener;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayer.Condition;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.UdpSocket;
import org.machbed.server.WatchedCount;
import org.machbed.server.driver.FrameOwner;

/**
 * One socket of the restructured server. A datagram goes straight to the receive that waits for it; when none does, the frame that
 * it came in is kept, not copied, until one comes. Guarded by the stack's lock.
 */
final class ServiceSocket implements DatagramListener {
    /** Receives that may wait on one socket. */
    static final int MAX_WAITING = 64;

    /** What a datagram that is kept costs besides the memory of its frame, in the bound on memory. */
    private static final int OVERHEAD_BYTES = 128;

    private static final MemorySegment NO_ROOM = MemorySegment.ofArray(new byte[0]);

    private record Kept(long header, MemorySegment memory, long offset, int keptBytes, FrameOwner owner, long cookie) {}

    private final ArrivingFrame arriving;
    private final Consumer<PendingCall> over;
    private final Awaits awaits;
    private final WatchedCount total;
    private final Crossings crossings;
    private final UdpSocket pcb;
    private final ArrayDeque<PendingReceive> waiting = new ArrayDeque<>();
    private final ArrayDeque<Kept> kept = new ArrayDeque<>();
    private long limitBytes;
    private long keptDataBytes;
    private long keptMemoryBytes;

    /** @param over gets every call that is over, to wake its caller once the lock is free */
    ServiceSocket(
            ArrivingFrame arriving,
            Consumer<PendingCall> over,
            Awaits awaits,
            WatchedCount total,
            Crossings crossings,
            UdpSocket pcb)
            throws SocketLayerException {
        this.arriving = arriving;
        this.over = over;
        this.awaits = awaits;
        this.total = total;
        this.crossings = crossings;
        this.pcb = pcb;
        limitBytes = pcb.option(SocketOptionName.RECEIVE_BUFFER_BYTES);
        pcb.listener(this);
    }

    UdpSocket pcb() {
        return pcb;
    }

    @Override
    public boolean onDatagram(MemorySegment memory, long offset, int length, int sourceIpv4, int sourcePort) {
        long header = DatagramHeader.pack(sourceIpv4, sourcePort, length);
        PendingReceive receive = nextWaiting();
        if (receive != null) {
            deliver(receive, header, memory, offset);
        } else if (keptDataBytes + length > limitBytes || keptMemoryBytes >= 2 * limitBytes) {
            crossings.count(Crossing.FRAMES_DROPPED);
        } else {
            keep(header, memory, offset, length);
            awaits.ready(this);
        }
        return true;
    }

    private void deliver(PendingReceive receive, long header, MemorySegment memory, long offset) {
        int copiedBytes = Math.min(receive.room(), DatagramHeader.lengthBytes(header));
        crossings.copy(copiedBytes);
        receive.complete(header, memory, offset, copiedBytes);
        over.accept(receive);
    }

    private void fail(PendingReceive receive, Errno errno) {
        receive.fail(errno);
        over.accept(receive);
    }

    private void keep(long header, MemorySegment memory, long offset, int length) {
        int frameBytes = arriving.keepIfHolds(memory);
        Kept datagram;
        if (frameBytes >= 0) {
            FrameOwner owner = arriving.owner();
            int keptBytes = owner.keptBytes(frameBytes) + OVERHEAD_BYTES;
            datagram = new Kept(header, memory, offset, keptBytes, owner, arriving.cookie());
        } else {
            byte[] copy = new byte[length];
            MemorySegment.copy(memory, offset, MemorySegment.ofArray(copy), 0, length);
            crossings.copy(length);
            datagram =
                    new Kept(header, MemorySegment.ofArray(copy), 0, length + OVERHEAD_BYTES, FrameOwner.COLLECTED, 0);
        }
        keptDataBytes += length;
        keptMemoryBytes += datagram.keptBytes();
        kept.addLast(datagram);
    }

    @Override
    public void onReadable() {
        // Nothing is ever left to the stack's own queue.
        throw new IllegalStateException("a datagram was queued below the server's socket");
    }

    @Override
    public void onError(Errno errno) {
        PendingReceive receive = nextWaiting();
        if (receive != null) {
            try {
                pcb.receive(NO_ROOM, 0, 0);
                fail(receive, errno);
            } catch (SocketLayerException e) {
                fail(receive, e.errno());
            }
        } else {
            awaits.ready(this);
        }
    }

    /**
     * Waits until {@link #receive} would not have to, now or later. Sending never waits: a datagram for which there is no room is
     * dropped.
     *
     * @param number what the caller calls it, to end it
     * @throws SocketLayerException with ENOBUFS when too many wait already
     */
    void await(int number, Condition condition, PendingAwait await, long deadlineNs) throws SocketLayerException {
        if (condition != Condition.READABLE || !kept.isEmpty() || pcb.readable()) {
            await.complete(true);
            over.accept(await);
        } else {
            awaits.add(this, number, await, deadlineNs);
        }
    }

    /**
     * Receives now, or as soon as a datagram comes.
     *
     * @param wait whether to wait for one
     * @throws SocketLayerException with EWOULDBLOCK, ENOBUFS when too many wait already, or what the network reported
     */
    void receive(PendingReceive receive, boolean wait) throws SocketLayerException {
        Kept oldest = kept.pollFirst();
        if (oldest != null) {
            deliverKept(receive, oldest);
            return;
        }
        pcb.receive(NO_ROOM, 0, 0);
        if (!wait) {
            throw new SocketLayerException(Errno.EWOULDBLOCK, "nothing has arrived");
        }
        if (waiting.size() == MAX_WAITING) {
            throw new SocketLayerException(Errno.ENOBUFS, MAX_WAITING + " receives wait on this socket already");
        }
        waiting.addLast(receive);
        total.change(1);
    }

    private void deliverKept(PendingReceive receive, Kept datagram) {
        keptDataBytes -= DatagramHeader.lengthBytes(datagram.header());
        keptMemoryBytes -= datagram.keptBytes();
        try {
            deliver(receive, datagram.header(), datagram.memory(), datagram.offset());
        } finally {
            datagram.owner().free(datagram.cookie());
        }
    }

    /** Forgets a receive that waits; {@code false} when it does not wait any more. */
    boolean cancel(PendingReceive receive) {
        boolean wasWaiting = waiting.remove(receive);
        if (wasWaiting) {
            total.change(-1);
        }
        return wasWaiting;
    }

    private @Nullable PendingReceive nextWaiting() {
        PendingReceive receive = waiting.pollFirst();
        if (receive != null) {
            total.change(-1);
        }
        return receive;
    }

    void setOption(SocketOptionName name, int value) throws SocketLayerException {
        pcb.setOption(name, value);
        if (name == SocketOptionName.RECEIVE_BUFFER_BYTES) {
            limitBytes = pcb.option(name);
        }
    }

    /** Closes the socket; receives that wait fail with EBADF. */
    void close() {
        pcb.close();
        awaits.closed(this);
        for (PendingReceive receive = nextWaiting(); receive != null; receive = nextWaiting()) {
            fail(receive, Errno.EBADF);
        }
        for (Kept datagram = kept.pollFirst(); datagram != null; datagram = kept.pollFirst()) {
            datagram.owner().free(datagram.cookie());
        }
        keptDataBytes = 0;
        keptMemoryBytes = 0;
    }
}
