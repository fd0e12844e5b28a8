package org.machbed.client.session;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.machbed.client.binding.SessionMovedException;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayer;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.StreamSocketLayer;

/** Makes calls where the session of a socket is, and again where it has moved meanwhile. Any thread may call. */
final class MovedCalls {
    /** How often a call is made again whose session is where it was looked for: each time the server was asked to find it. */
    static final int MOST_MISSES = 16;

    private final Migration migration;
    private final SocketLayer library;
    private final SocketLayer server;

    MovedCalls(Migration migration, SocketLayer library, SocketLayer server) {
        this.migration = migration;
        this.library = library;
        this.server = server;
    }

    /** A call that is made in the library or in the server. */
    @FunctionalInterface
    interface PlacedCall<T> {
        @Nullable
        T in(boolean library) throws SocketLayerException;
    }

    <T> @Nullable T where(SessionSocket session, PlacedCall<T> call) throws SocketLayerException {
        int misses = 0;
        while (true) {
            int place = session.place();
            try {
                return call.in(SessionSocket.isInLibrary(place));
            } catch (SocketLayerException | SessionMovedException e) {
                misses = requireMoved(session, place, misses, e);
            }
        }
    }

    /** A call on a socket, wherever that is. */
    @FunctionalInterface
    interface Call<T> {
        T on(SocketLayer layer) throws SocketLayerException;
    }

    <T> T call(SessionSocket session, Call<T> call) throws SocketLayerException {
        return Objects.requireNonNull(where(session, inLibrary -> call.on(inLibrary ? library : server)), "an answer");
    }

    /** The same without a value. */
    @FunctionalInterface
    interface Action {
        void on(SocketLayer layer) throws SocketLayerException;
    }

    void act(SessionSocket session, Action action) throws SocketLayerException {
        boolean _ = call(session, layer -> {
            action.on(layer);
            return true;
        });
    }

    /** A call on a stream that is not on the data's path. */
    @FunctionalInterface
    interface StreamCall<T> {
        T on(StreamSocketLayer layer) throws SocketLayerException;
    }

    <T> T callStream(SessionSocket session, StreamCall<T> call) throws SocketLayerException {
        return call(session, layer -> call.on((StreamSocketLayer) layer));
    }

    /**
     * Returns when a call is to be made again where the session is now.
     *
     * @param place where it was looked for
     * @param misses what this has answered the last time; 0 at first
     * @param failure a {@link SocketLayerException}, or what the server has said: that the session has moved
     * @throws SocketLayerException {@code failure}, where the session was there; with EIO when nobody has it, EBADF once the socket is closed
     */
    int requireMoved(SessionSocket session, int place, int misses, Exception failure) throws SocketLayerException {
        if (failure instanceof SocketLayerException thrown) {
            // The library's socket is closed when the session leaves it.
            if (thrown.errno() != Errno.EBADF || !migration.hasLeft(session, place)) {
                throw thrown;
            }
            return 0;
        }
        if (session.hasMovedSince(place)) {
            return 0;
        }
        if (misses == MOST_MISSES) {
            throw caused(Errno.EIO, "the server does not find the session of the socket", failure);
        }
        migration.find(session, place);
        return misses + 1;
    }

    private static SocketLayerException caused(Errno errno, String message, Exception cause) {
        SocketLayerException thrown = new SocketLayerException(errno, message);
        thrown.initCause(cause);
        return thrown;
    }
}
