package org.machbed.netstack.socket;

import org.machbed.netstack.StackCounters;
import org.machbed.netstack.ipv4.LocalAddresses;
import org.machbed.netstack.memory.MemoryBudget;
import org.machbed.netstack.random.KeyedRandom;
import org.machbed.netstack.udp.UdpLayer;

/** All UDP sockets of one stack. Guarded by the lock of the stack's owner. */
public final class UdpSockets {
    /** Sockets open at once. */
    public static final int CAPACITY = 1024;

    /** What the receive queues of all sockets together hold, in bytes. */
    static final long QUEUE_MEMORY_BYTES = 16L << 20;

    /** RFC 6335 section 6: the dynamic ports, 49,152 to 65,535. */
    static final int FIRST_EPHEMERAL_PORT = 49_152;

    static final int EPHEMERAL_PORTS = 65_536 - FIRST_EPHEMERAL_PORT;

    final UdpLayer udp;
    final LocalAddresses local;
    final StackCounters counters;
    final AfterCall afterCall;
    final MemoryBudget queueMemory = new MemoryBudget(QUEUE_MEMORY_BYTES);
    private final KeyedRandom random;
    private int open;

    /** Made by the stack, whose {@code udp()} hands it out. */
    public UdpSockets(
            UdpLayer udp, LocalAddresses local, KeyedRandom random, StackCounters counters, AfterCall afterCall) {
        this.udp = udp;
        this.local = local;
        this.random = random;
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

    /** A free port that strangers cannot guess (RFC 6056 section 3.3.2: random, then the next free one). */
    int ephemeralPort(int ipv4) throws SocketLayerException {
        int start = random.nextInt(EPHEMERAL_PORTS);
        for (int i = 0; i < EPHEMERAL_PORTS; i++) {
            int port = FIRST_EPHEMERAL_PORT + (start + i) % EPHEMERAL_PORTS;
            if (!udp.endpoints().isTaken(ipv4, port, false)) {
                return port;
            }
        }
        throw new SocketLayerException(Errno.EADDRINUSE, "no ephemeral port is free");
    }
}
