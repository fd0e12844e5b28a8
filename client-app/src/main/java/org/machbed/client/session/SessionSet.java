package org.machbed.client.session;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.machbed.client.binding.EmulationLibrary;
import org.machbed.client.library.LibrarySocketLayer;
import org.machbed.netstack.socket.ReadinessSet;
import org.machbed.netstack.socket.SocketLayerException;

/**
 * A set of sockets of which some live in the library and some in the server. Who selects waits in the library. Where sockets
 * of the server are in the set, a thread beside it blocks in the server's select, and wakes it when there is something; what that is,
 * whoever selects asks then itself. So an event of the library costs no message.
 */
final class SessionSet {
    private final LibrarySocketLayer library;
    private final EmulationLibrary server;
    private final int set;

    /** The sockets that know of it. */
    private final Set<SessionSocket> watched = new HashSet<>();

    /** Descriptors of the sockets that live in the server. */
    private final Set<Integer> inServer = new HashSet<>();

    /** Made with the first socket that lives there. */
    private @Nullable ServerSelect select;

    private int selecting;

    /** Whether the application has woken it up and nobody has been told. */
    private boolean wokenUp;

    private boolean closed;

    SessionSet(LibrarySocketLayer library, EmulationLibrary server) throws SocketLayerException {
        this.library = library;
        this.server = server;
        set = library.readinessSet();
    }

    /** Its descriptor. */
    int descriptor() {
        return set;
    }

    /** Watches a socket where it lives; with its lock. 0 removes it. */
    void watch(SessionSocket socket, int interests) throws SocketLayerException {
        if (socket.isInLibrary()) {
            watchInLibrary(socket, interests);
        } else {
            watchInServer(socket, interests);
        }
        if (interests == 0) {
            socket.watchers().remove(this);
        } else if (know(socket)) {
            socket.watchers().put(this, interests);
        }
    }

    /** Answers whether it may be known to a socket: not once it is closed. */
    private synchronized boolean know(SessionSocket socket) {
        if (!closed) {
            boolean _ = watched.add(socket);
        }
        return !closed;
    }

    private void leave(SessionSocket socket) {
        socket.moving().lock();
        try {
            socket.watchers().remove(this);
        } finally {
            socket.moving().unlock();
        }
    }

    void watchInLibrary(SessionSocket socket, int interests) throws SocketLayerException {
        if (!isClosed()) {
            library.watch(set, socket.descriptor(), interests);
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    synchronized void watchInServer(SessionSocket socket, int interests) throws SocketLayerException {
        if (closed || (interests == 0 && !inServer.contains(socket.descriptor()))) {
            return;
        }
        ServerSelect there = select;
        if (there == null) {
            there = new ServerSelect(server, () -> library.wakeUp(set));
            select = there;
        }
        server.watch(there.set(), socket.descriptor(), interests);
        if (interests == 0) {
            inServer.remove(socket.descriptor());
        } else {
            inServer.add(socket.descriptor());
            if (selecting > 0) {
                there.begin();
            }
        }
    }

    /** A socket is about to be closed, which leaves the sets in the server and in the library. */
    synchronized void forget(SessionSocket socket) {
        watched.remove(socket);
        inServer.remove(socket.descriptor());
    }

    /** As {@link org.machbed.netstack.socket.ReadinessSetLayer#awaitReady}. */
    int await(ByteBuffer target, long limitNs) throws SocketLayerException {
        long untilNs = limitNs == 0 || limitNs > Long.MAX_VALUE / 4 ? 0 : System.nanoTime() + limitNs;
        begin();
        try {
            while (true) {
                long leftNs = untilNs == 0 ? 0 : Math.max(1, untilNs - System.nanoTime());
                int pairs = withoutOwnWakeUp(target, library.awaitReady(set, target, leftNs));
                boolean over = pairs == 0 && untilNs != 0 && System.nanoTime() - untilNs >= 0;
                pairs += fromServer(target, pairs);
                if (pairs != 0 || over) {
                    return pairs;
                }
            }
        } finally {
            synchronized (this) {
                selecting--;
            }
        }
    }

    private synchronized void begin() {
        selecting++;
        ServerSelect there = select;
        if (there != null && !inServer.isEmpty()) {
            there.begin();
        }
    }

    /** As {@link org.machbed.netstack.socket.ReadinessSetLayer#takeReady}. */
    int take(ByteBuffer target) throws SocketLayerException {
        int pairs = withoutOwnWakeUp(target, library.takeReady(set, target));
        ServerSelect there = serverSelect();
        return there == null ? pairs : pairs + takeFrom(there, target, pairs);
    }

    private synchronized @Nullable ServerSelect serverSelect() {
        return inServer.isEmpty() ? null : select;
    }

    /** What is ready in the server, when it says that something is. */
    private int fromServer(ByteBuffer target, int pairs) throws SocketLayerException {
        ServerSelect there = serverSelect();
        if (there == null || !there.takeHint()) {
            return 0;
        }
        int more = takeFrom(there, target, pairs);
        if (more == 0 && pairs == 0) {
            // Another thread has been faster: who selects goes on waiting.
            there.begin();
        }
        return more;
    }

    private int takeFrom(ServerSelect there, ByteBuffer target, int pairs) throws SocketLayerException {
        int position = target.position() + pairs * ReadinessSet.PAIR_BYTES;
        if (target.limit() - position < ReadinessSet.PAIR_BYTES) {
            return 0;
        }
        return server.takeReady(there.set(), target.duplicate().position(position));
    }

    /** Takes out the wake-up that was meant for whoever waits only. */
    private synchronized int withoutOwnWakeUp(ByteBuffer target, int pairs) {
        if (pairs == 0 || target.getInt(target.position()) != ReadinessSet.WAKE_UP) {
            return pairs;
        }
        if (wokenUp) {
            wokenUp = false;
            return pairs;
        }
        int from = target.position();
        target.put(from, target, from + ReadinessSet.PAIR_BYTES, (pairs - 1) * ReadinessSet.PAIR_BYTES);
        return pairs - 1;
    }

    void wakeUp() throws SocketLayerException {
        synchronized (this) {
            wokenUp = true;
        }
        library.wakeUp(set);
    }

    void close() throws SocketLayerException {
        ServerSelect there;
        List<SessionSocket> sockets;
        synchronized (this) {
            closed = true;
            there = select;
            select = null;
            inServer.clear();
            sockets = List.copyOf(watched);
            watched.clear();
        }
        // Without the monitor, which comes after a socket's lock.
        sockets.forEach(this::leave);
        library.closeSet(set);
        if (there != null) {
            there.close();
        }
    }
}
