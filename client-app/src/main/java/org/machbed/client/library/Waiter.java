package org.machbed.client.library;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.socket.DatagramHeader;

/** A thread in a call that waits. Taken from {@link LibraryHost} and given back there; guarded by its lock. */
final class Waiter {
    private static final MemorySegment NO_TARGET = MemorySegment.ofArray(new byte[0]);

    /** Where the thread is. */
    enum Place {
        /** It runs, or waits for the lock. */
        RUNNING,
        /** It leads: it awaits the link. */
        ON_LINK,
        /** It follows: it is parked. */
        PARKED
    }

    Thread thread = Thread.currentThread();
    Place place = Place.RUNNING;

    /** Whether what it waits for may hold. */
    boolean signalled;

    /** What it waits for, for its {@link WaitList}. */
    int interests;

    @Nullable
    Waiter previousInList;

    @Nullable
    Waiter nextInList;

    @Nullable
    Waiter previousFollower;

    @Nullable
    Waiter nextFollower;

    /** Where a datagram is wanted, in memory that perhaps this thread alone may touch. */
    private MemorySegment target = NO_TARGET;

    private long targetOffset;
    private int targetBytes;
    private boolean wantsDatagram;

    /** The {@link DatagramHeader} of what was put there. */
    private long header = DatagramHeader.NONE;

    void wantDatagram(MemorySegment memory, long offset, int roomBytes) {
        target = memory;
        targetOffset = offset;
        targetBytes = roomBytes;
        wantsDatagram = true;
        header = DatagramHeader.NONE;
    }

    /** Whether a datagram that comes now can go where this thread wants it. */
    boolean takesDatagram() {
        return wantsDatagram && thread.equals(Thread.currentThread());
    }

    /** Takes one; answers how many bytes there was room for. */
    int takeDatagram(MemorySegment memory, long offset, long arrivedHeader) {
        int bytes = Math.min(DatagramHeader.lengthBytes(arrivedHeader), targetBytes);
        MemorySegment.copy(memory, offset, target, targetOffset, bytes);
        header = arrivedHeader;
        wantsDatagram = false;
        return bytes;
    }

    /** The datagram that was taken, or {@link DatagramHeader#NONE}. */
    long datagramHeader() {
        return header;
    }

    void begin() {
        thread = Thread.currentThread();
        place = Place.RUNNING;
        signalled = false;
        interests = 0;
    }

    /** Forgets whose it was. */
    void end() {
        target = NO_TARGET;
        wantsDatagram = false;
        header = DatagramHeader.NONE;
    }
}
