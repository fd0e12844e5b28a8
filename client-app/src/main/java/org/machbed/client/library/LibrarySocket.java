package org.machbed.client.library;

import org.jspecify.annotations.Nullable;
import org.machbed.link.LinkEnd;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.Readiness;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.WatchedSocket;

/**
 * A socket of the library with the threads that wait on it: what sockets of both kinds have in common. A thread that waits tries again
 * itself when it is signalled, so that its buffers are touched by it alone. Guarded by the library's lock.
 */
abstract sealed class LibrarySocket permits LibraryDatagramSocket, LibraryStreamSocket {
    final LibraryHost host;
    final WaitList waiting;

    /** For the sets that it is in. */
    private final WatchedSocket watched = new WatchedSocket(this::readinessOrAll);

    private boolean closed;

    LibrarySocket(LibraryHost host) {
        this.host = host;
        this.waiting = new WaitList(host);
    }

    abstract void bind(int ipv4, int port) throws SocketLayerException;

    abstract long localAddress() throws SocketLayerException;

    abstract int option(SocketOptionName name) throws SocketLayerException;

    abstract void setOption(SocketOptionName name, int value) throws SocketLayerException;

    /**
     * Bits of {@link Readiness} that hold now. {@link #changed} is called once another one of {@code interests} may hold.
     */
    abstract int readiness(int interests) throws SocketLayerException;

    /** Closes what the stack has of it. */
    abstract void closeInStack();

    /**
     * Waits until one of {@code interests} holds.
     *
     * @return {@code false} when {@code limitNs} came first
     */
    final boolean await(int interests, long limitNs) throws SocketLayerException {
        checkHere();
        if (holds(interests)) {
            return true;
        }
        long untilNs = host.after(limitNs);
        host.look();
        Waiter waiter = waiting.add(interests);
        try {
            while (!holds(interests)) {
                if (!host.await(waiter, untilNs)) {
                    return false;
                }
                checkHere();
            }
            return true;
        } finally {
            waiting.remove(waiter);
        }
    }

    /** Something that is not there yet where it answers {@code null}. */
    @FunctionalInterface
    interface Attempt<T> {
        @Nullable
        T make() throws SocketLayerException;
    }

    /**
     * Tries until something is there.
     *
     * @param interests what to wait for from one time to the next
     * @return {@code null} when it is not there and it may not wait
     */
    final <T> @Nullable T until(int interests, boolean wait, Attempt<T> attempt) throws SocketLayerException {
        T made = attempt.make();
        if (made != null) {
            return made;
        }
        if (!wait) {
            host.look();
            return attempt.make();
        }
        Waiter waiter = waiting.add(interests);
        try {
            do {
                boolean _ = host.await(waiter, LinkEnd.FOREVER);
                made = attempt.make();
            } while (made == null);
            return made;
        } finally {
            waiting.remove(waiter);
        }
    }

    private boolean holds(int interests) throws SocketLayerException {
        return (readiness(interests) & interests) != 0;
    }

    final WatchedSocket watched() {
        return watched;
    }

    /** Something about the socket may have changed: its sets, and who waits for what holds now, are told. */
    final void changed() {
        watched.changed();
        if (!waiting.isEmpty()) {
            waiting.signal(readinessOrAll(waiting.interests()));
        }
    }

    private int readinessOrAll(int interests) {
        try {
            return readiness(interests);
        } catch (SocketLayerException e) {
            // Whoever waits hears of it by the call that it waits to make.
            return -1;
        }
    }

    /** Fails with EBADF when the socket was closed, or what it stands for is elsewhere: then it will be. */
    void checkHere() throws SocketLayerException {
        if (closed) {
            throw new SocketLayerException(Errno.EBADF, "the socket was closed");
        }
    }

    /** Closes the socket: whoever waits tries again and fails with EBADF, and its sets forget it. */
    final void close() {
        closed = true;
        watched.leaveAll();
        closeInStack();
        waiting.signalAll();
    }
}
