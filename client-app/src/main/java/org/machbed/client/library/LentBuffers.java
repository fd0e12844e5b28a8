package org.machbed.client.library;

import java.util.concurrent.atomic.AtomicInteger;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;

/** How many buffers of the library are with the application. Bounded; any thread may take one back. */
final class LentBuffers {
    /** Of all kinds. */
    static final int MOST = 1_024;

    private final AtomicInteger count = new AtomicInteger();

    /** With the library's lock, before something is lent. */
    void requireRoom() throws SocketLayerException {
        if (count.get() >= MOST) {
            throw new SocketLayerException(
                    Errno.ENOBUFS,
                    MOST + " buffers of the protocol library are lent, which is as many as there may be");
        }
    }

    /** With the library's lock: something is lent. */
    void lend() {
        count.incrementAndGet();
    }

    void takeBack() {
        count.decrementAndGet();
    }

    int count() {
        return count.get();
    }
}
