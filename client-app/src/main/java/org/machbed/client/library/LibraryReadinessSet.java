package org.machbed.client.library;

import java.nio.ByteBuffer;
import org.machbed.link.LinkEnd;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.ReadinessSet;
import org.machbed.netstack.socket.SocketLayerException;

/** A set of sockets, with the threads that wait for one of them to be ready. Guarded by the library's lock. */
final class LibraryReadinessSet {
    private final LibraryHost host;
    private final ReadinessSet sockets = new ReadinessSet(this::onChange);
    private final WaitList waiting;
    private boolean closed;

    LibraryReadinessSet(LibraryHost host) {
        this.host = host;
        waiting = new WaitList(host);
    }

    /** Watches a socket; its name is its descriptor. 0 interests remove it. */
    void watch(LibrarySocket socket, int descriptor, int interests) {
        sockets.watch(socket.watched(), descriptor, interests);
    }

    /** Waits until something is ready, at most so long, 0 for as long as it takes; answers whether the limit was kept. */
    boolean await(long limitNs) throws SocketLayerException {
        if (sockets.isReady()) {
            return true;
        }
        long untilNs = limitNs == 0 ? LinkEnd.FOREVER : host.after(limitNs);
        Waiter waiter = waiting.add(0);
        try {
            while (!sockets.isReady()) {
                if (!host.awaitUninterruptibly(waiter, untilNs)) {
                    return false;
                }
                if (closed) {
                    throw new SocketLayerException(Errno.EBADF, "the set of sockets was closed");
                }
            }
            return true;
        } finally {
            waiting.remove(waiter);
        }
    }

    /** Answers how many pairs it put. */
    int take(ByteBuffer target) {
        if (!sockets.isReady()) {
            host.look();
        }
        int position = target.position();
        int pairs = sockets.take(target);
        target.position(position);
        return pairs;
    }

    void wakeUp() {
        sockets.wakeUp();
    }

    private void onChange() {
        if (!waiting.isEmpty() && sockets.isReady()) {
            waiting.signalAll();
        }
    }

    /** Closes the set; whoever waits fails with EBADF. */
    void close() {
        closed = true;
        sockets.close();
        waiting.signalAll();
    }
}
