package org.machbed.client.session;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.machbed.proto.bsd.DatagramSession;

/** A socket of the Unix server, and whether its session is in the library. Who moves it holds {@link #moving}; any thread may ask. */
final class SessionSocket {
    private final int descriptor;
    private final boolean isStream;
    private final ReentrantLock moving = new ReentrantLock();

    /** How often it has moved: odd while the session is in the library. */
    private volatile int moves;

    private volatile boolean closed;

    /** Whether it is not to move any more, or not until its addresses change. */
    private volatile boolean stays;

    /** The sets that watch it, and for what. Guarded by moving. */
    private final Map<SessionSet, Integer> watchers = new HashMap<>(0);

    /** Of a datagram socket in the library: its addresses as the server knows them. Guarded by moving. */
    private @Nullable DatagramSession addresses;

    SessionSocket(int descriptor, boolean isStream) {
        this.descriptor = descriptor;
        this.isStream = isStream;
    }

    int descriptor() {
        return descriptor;
    }

    boolean isStream() {
        return isStream;
    }

    ReentrantLock moving() {
        return moving;
    }

    /** Where it is now; tells {@link #hasMovedSince} whether it has moved since. */
    int place() {
        return moves;
    }

    static boolean isInLibrary(int place) {
        return (place & 1) != 0;
    }

    boolean isInLibrary() {
        return isInLibrary(moves);
    }

    boolean isClosed() {
        return closed;
    }

    boolean stays() {
        return stays;
    }

    void stays(boolean value) {
        stays = value;
    }

    /** From the server into the library, or back. With the lock. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // The lock's holder alone writes.
    void moved() {
        moves++;
    }

    /** With the lock. */
    void close() {
        closed = true;
    }

    Map<SessionSet, Integer> watchers() {
        return watchers;
    }

    @Nullable
    DatagramSession addresses() {
        return addresses;
    }

    void addresses(@Nullable DatagramSession session) {
        addresses = session;
    }

    /** Whether it is elsewhere by now, and open; waits for a move under way. */
    boolean hasMovedSince(int place) {
        moving.lock();
        try {
            return !closed && moves != place;
        } finally {
            moving.unlock();
        }
    }
}
