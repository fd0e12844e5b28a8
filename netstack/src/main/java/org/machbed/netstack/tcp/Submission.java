package org.machbed.netstack.tcp;

import java.lang.foreign.MemorySegment;

/**
 * What a connection's user gives to be sent, by the call SEND (RFC 9293 section 3.10.2), and its wait for memory when there is none
 * to take it.
 */
final class Submission {
    private final TcpConnection c;

    /** Whether the user was refused memory and has got none since. */
    private boolean starved;

    Submission(TcpConnection connection) {
        this.c = connection;
    }

    int send(MemorySegment memory, long offset, int lengthBytes, boolean urgent, long nowNs) {
        if (!isOpen()) {
            return 0;
        }
        int taken = append(memory, offset, lengthBytes, nowNs);
        if (taken > 0) {
            c.onChanged();
            if (urgent) {
                c.send.markUrgent(c.sendBuffer.endSequence());
            }
            c.transmission.run(nowNs);
        }
        return taken;
    }

    private int append(MemorySegment memory, long offset, int lengthBytes, long nowNs) {
        int wanted = Math.min(lengthBytes, c.sendBuffer.roomBytes());
        int taken = c.sendBuffer.append(memory, offset, lengthBytes);
        if (taken < wanted && !starved) {
            starved = true;
            c.layer.memoryQueue.add(this);
        } else if (taken == wanted && taken > 0) {
            waitNoMore();
        }
        c.idleBuffers.onUsed(nowNs);
        return taken;
    }

    /** Reserves room for what the user composes in place; answers how much there is. */
    int reserve(int wantedBytes, long nowNs) {
        if (!isOpen()) {
            return 0;
        }
        boolean room = wantedBytes > 0 && c.sendBuffer.roomBytes() > 0;
        int reserved = c.sendBuffer.reserve(wantedBytes);
        if (reserved > 0) {
            waitNoMore();
        } else if (room && !starved) {
            starved = true;
            c.layer.memoryQueue.add(this);
        }
        c.idleBuffers.onUsed(nowNs);
        return reserved;
    }

    /** Ends a reservation; answers whether its first octets were taken as text. */
    boolean commit(int bytes, long nowNs) {
        boolean taken = bytes > 0 && isOpen() && c.sendBuffer.mayCommit();
        if (taken) {
            c.sendBuffer.commit(bytes);
            c.onChanged();
        }
        c.sendBuffer.endReservation();
        c.idleBuffers.onUsed(nowNs);
        if (taken) {
            c.transmission.run(nowNs);
        }
        return taken;
    }

    private boolean isOpen() {
        return c.state.maySend() && !c.closeRequested;
    }

    /** Its turn to take memory that was given back has come; answers whether it waits no more. */
    boolean takeMemory(long nowNs) {
        if (isOpen() && !c.sendBuffer.makeRoom()) {
            return false;
        }
        starved = false;
        c.idleBuffers.onUsed(nowNs); // it goes to another one if the user takes its time
        c.raise(PendingEvents.WRITABLE);
        return true;
    }

    /** The user has got what it wanted without, or wants nothing any more. */
    void waitNoMore() {
        if (starved) {
            starved = false;
            c.layer.memoryQueue.remove(this);
        }
    }

    int writableBytes() {
        if (!isOpen()) {
            return 0;
        }
        return starved ? c.sendBuffer.roomInMemoryBytes() : c.sendBuffer.roomBytes();
    }
}
