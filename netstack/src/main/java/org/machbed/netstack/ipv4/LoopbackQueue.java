package org.machbed.netstack.ipv4;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.ethernet.EthernetHeader;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.netstack.link.FrameOutput;

/**
 * Packets to ourselves, between the call that sent them and the moment when the stack is free to take them in (RFC 1122
 * section 3.2.1.3 (g)). They are composed where they will be read. Its memory grows to what was needed at once, 2 MiB at
 * most, and stays.
 */
public final class LoopbackQueue implements FrameOutput {
    private static final int CAPACITY = 32;

    private static final int SMALLEST_ROOM_BYTES = 2048;

    private final FrameBuffer[] frames = new FrameBuffer[CAPACITY];
    private int head;
    private int size;

    /** Room for one more, or {@code null} when the queue is full. Only one may be outstanding. */
    @Override
    public @Nullable FrameBuffer allocate(int lengthBytes) {
        if (size == CAPACITY) {
            return null;
        }
        int tail = (head + size) % CAPACITY;
        FrameBuffer frame = frames[tail];
        if (frame == null) {
            frame = new FrameBuffer();
            frames[tail] = frame;
        }
        if (frame.memory.byteSize() < lengthBytes) {
            int room = Math.max(SMALLEST_ROOM_BYTES, Math.min(roundUp(lengthBytes), maximumRoom()));
            frame.memory = Arena.ofAuto().allocate(room);
        }
        frame.length = lengthBytes;
        return frame;
    }

    private static int roundUp(int bytes) {
        return Integer.highestOneBit(bytes - 1) << 1;
    }

    private static int maximumRoom() {
        return EthernetHeader.LENGTH_BYTES + Ipv4Header.MAXIMUM_PACKET_BYTES;
    }

    @Override
    public void transmit(FrameBuffer frame) {
        size++;
    }

    @Override
    public void release(FrameBuffer frame) {
        // the next allocate lends it again
    }

    public boolean isEmpty() {
        return size == 0;
    }

    /** Hands the oldest packet to {@code input} and forgets it. Packets sent meanwhile queue up behind it. */
    public void deliver(Ipv4Input input, long nowNs) {
        FrameBuffer frame = frames[head];
        try {
            MemorySegment memory = frame.memory;
            input.onLoopback(
                    memory,
                    frame.offset + EthernetHeader.LENGTH_BYTES,
                    frame.length - EthernetHeader.LENGTH_BYTES,
                    nowNs);
        } finally {
            head = (head + 1) % CAPACITY;
            size--;
        }
    }
}
