package org.machbed.netstack.socket;

import java.nio.ByteBuffer;

/**
 * The calls for sets of sockets, of either kind, of which one call tells which are ready: what epoll is on Linux, level-triggered. A
 * binding has them beside its sockets where its topology can. A socket may be in several sets, and leaves them when it is closed.
 *
 * <p>All methods may be called by many threads at once; on a set that {@link #closeSet} has closed they fail with
 * {@link Errno#EBADF}, also a wait.
 */
public interface ReadinessSetLayer {
    /** Opens an empty set. */
    int readinessSet() throws SocketLayerException;

    /**
     * Watches a socket, or watches it for something else.
     *
     * @param interests bits of {@link Readiness#INTERESTS}; 0 removes the socket
     */
    void watch(int set, int socket, int interests) throws SocketLayerException;

    /**
     * Waits until there is something to put, and puts it as {@link #takeReady} does. An interrupt does not end it; a wake-up does.
     *
     * @param limitNs how long at most, 0 for as long as it takes
     * @return how many, 0 when the limit came first
     */
    int awaitReady(int set, ByteBuffer target, long limitNs) throws SocketLayerException;

    /**
     * Puts the pairs of {@link ReadinessSet#take} into {@code target} from its position, which it leaves alone; never waits.
     *
     * @param target big-endian
     * @return how many
     */
    int takeReady(int set, ByteBuffer target) throws SocketLayerException;

    /** Ends a wait, or the next one, by a pair of its own: {@link ReadinessSet#WAKE_UP}. */
    void wakeUp(int set) throws SocketLayerException;

    /** Closes a set, not its sockets; a second close is ignored. */
    void closeSet(int set) throws SocketLayerException;
}
