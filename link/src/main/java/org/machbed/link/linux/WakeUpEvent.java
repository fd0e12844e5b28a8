package org.machbed.link.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Ends a wait in poll(2): an eventfd(2), readable from {@link #ring} to {@link #clear}. */
final class WakeUpEvent implements AutoCloseable {
    private final int descriptor;
    private final SystemCalls ringing;
    private final SystemCalls clearing;
    private final MemorySegment one;
    private final MemorySegment room;

    /** An event whose memory is {@code arena}'s. */
    WakeUpEvent(Arena arena) throws IOException {
        ringing = new SystemCalls(arena);
        clearing = new SystemCalls(arena);
        one = arena.allocateFrom(ValueLayout.JAVA_LONG, 1);
        room = arena.allocate(ValueLayout.JAVA_LONG);
        descriptor = SystemCalls.check(ringing.eventfd(), "no eventfd to be woken by");
    }

    int descriptor() {
        return descriptor;
    }

    /** Any thread. It fails only where the event has been rung too often to count, and then it is readable anyway. */
    synchronized void ring() {
        long _ = ringing.write(descriptor, one.address(), Long.BYTES);
    }

    /** On the thread that waits. */
    void clear() {
        long _ = clearing.read(descriptor, room.address(), Long.BYTES);
    }

    @Override
    public void close() {
        SystemCalls.close(descriptor);
    }
}
