package org.machbed.kernel.inkernel;

import org.jspecify.annotations.Nullable;
import org.machbed.ipc.descriptor.DescriptorTable;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.trap.TrapFrame;
import org.machbed.link.FrameLoans;
import org.machbed.netstack.NetworkStack;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.StackCounters;
import org.machbed.netstack.memory.MemoryBudget;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.UdpSockets;

/**
 * The sockets of all callers of a gate, by descriptor. A caller reaches its own only: another's descriptor, or that of a socket
 * which was closed, is as bad as one that nobody has. Guarded by the kernel lock.
 */
final class SocketTable {
    /** Sockets of one caller, so that it leaves some to others. */
    static final int MAX_SOCKETS_OF_CALLER = 256;

    /** Receives that wait on all sockets together; the gate has no more slots than this. */
    static final int MAX_KEPT = 256;

    private final UdpSockets udp;
    private final StackCounters counters;
    private final FrameLoans loans;
    private final LoanKeepers keepers = new LoanKeepers();
    private final MemoryBudget recalledMemory;
    private final Crossings crossings;
    private final DescriptorTable<KernelSocket> sockets = new DescriptorTable<>(UdpSockets.CAPACITY);
    private Completions completions;
    private int kept;

    SocketTable(
            NetworkStack stack,
            FrameLoans loans,
            MemoryBudget recalledMemory,
            Crossings crossings,
            Completions completions) {
        udp = stack.udp();
        counters = stack.counters();
        this.loans = loans;
        this.recalledMemory = recalledMemory;
        this.crossings = crossings;
        this.completions = completions;
    }

    /** Where traps completed from now on go: the list of the thread that has just taken the kernel lock. */
    void completeInto(Completions ofThread) {
        completions = ofThread;
    }

    void complete(TrapFrame frame, long result) {
        kept--;
        completions.add(frame, result);
    }

    /** Whether one more receive may wait; it does if so. */
    boolean mayKeep() {
        if (kept == MAX_KEPT) {
            return false;
        }
        kept++;
        return true;
    }

    int open(int caller) throws SocketLayerException {
        int owned = 0;
        for (int descriptor : sockets.all()) {
            owned += get(caller, descriptor) != null ? 1 : 0;
        }
        if (owned >= MAX_SOCKETS_OF_CALLER) {
            throw new SocketLayerException(Errno.EMFILE, "caller " + caller + " has " + owned + " sockets already");
        }
        KernelSocket socket = new KernelSocket(udp.open(), caller, this, crossings);
        int descriptor = sockets.add(socket);
        if (descriptor == DescriptorTable.NONE) {
            socket.close();
            throw new SocketLayerException(Errno.EMFILE, "all " + UdpSockets.CAPACITY + " sockets are open");
        }
        return descriptor;
    }

    /** The socket of a descriptor that came in a trap, {@code null} when the caller has none of that name. */
    @Nullable
    KernelSocket get(int caller, long descriptor) {
        KernelSocket socket = sockets.get(descriptor);
        return socket != null && socket.owner == caller ? socket : null;
    }

    /** Closes a socket; a descriptor that names none is ignored. */
    void close(long descriptor) {
        KernelSocket socket = sockets.remove(descriptor);
        if (socket != null) {
            socket.close();
        }
    }

    /** Closes what a caller that died has left open. */
    void closeAllOf(int caller) {
        for (int descriptor : sockets.all()) {
            if (get(caller, descriptor) != null) {
                close(descriptor);
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

    int kept() {
        return kept;
    }
}
