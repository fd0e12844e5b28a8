package org.machbed.link.linux;

import java.lang.foreign.MemorySegment;

/** A descriptor that carries whole frames, one a call, and does not block. */
sealed interface Attachment extends AutoCloseable permits TapDevice, PacketSocket, UdpSegment {
    /** What {@link #receive} answers when it took something that is no frame for us, and has counted it. */
    long NOTHING = 0;

    /** What it is called in messages, with its kind: "interface eth0". */
    String title();

    /** The descriptor's number. */
    int descriptor();

    /** Bytes of offload header before each frame, both ways: 0, or {@link OffloadHeader#BYTES}. */
    int headerBytes();

    /**
     * Takes one frame, with its offload header, to the beginning of {@code room}. The receiving thread.
     *
     * @return its bytes, {@link #NOTHING}, or the negated errno
     */
    default long receive(SystemCalls calls, MemorySegment room) {
        return calls.read(descriptor(), room.address(), room.byteSize());
    }

    /**
     * Sends one frame of {@code bytes} bytes, offload header included, which stands at {@code offset}. The sending thread.
     *
     * @return what is not negative, or the negated errno
     */
    default long send(SystemCalls calls, MemorySegment memory, long offset, long bytes) {
        return calls.write(descriptor(), memory.address() + offset, bytes);
    }

    /** Whether it can look for its interface once that is down. */
    default boolean canRejoin() {
        return false;
    }

    /**
     * Looks for its interface, which by now may be another one of that name or subnet, and joins it. The receiving thread, in the network
     * namespace in which it was opened.
     *
     * @return false when there is none, or it is down
     */
    default boolean rejoin(SystemCalls calls) {
        return false;
    }

    /** Frames that the kernel had no room for since this was last asked. Costs a system call where it can be known. */
    int takeDropped(SystemCalls calls);

    @Override
    void close();
}
