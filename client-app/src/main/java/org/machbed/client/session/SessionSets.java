package org.machbed.client.session;

import java.util.concurrent.ConcurrentHashMap;
import org.machbed.client.binding.EmulationLibrary;
import org.machbed.client.library.LibrarySocketLayer;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The sets of sockets of this process by descriptor, which is the library's. Thread-safe. */
final class SessionSets {
    private static final Logger LOG = LoggerFactory.getLogger(SessionSets.class);

    private final LibrarySocketLayer library;
    private final EmulationLibrary server;
    private final ConcurrentHashMap<Integer, SessionSet> sets = new ConcurrentHashMap<>();

    SessionSets(LibrarySocketLayer library, EmulationLibrary server) {
        this.library = library;
        this.server = server;
    }

    int open() throws SocketLayerException {
        SessionSet set = new SessionSet(library, server);
        sets.put(set.descriptor(), set);
        return set.descriptor();
    }

    SessionSet get(int descriptor) throws SocketLayerException {
        SessionSet set = sets.get(descriptor);
        if (set == null) {
            throw new SocketLayerException(Errno.EBADF, "set " + descriptor + " is not open");
        }
        return set;
    }

    /** As {@link org.machbed.netstack.socket.ReadinessSetLayer#watch}. */
    void watch(int descriptor, SessionSocket session, int interests) throws SocketLayerException {
        SessionSet watching = get(descriptor);
        session.moving().lock();
        try {
            if (session.isClosed()) {
                throw new SocketLayerException(Errno.EBADF, "descriptor " + session.descriptor() + " is not open");
            }
            watching.watch(session, interests);
        } finally {
            session.moving().unlock();
        }
    }

    void close(int descriptor) throws SocketLayerException {
        SessionSet closed = sets.remove(descriptor);
        if (closed != null) {
            closed.close();
        }
    }

    void closeAll() {
        for (int descriptor : sets.keySet()) {
            try {
                close(descriptor);
            } catch (SocketLayerException | RuntimeException e) {
                LOG.warn("set {} is left to the server: {}", descriptor, e.toString());
            }
        }
    }
}
