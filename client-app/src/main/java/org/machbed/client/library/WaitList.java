package org.machbed.client.library;

import org.jspecify.annotations.Nullable;
import org.machbed.netstack.socket.SocketLayerException;

/** The threads that wait for something of one socket, or of one set of sockets. Guarded by the library's lock. */
final class WaitList {
    private final LibraryHost host;
    private @Nullable Waiter head;
    private @Nullable Waiter tail;

    WaitList(LibraryHost host) {
        this.host = host;
    }

    boolean isEmpty() {
        return head == null;
    }

    /** Adds the calling thread, which waits for bits of {@code interests}; {@link #remove} must follow. */
    Waiter add(int interests) throws SocketLayerException {
        Waiter waiter = host.newWaiter();
        waiter.interests = interests;
        waiter.previousInList = tail;
        waiter.nextInList = null;
        if (tail == null) {
            head = waiter;
        } else {
            tail.nextInList = waiter;
        }
        tail = waiter;
        return waiter;
    }

    void remove(Waiter waiter) {
        Waiter previous = waiter.previousInList;
        Waiter next = waiter.nextInList;
        if (previous == null) {
            head = next;
        } else {
            previous.nextInList = next;
        }
        if (next == null) {
            tail = previous;
        } else {
            next.previousInList = previous;
        }
        host.release(waiter);
    }

    /** All that anybody here waits for. */
    int interests() {
        int all = 0;
        for (Waiter waiter = head; waiter != null; waiter = waiter.nextInList) {
            all |= waiter.interests;
        }
        return all;
    }

    /** Has those look again who wait for any of {@code readiness}. */
    void signal(int readiness) {
        for (Waiter waiter = head; waiter != null; waiter = waiter.nextInList) {
            if ((waiter.interests & readiness) != 0) {
                host.signal(waiter);
            }
        }
    }

    /** Has everybody look again. */
    void signalAll() {
        for (Waiter waiter = head; waiter != null; waiter = waiter.nextInList) {
            host.signal(waiter);
        }
    }

    /** The first one that can take a datagram where it wants it. */
    @Nullable
    Waiter taker() {
        Waiter waiter = head;
        while (waiter != null && !waiter.takesDatagram()) {
            waiter = waiter.nextInList;
        }
        return waiter;
    }
}
