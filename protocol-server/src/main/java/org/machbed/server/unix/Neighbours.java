package org.machbed.server.unix;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.machbed.ipc.mach.PortName;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.NetworkStack;
import org.machbed.netstack.StackConfiguration;
import org.machbed.netstack.arp.ArpLayer;
import org.machbed.netstack.arp.NeighbourListener;
import org.machbed.netstack.ipv4.LocalAddresses;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;

/** Tells clients the stations of neighbours, which ARP finds here. Any server thread may call. */
final class Neighbours implements NeighbourListener {
    /** Calls of a client that wait for ARP at a time: as many as a library has threads for it. */
    static final int MAX_WAITING_OF_A_CLIENT = 4;

    /** Of all: as many as that for each session window. */
    static final int MAX_WAITING = 64 * MAX_WAITING_OF_A_CLIENT;

    /** More than ARP takes to give up. */
    private static final long LIMIT_NS = TimeUnit.SECONDS.toNanos(10);

    private final BsdKernel kernel;
    private final ProtocolInput input;
    private final NetworkStack stack; // guarded by NET
    private final WaitingCalls waiting; // guarded by NET
    private final LongSupplier clockNs;
    private final MigrationCounters counters;
    private final LocalAddresses local;
    private final int network;
    private final int mask;
    private final Map<PortName, Integer> waitingOf = new HashMap<>(); // guarded by NET
    private int waitingNow; // guarded by NET

    Neighbours(
            BsdKernel kernel,
            ProtocolInput input,
            NetworkStack stack,
            StackConfiguration configuration,
            WaitingCalls waiting,
            LongSupplier clockNs,
            MigrationCounters counters) {
        this.kernel = kernel;
        this.input = input;
        this.stack = stack;
        this.waiting = waiting;
        this.clockNs = clockNs;
        this.counters = counters;
        local = new LocalAddresses(configuration);
        mask = Ipv4Address.mask(configuration.prefixLength());
        network = configuration.ipv4() & mask;
        stack.neighbourListener(this);
    }

    /**
     * The station of a neighbour, {@link org.machbed.netstack.MacAddress#bits}; sleeps while ARP asks for it.
     *
     * @throws SocketLayerException with EHOSTUNREACH when nobody answers or it is no neighbour, EWOULDBLOCK instead of sleeping, ENOBUFS
     *     when too many wait already, of this client or of all
     */
    long resolve(CallName call, PortName client, int ipv4, boolean nonBlocking) throws SocketLayerException {
        counters.neighbour();
        if ((ipv4 & mask) != network || local.isThisHost(ipv4) || local.isGroup(ipv4)) {
            throw new SocketLayerException(Errno.EHOSTUNREACH, Ipv4Address.format(ipv4) + " is no neighbour");
        }
        int s = kernel.spl().splnet();
        try {
            long startNs = clockNs.getAsLong();
            long station = lookUp(ipv4);
            while (station == ArpLayer.WAITING) {
                long leftNs = LIMIT_NS - (clockNs.getAsLong() - startNs);
                if (nonBlocking) {
                    throw new SocketLayerException(Errno.EWOULDBLOCK, "ARP asks for " + Ipv4Address.format(ipv4));
                }
                if (leftNs <= 0) {
                    throw unreachable(ipv4);
                }
                sleep(call, client, leftNs);
                station = lookUp(ipv4);
            }
            if (station == ArpLayer.UNREACHABLE) {
                throw unreachable(ipv4);
            }
            return station;
        } finally {
            kernel.spl().splx(s);
        }
    }

    private long lookUp(int ipv4) {
        long station = stack.lookUpNeighbour(ipv4, clockNs.getAsLong());
        input.deadlineMayHaveChanged();
        return station;
    }

    private void sleep(CallName call, PortName client, long leftNs) throws SocketLayerException {
        if (waitingNow == MAX_WAITING || waitingOf.getOrDefault(client, 0) == MAX_WAITING_OF_A_CLIENT) {
            throw new SocketLayerException(
                    Errno.ENOBUFS,
                    MAX_WAITING + " calls wait for neighbours already, or " + MAX_WAITING_OF_A_CLIENT
                            + " of this client");
        }
        waitingNow++;
        waitingOf.merge(client, 1, Integer::sum);
        try {
            waiting.sleep(call, this, leftNs);
        } finally {
            waitingNow--;
            waitingOf.computeIfPresent(client, (_, waiters) -> waiters == 1 ? null : waiters - 1);
        }
    }

    private static SocketLayerException unreachable(int ipv4) {
        return new SocketLayerException(Errno.EHOSTUNREACH, "nobody answers for " + Ipv4Address.format(ipv4));
    }

    @Override
    public void onNeighbour(int ipv4, long mac) {
        kernel.sleepQueues().wakeup(this);
    }

    @Override
    public void onUnreachable(int ipv4) {
        kernel.sleepQueues().wakeup(this);
    }
}
