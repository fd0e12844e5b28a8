package org.machbed.client.lending;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.machbed.netstack.socket.DatagramHeader;

/** A loan that stands for one: its memory is its own, and what goes in or comes out is copied. */
public final class OwnMemory extends Loan {
    private OwnMemory(Arena arena, MemorySegment memory, long header) {
        super(arena, memory, header);
    }

    /** Room to compose in. */
    public static OwnMemory ofRoom(int bytes) {
        return ofRoom(bytes, DatagramHeader.NONE);
    }

    /** Room for what is received. */
    public static OwnMemory ofRoom(int bytes, long header) {
        Arena arena = Arena.ofConfined();
        return new OwnMemory(arena, arena.allocate(bytes), header);
    }

    /** A copy of what was received. */
    public static OwnMemory copyOf(MemorySegment received, long header) {
        OwnMemory copy = ofRoom((int) received.byteSize(), header);
        copy.memory().copyFrom(received);
        return copy;
    }

    @Override
    protected void giveBack() {
        // The memory has ended with its arena.
    }
}
