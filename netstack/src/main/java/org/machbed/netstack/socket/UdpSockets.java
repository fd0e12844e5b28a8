package org.machbed.netstack.socket;

import org.machbed.netstack.StackCounters;
import org.machbed.netstack.ipv4.LocalAddresses;
import org.machbed.netstack.memory.MemoryBudget;
import org.machbed.netstack.random.EphemeralPorts;
import org.machbed.netstack.random.KeyedRandom;
import org.machbed.netstack.state.StateException;
import org.machbed.netstack.udp.UdpLayer;

/** All UDP sockets of one stack. Guarded by the lock of the stack's owner. */
public final class UdpSockets {
    /** Sockets open at once. */
    public static final int CAPACITY = 1024;

    /** What the receive queues of all sockets together hold, in bytes. */
    static final long QUEUE_MEMORY_BYTES = 16L << 20;

    final UdpLayer udp;
    final LocalAddresses local;
    final StackCounters counters;
    final AfterCall afterCall;
    final MemoryBudget queueMemory = new MemoryBudget(QUEUE_MEMORY_BYTES);
    private final EphemeralPorts ephemeralPorts;
    private int open;

    /** Made by the stack, whose {@code udp()} hands it out. */
    public UdpSockets(
            UdpLayer udp, LocalAddresses local, KeyedRandom random, StackCounters counters, AfterCall afterCall) {
        this.udp = udp;
        this.local = local;
        this.ephemeralPorts = new EphemeralPorts(random);
        this.counters = counters;
        this.afterCall = afterCall;
    }

    /**
     * Opens an unbound socket.
     *
     * @throws SocketLayerException with EMFILE when {@link #CAPACITY} are open
     */
    public UdpSocket open() throws SocketLayerException {
        if (open == CAPACITY) {
            throw new SocketLayerException(Errno.EMFILE, CAPACITY + " UDP sockets are open already");
        }
        open++;
        return new UdpSocket(this);
    }

    /**
     * Opens a socket for what a socket of another stack had; see {@link UdpSocket#importSession}.
     *
     * @throws SocketLayerException as {@link #open} and {@link UdpSocket#importSession}
     * @throws StateException when the state makes no sense
     */
    public UdpSocket importSession(UdpSessionState state, long nowNs) throws SocketLayerException {
        UdpSocket socket = open();
        boolean arrived = false;
        try {
            socket.importSession(state, nowNs);
            arrived = true;
        } finally {
            if (!arrived) {
                socket.close();
            }
        }
        return socket;
    }

    void closed() {
        open--;
    }

    /** Sockets open now. */
    public int openSockets() {
        return open;
    }

    /** What the receive queues of all sockets hold room for now, in bytes. */
    public long queueBytes() {
        return queueMemory.reservedBytes();
    }

    /** A free port that strangers cannot guess. */
    int ephemeralPort(int ipv4) throws SocketLayerException {
        int port = ephemeralPorts.next(candidate -> udp.endpoints().isTaken(ipv4, candidate, false));
        if (port == EphemeralPorts.NONE) {
            throw new SocketLayerException(Errno.EADDRINUSE, "no ephemeral port is free");
        }
        return port;
    }
}
