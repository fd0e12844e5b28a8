package org.machbed.kernel.inkernel;

import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.trap.TrapFrame;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.UdpSockets;

/**
 * The sockets of all callers of a gate, by descriptor. A caller reaches its own only: another's descriptor is as bad as one
 * that nobody has. Guarded by the kernel lock.
 */
final class SocketTable {
    /** Sockets of a host. */
    static final int MAX_SOCKETS = 1024;

    /** Sockets of one caller, so that it leaves some to others. */
    static final int MAX_SOCKETS_OF_CALLER = 256;

    /** Receives that wait on all sockets together; the gate has no more slots than this. */
    static final int MAX_KEPT = 256;

    /** The first descriptor; 0 stays invalid, so that memory nobody wrote to names no socket. */
    private static final int FIRST = 1;

    private final UdpSockets udp;
    private final Crossings crossings;
    private final @Nullable KernelSocket[] sockets = new @Nullable KernelSocket[MAX_SOCKETS];
    private Completions completions;
    private int kept;

    SocketTable(UdpSockets udp, Crossings crossings, Completions completions) {
        this.udp = udp;
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
        int free = -1;
        int owned = 0;
        for (int index = 0; index < MAX_SOCKETS; index++) {
            KernelSocket socket = sockets[index];
            if (socket != null && socket.owner == caller) {
                owned++;
            } else if (socket == null && free < 0) {
                free = index;
            }
        }
        if (owned >= MAX_SOCKETS_OF_CALLER || free < 0) {
            throw new SocketLayerException(
                    Errno.EMFILE, "caller " + caller + " has " + owned + " sockets, and the host few or none left");
        }
        KernelSocket socket = new KernelSocket(udp.open(), caller, this, crossings);
        socket.socket.listener(socket);
        sockets[free] = socket;
        return free + FIRST;
    }

    /** The socket of a descriptor that came in a trap, {@code null} when the caller has none of that name. */
    @Nullable
    KernelSocket get(int caller, long descriptor) {
        if (descriptor < FIRST || descriptor >= MAX_SOCKETS + FIRST) {
            return null;
        }
        KernelSocket socket = sockets[(int) descriptor - FIRST];
        return socket != null && socket.owner == caller ? socket : null;
    }

    void close(KernelSocket socket) {
        for (int index = 0; index < MAX_SOCKETS; index++) {
            if (sockets[index] == socket) {
                sockets[index] = null;
            }
        }
        socket.close();
    }

    /** Closes what a caller that died has left open; answers how many. */
    int closeAllOf(int caller) {
        int closed = 0;
        for (KernelSocket socket : sockets) {
            if (socket != null && socket.owner == caller) {
                close(socket);
                closed++;
            }
        }
        return closed;
    }

    int kept() {
        return kept;
    }
}
