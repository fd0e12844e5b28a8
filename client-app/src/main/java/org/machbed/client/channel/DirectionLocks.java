package org.machbed.client.channel;

import java.util.concurrent.locks.ReentrantLock;

/** The locks of a channel whose two directions go on at once. Taken in the order read, write, and before the socket's state. */
final class DirectionLocks {
    /** Held by who receives. */
    final ReentrantLock read = new ReentrantLock();

    /** Held by who sends. */
    final ReentrantLock write = new ReentrantLock();

    /** Waits for the calls under way in both directions and keeps others out. */
    void lockBoth() {
        read.lock();
        write.lock();
    }

    void unlockBoth() {
        write.unlock();
        read.unlock();
    }
}
