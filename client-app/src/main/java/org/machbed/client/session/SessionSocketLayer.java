package org.machbed.client.session;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.ObjLongConsumer;
import org.machbed.client.binding.EmulationLibrary;
import org.machbed.client.binding.SessionMovedException;
import org.machbed.client.binding.SessionStubs;
import org.machbed.client.channel.SharedSockets;
import org.machbed.client.lending.Lender;
import org.machbed.client.lending.LendingSockets;
import org.machbed.client.library.LibrarySocketLayer;
import org.machbed.netstack.StackConfiguration;
import org.machbed.netstack.ipv4.LocalAddresses;
import org.machbed.netstack.socket.DatagramSocketLayer;
import org.machbed.netstack.socket.ReadinessSetLayer;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.StreamSocketLayer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sockets that live in the Unix server until they have a session, and in the protocol library of this process while they have one
 * (maeda93). Calls that make, name and end sockets are messages; what moves data is a procedure call. A session that cannot
 * move, such as a connection within the host, stays in the server, where all calls work as messages.
 *
 * <p>A call that finds that its session has just moved is repeated where it is now.
 */
public final class SessionSocketLayer
        implements DatagramSocketLayer, StreamSocketLayer, ReadinessSetLayer, SharedSockets, Lender {
    private static final Logger LOG = LoggerFactory.getLogger(SessionSocketLayer.class);

    private final EmulationLibrary server;
    private final LibrarySocketLayer library;
    private final SessionSharing sharing;
    private final Migration migration;
    private final SessionNeighbours neighbours;
    private final DatagramPlacement placement;
    private final MovedCalls calls;
    private final SessionWindowLink link;
    private final SessionRecording recording;
    private final SessionSockets sockets = new SessionSockets();
    private final SessionSets sets;
    private final TakenSessions taken;
    private final SessionLending lending;

    SessionSocketLayer(
            EmulationLibrary server,
            LibrarySocketLayer library,
            SessionWindowLink link,
            SessionNeighbours neighbours,
            SessionRecording recording,
            StackConfiguration configuration) {
        this.server = server;
        this.library = library;
        SessionStubs stubs = server.sessions();
        this.neighbours = neighbours;
        this.link = link;
        this.recording = recording;
        sets = new SessionSets(library, server);
        migration = new Migration(
                stubs, library.sessions(), link.port(), link::framesTaken, recording, configuration.ipv4());
        sharing = new SessionSharing(stubs, migration, sockets);
        calls = new MovedCalls(migration, library, server);
        placement = new DatagramPlacement(server, migration, new LocalAddresses(configuration));
        lending = new SessionLending(placement, calls, sockets, library.lending(), server);
        neighbours.start(library.sessions());
        taken = new TakenSessions(recording, this::drop);
        taken.start();
    }

    /** Opens it: becomes a task of the host, and maps its session window. */
    public static SessionSocketLayer open(SessionConfiguration configuration) throws IOException {
        return configuration.open();
    }

    private StreamSocketLayer streams(int place) {
        return SessionSocket.isInLibrary(place) ? library : server;
    }

    private DatagramSocketLayer datagrams(int place) {
        return SessionSocket.isInLibrary(place) ? library : server;
    }

    // ---- Sockets of both kinds

    @Override
    public int socket() throws SocketLayerException {
        return sockets.add(server.socket(), false).descriptor();
    }

    @Override
    public int streamSocket() throws SocketLayerException {
        return sockets.add(server.streamSocket(), true).descriptor();
    }

    @Override
    public void bind(int socket, int ipv4, int port) throws SocketLayerException {
        calls.act(sockets.get(socket), layer -> layer.bind(socket, ipv4, port));
        migrateDatagrams(sockets.get(socket));
    }

    private void migrateDatagrams(SessionSocket session) throws SocketLayerException {
        if (!session.isStream()) {
            migration.toLibrary(session);
        }
    }

    @Override
    public long localAddress(int socket) throws SocketLayerException {
        return calls.call(sockets.get(socket), layer -> layer.localAddress(socket));
    }

    @Override
    public int option(int socket, SocketOptionName name) throws SocketLayerException {
        return calls.call(sockets.get(socket), layer -> layer.option(socket, name));
    }

    @Override
    public void setOption(int socket, SocketOptionName name, int value) throws SocketLayerException {
        calls.act(sockets.get(socket), layer -> layer.setOption(socket, name, value));
    }

    @Override
    public boolean await(int socket, Condition condition, long limitNs) throws SocketLayerException {
        return calls.call(sockets.get(socket), layer -> layer.await(socket, condition, limitNs));
    }

    /** What was sent still gets there: the server has the session for that. */
    @Override
    public void close(int socket) throws SocketLayerException {
        SessionSocket session = sockets.find(socket);
        if (session == null || !sockets.remove(session)) {
            return;
        }
        migration.close(session, () -> server.close(socket));
    }

    // ---- Datagrams

    /** Its addresses are the server's to change: a session in the library goes back for that. */
    @Override
    public void connect(int socket, int ipv4, int port) throws SocketLayerException {
        placement.changePeer(sockets.get(socket), () -> server.connect(socket, ipv4, port));
    }

    @Override
    public void disconnect(int socket) throws SocketLayerException {
        placement.changePeer(sockets.get(socket), () -> server.disconnect(socket));
    }

    @Override
    public int send(int socket, ByteBuffer source, int ipv4, int port) throws SocketLayerException {
        SessionSocket session = sockets.get(socket);
        int misses = 0;
        while (true) {
            int place = session.place();
            try {
                if (placement.isElsewhere(session, place, ipv4)) {
                    placement.move(session, ipv4);
                    continue;
                }
                return datagrams(place).send(socket, source, ipv4, port);
            } catch (SocketLayerException | SessionMovedException e) {
                misses = calls.requireMoved(session, place, misses, e);
            }
        }
    }

    @Override
    public long receive(int socket, ByteBuffer target, boolean wait) throws SocketLayerException {
        SessionSocket session = sockets.get(socket);
        int misses = 0;
        while (true) {
            int place = session.place();
            try {
                return datagrams(place).receive(socket, target, wait);
            } catch (SocketLayerException | SessionMovedException e) {
                misses = calls.requireMoved(session, place, misses, e);
            }
        }
    }

    // ---- Streams

    @Override
    public boolean connectStream(int socket, int ipv4, int port, boolean wait) throws SocketLayerException {
        boolean connected =
                calls.callStream(sockets.get(socket), layer -> layer.connectStream(socket, ipv4, port, wait));
        return connected && migrated(socket);
    }

    @Override
    public boolean finishConnect(int socket, boolean wait) throws SocketLayerException {
        boolean connected = calls.callStream(sockets.get(socket), layer -> layer.finishConnect(socket, wait));
        return connected && migrated(socket);
    }

    private boolean migrated(int socket) throws SocketLayerException {
        migration.toLibrary(sockets.get(socket));
        return true;
    }

    @Override
    public void listen(int socket, int backlog) throws SocketLayerException {
        sockets.get(socket).stays(true);
        calls.act(sockets.get(socket), layer -> ((StreamSocketLayer) layer).listen(socket, backlog));
    }

    @Override
    public int accept(int socket, boolean wait) throws SocketLayerException {
        int accepted = calls.callStream(sockets.get(socket), layer -> layer.accept(socket, wait));
        if (accepted == NONE) {
            return NONE;
        }
        try {
            migration.toLibrary(sockets.add(accepted, true));
            return accepted;
        } catch (SocketLayerException | RuntimeException e) {
            // Nobody will hear of it.
            closeQuietly(accepted);
            throw e;
        }
    }

    /** What a send that waits had not sent when its session moved, it sends where that is now. */
    @Override
    public int sendStream(int socket, ByteBuffer source, boolean wait) throws SocketLayerException {
        SessionSocket session = sockets.get(socket);
        int sent = 0;
        int misses = 0;
        while (true) {
            int place = session.place();
            try {
                sent += streams(place).sendStream(socket, rest(source, sent), wait);
                if (!wait || sent == source.remaining() || !migration.hasLeft(session, place)) {
                    return sent;
                }
            } catch (SocketLayerException | SessionMovedException e) {
                if (sent > 0 && e instanceof SocketLayerException) {
                    return sent;
                }
                misses = calls.requireMoved(session, place, misses, e);
            }
        }
    }

    private static ByteBuffer rest(ByteBuffer source, int sent) {
        return sent == 0 ? source : source.slice(source.position() + sent, source.remaining() - sent);
    }

    @Override
    public boolean sendUrgent(int socket, byte value) throws SocketLayerException {
        return calls.callStream(sockets.get(socket), layer -> layer.sendUrgent(socket, value));
    }

    @Override
    public int receiveStream(int socket, ByteBuffer target, boolean wait) throws SocketLayerException {
        SessionSocket session = sockets.get(socket);
        int misses = 0;
        while (true) {
            int place = session.place();
            try {
                return streams(place).receiveStream(socket, target, wait);
            } catch (SocketLayerException | SessionMovedException e) {
                misses = calls.requireMoved(session, place, misses, e);
            }
        }
    }

    @Override
    public void shutdownSending(int socket) throws SocketLayerException {
        calls.act(sockets.get(socket), layer -> ((StreamSocketLayer) layer).shutdownSending(socket));
    }

    @Override
    public void shutdownReceiving(int socket) throws SocketLayerException {
        calls.act(sockets.get(socket), layer -> ((StreamSocketLayer) layer).shutdownReceiving(socket));
    }

    @Override
    public long remoteAddress(int socket) throws SocketLayerException {
        return calls.callStream(sockets.get(socket), layer -> layer.remoteAddress(socket));
    }

    // ---- Sets of sockets

    @Override
    public int readinessSet() throws SocketLayerException {
        return sets.open();
    }

    @Override
    public void watch(int set, int socket, int interests) throws SocketLayerException {
        sets.watch(set, sockets.get(socket), interests);
    }

    @Override
    public int awaitReady(int set, ByteBuffer target, long limitNs) throws SocketLayerException {
        return sets.get(set).await(target, limitNs);
    }

    @Override
    public int takeReady(int set, ByteBuffer target) throws SocketLayerException {
        return sets.get(set).take(target);
    }

    @Override
    public void wakeUp(int set) throws SocketLayerException {
        sets.get(set).wakeUp();
    }

    @Override
    public void closeSet(int set) throws SocketLayerException {
        sets.close(set);
    }

    // ---- Where sessions are

    /** Moves the session of a socket into the server, where calls on it are messages. */
    public void moveToServer(int socket) throws SocketLayerException {
        migration.toServer(sockets.get(socket));
    }

    /**
     * Moves the session of a socket into the library, as the calls do that make sessions.
     *
     * @return {@code false} when it stays in the server
     */
    public boolean moveToLibrary(int socket) throws SocketLayerException {
        SessionSocket session = sockets.get(socket);
        migration.toLibrary(session);
        return session.isInLibrary();
    }

    // ---- Other processes

    @Override
    public byte[] handOver(int socket) throws SocketLayerException {
        return sharing.handOver(sockets.get(socket));
    }

    @Override
    public Share takeOver(byte[] token) throws SocketLayerException {
        return sharing.takeOver(token);
    }

    // ---- Lending

    @Override
    public LendingSockets lending() {
        return lending;
    }

    // ---- The end

    /** The server has taken a session back. */
    private void drop(int descriptor) {
        SessionSocket session = sockets.find(descriptor);
        if (session != null) {
            try {
                migration.dropIfTaken(session);
            } catch (SocketLayerException e) {
                LOG.warn("descriptor {}, whose session the server has taken back: {}", descriptor, e.getMessage());
            }
        }
    }

    /** Tells what moved and the counters of the stack. */
    public void tellCounters(ObjLongConsumer<String> consumer) {
        library.tellCounters(consumer);
        library.sessions().tellCounters(consumer);
        migration.times().tell(consumer);
        consumer.accept("WINDOW_BUFFERS_FREE", link.freeBuffers());
        neighbours.tell(consumer);
    }

    /**
     * Closes all sockets: the server brings to their peers what was sent. What fails keeps nothing else from being closed. The memory of
     * the records stays mapped where the library's link does, since buffers are lent or threads are still there.
     */
    @Override
    public void close() {
        taken.close();
        for (SessionSocket session : sockets.all()) {
            closeQuietly(session.descriptor());
        }
        sets.closeAll();
        neighbours.close();
        try {
            library.close();
        } catch (RuntimeException e) {
            LOG.warn("the protocol library ends with {}", e.toString());
        }
        server.close();
        neighbours.join();
        if (library.isLinkClosed()) {
            recording.close();
        }
    }

    private void closeQuietly(int descriptor) {
        try {
            close(descriptor);
        } catch (SocketLayerException | RuntimeException e) {
            LOG.warn("descriptor {} is left to the server: {}", descriptor, e.toString());
        }
    }
}
