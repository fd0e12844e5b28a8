package org.machbed.netstack.socket;

import java.util.ArrayList;
import java.util.List;
import org.machbed.netstack.ipv4.LocalAddresses;
import org.machbed.netstack.random.EphemeralPorts;
import org.machbed.netstack.random.KeyedRandom;
import org.machbed.netstack.state.StateException;
import org.machbed.netstack.state.StateTransfer;
import org.machbed.netstack.tcp.TcpConfiguration;
import org.machbed.netstack.tcp.TcpConnection;
import org.machbed.netstack.tcp.TcpLayer;

/** All TCP sockets of one stack. Guarded by the lock of the stack's owner. */
public final class TcpSockets {
    /** Sockets open at once. */
    public static final int CAPACITY = 16_384;

    /** Lists of bindings by the low bits of their ports. */
    private static final int BUCKETS = 256;

    final TcpLayer tcp;
    final LocalAddresses local;
    final TcpConfiguration configuration;
    private final AfterCall drainLoopback;
    private final EphemeralPorts ephemeralPorts;
    private final List<List<TcpBinding>> bound = new ArrayList<>(BUCKETS);
    final StateTransfer transfer = new StateTransfer();
    private int open;

    /** Made by the stack, whose {@code tcp()} hands it out. */
    public TcpSockets(
            TcpLayer tcp,
            LocalAddresses local,
            KeyedRandom random,
            TcpConfiguration configuration,
            AfterCall drainLoopback) {
        this.tcp = tcp;
        this.local = local;
        this.configuration = configuration;
        this.drainLoopback = drainLoopback;
        this.ephemeralPorts = new EphemeralPorts(random);
        for (int i = 0; i < BUCKETS; i++) {
            bound.add(new ArrayList<>(0));
        }
    }

    /**
     * Opens an unbound socket.
     *
     * @throws SocketLayerException with EMFILE when {@link #CAPACITY} are open
     */
    public TcpSocket open() throws SocketLayerException {
        opened();
        return new TcpSocket(this);
    }

    /**
     * Opens a socket for a connection that another stack had; see {@link TcpSocket#importSession}.
     *
     * @throws SocketLayerException as {@link #open} and {@link TcpSocket#importSession}
     * @throws StateException when the state makes no sense
     */
    public TcpSocket importSession(TcpSessionState state, long nowNs) throws SocketLayerException {
        TcpSocket socket = open();
        boolean arrived = false;
        try {
            socket.importSession(state, nowNs);
            arrived = true;
        } finally {
            if (!arrived) {
                socket.close(nowNs);
            }
        }
        return socket;
    }

    /**
     * Brings records up to date; see {@link RecordedSessions}. To be called after each call into the stack, before the frames leave
     * that it has made.
     */
    public void recordChanges(long nowNs) {
        tcp.recordChanges(nowNs);
    }

    TcpSocket accepted(TcpConnection connection, TcpSocket listening) {
        open++;
        return new TcpSocket(this, connection, listening);
    }

    private void opened() throws SocketLayerException {
        checkRoom();
        open++;
    }

    void checkRoom() throws SocketLayerException {
        if (open == CAPACITY) {
            throw new SocketLayerException(Errno.EMFILE, CAPACITY + " TCP sockets are open already");
        }
    }

    void closed() {
        open--;
    }

    /** What a call sent to this host itself is taken in, and what there is to tell is told. */
    void afterCall(long nowNs) {
        drainLoopback.run(nowNs);
        tcp.tellEvents(nowNs);
    }

    /** Sockets open now. */
    public int openSockets() {
        return open;
    }

    /** Connections in all states now, those in TIME-WAIT and half-open ones included. */
    public int connections() {
        return tcp.connections();
    }

    /** Connections that are closed and have not delivered everything. */
    public int closingConnections() {
        return tcp.closingConnections();
    }

    /** What the buffers of all connections take now, in bytes. */
    public long bufferBytes() {
        return tcp.bufferBytes();
    }

    /** Connections whose users were refused memory and have not been told of any since. */
    public int connectionsWithoutMemory() {
        return tcp.connectionsWithoutMemory();
    }

    /** Timers that run now. */
    public int runningTimers() {
        return tcp.runningTimers();
    }

    void bound(TcpBinding binding) {
        bucket(binding.port()).add(binding);
    }

    void unbound(TcpBinding binding) {
        bucket(binding.port()).remove(binding);
    }

    private List<TcpBinding> bucket(int port) {
        return bound.get(port & BUCKETS - 1);
    }

    /**
     * Whether a socket may not be bound there: another one is, and not both allow it (SO_REUSEADDR), or it listens; or a connection
     * of the past still uses the port, and it does not matter to the one who asks only when it says so.
     */
    boolean isTaken(int ipv4, int port, boolean reuseAddress) {
        for (TcpBinding other : bucket(port)) {
            boolean allowed = reuseAddress && other.sharesPort();
            if (other.port() == port && other.overlaps(ipv4) && !allowed) {
                return true;
            }
        }
        return !reuseAddress && tcp.hasConnections(ipv4, port);
    }

    /** Whether another socket listens at an address that overlaps with this one. */
    boolean isListened(int ipv4, int port) {
        for (TcpBinding other : bucket(port)) {
            if (other.port() == port && other.overlaps(ipv4) && other.isListening()) {
                return true;
            }
        }
        return false;
    }

    /** A free port to bind to that strangers cannot guess. */
    int ephemeralPort(int ipv4) throws SocketLayerException {
        return checkPort(ephemeralPorts.next(candidate -> isTaken(ipv4, candidate, false)));
    }

    /** A free port for a connection, which another connection to somewhere else may have in TIME-WAIT. */
    int ephemeralPort(int ipv4, int remoteIpv4, int remotePort, long nowNs) throws SocketLayerException {
        return checkPort(ephemeralPorts.next(candidate ->
                isTaken(ipv4, candidate, true) || tcp.hasConnection(ipv4, candidate, remoteIpv4, remotePort, nowNs)));
    }

    private static int checkPort(int port) throws SocketLayerException {
        if (port == EphemeralPorts.NONE) {
            throw new SocketLayerException(Errno.EADDRINUSE, "no ephemeral port is free");
        }
        return port;
    }
}
