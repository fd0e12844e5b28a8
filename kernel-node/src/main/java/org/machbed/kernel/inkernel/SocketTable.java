package org.machbed.kernel.inkernel;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.descriptor.DescriptorTable;
import org.machbed.ipc.process.Crossings;
import org.machbed.link.FrameLoans;
import org.machbed.link.datagram.KeptDatagrams;
import org.machbed.link.datagram.LoanKeepers;
import org.machbed.netstack.NetworkStack;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.StackCounters;
import org.machbed.netstack.memory.MemoryBudget;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.TcpSocket;
import org.machbed.netstack.socket.TcpSockets;
import org.machbed.netstack.socket.UdpSockets;

/**
 * The sockets of all callers of a gate, by descriptor. A caller reaches its own only: another's descriptor, or that of a socket
 * which was closed, is as bad as one that nobody has. Guarded by the kernel lock.
 */
final class SocketTable {
    /** Sockets of all callers together. */
    static final int CAPACITY = 4_096;

    /** Datagram sockets of one caller, so that it leaves some to others. */
    static final int MAX_DATAGRAM_SOCKETS_OF_CALLER = 256;

    /** Stream sockets of one caller. */
    static final int MAX_STREAM_SOCKETS_OF_CALLER = 3_072;

    /** Callers have numbers up to 255. */
    static final int CALLERS = 256;

    private final UdpSockets udp;
    private final TcpSockets tcp;
    private final StackCounters counters;
    private final FrameLoans loans;
    private final LoanKeepers keepers = new LoanKeepers();
    private final MemoryBudget recalledMemory;
    private final Crossings crossings;
    private final DescriptorTable<KernelSocket> sockets = new DescriptorTable<>(CAPACITY);
    private final int[] datagramSockets = new int[CALLERS];
    private final int[] streamSockets = new int[CALLERS];
    private final Waits waits;
    private final MemorySegment octet = MemorySegment.ofArray(new byte[1]);
    private long nowNs;

    SocketTable(NetworkStack stack, FrameLoans loans, MemoryBudget recalledMemory, Crossings crossings, Waits waits) {
        udp = stack.udp();
        tcp = stack.tcp();
        counters = stack.counters();
        this.loans = loans;
        this.recalledMemory = recalledMemory;
        this.crossings = crossings;
        this.waits = waits;
    }

    /**
     * A thread has taken the kernel lock.
     *
     * @param ofThread where traps completed from now on go
     */
    void enter(Completions ofThread, long atNs) {
        waits.completeInto(ofThread);
        nowNs = atNs;
    }

    /** When the kernel lock was taken: the time for what events lead to. */
    long nowNs() {
        return nowNs;
    }

    Waits waits() {
        return waits;
    }

    /** Memory for a byte on its way. */
    MemorySegment octet() {
        return octet;
    }

    int openDatagram(int caller) throws SocketLayerException {
        check(datagramSockets[caller], MAX_DATAGRAM_SOCKETS_OF_CALLER, "datagram", caller);
        KernelSocket socket = new KernelDatagramSocket(udp.open(), caller, this, crossings);
        datagramSockets[caller]++;
        return sockets.add(socket);
    }

    int openStream(int caller) throws SocketLayerException {
        checkRoomForStream(caller);
        return addStream(tcp.open(), caller);
    }

    /** Gives a new stream socket a descriptor, after {@link #checkRoomForStream}. */
    int addStream(TcpSocket socket, int caller) throws SocketLayerException {
        int descriptor = sockets.add(new KernelStreamSocket(socket, caller, this, crossings));
        streamSockets[caller]++;
        return descriptor;
    }

    void checkRoomForStream(int caller) throws SocketLayerException {
        check(streamSockets[caller], MAX_STREAM_SOCKETS_OF_CALLER, "stream", caller);
    }

    private void check(int owned, int most, String kind, int caller) throws SocketLayerException {
        if (owned >= most) {
            throw new SocketLayerException(
                    Errno.EMFILE, "caller " + caller + " has " + owned + " " + kind + " sockets already");
        }
        if (sockets.size() == CAPACITY) {
            throw new SocketLayerException(Errno.EMFILE, "all " + CAPACITY + " sockets are open");
        }
    }

    /** The socket of a descriptor that came in a trap, {@code null} when the caller has none of that name. */
    @Nullable
    KernelSocket get(int caller, long descriptor) {
        KernelSocket socket = sockets.get(descriptor);
        return socket != null && socket.owner == caller ? socket : null;
    }

    /** Closes a socket; a descriptor that names none is ignored. */
    void close(long descriptor, long atNs) {
        KernelSocket socket = sockets.remove(descriptor);
        if (socket == null) {
            return;
        }
        switch (socket) {
            case KernelDatagramSocket _ -> datagramSockets[socket.owner]--;
            case KernelStreamSocket _ -> streamSockets[socket.owner]--;
        }
        socket.close(atNs);
    }

    /** Closes what a caller that died has left open. */
    void closeAllOf(int caller, long atNs) {
        for (int descriptor : sockets.all()) {
            if (get(caller, descriptor) != null) {
                close(descriptor, atNs);
            }
        }
    }

    KeptDatagrams newKeptDatagrams() {
        return new KeptDatagrams(loans, keepers, recalledMemory);
    }

    void count(StackCounter counter) {
        counters.count(counter);
    }

    /** The link takes back the frame of a loan, which a datagram may still be in. */
    void recall(long loan) {
        KeptDatagrams keeper = keepers.keeper(loan);
        if (keeper == null) {
            return;
        }
        int lengthBytes = keeper.recall(loan);
        if (lengthBytes == KeptDatagrams.LOST) {
            counters.count(StackCounter.DROP_UDP_MEMORY_FULL);
        } else {
            crossings.copy(lengthBytes);
        }
    }

    /** Bytes of datagrams whose frames the link took back. */
    long recalledBytes() {
        return recalledMemory.reservedBytes();
    }
}
