package org.machbed.link.linux;

/** A descriptor that reads and writes whole frames of an interface, and does not block. */
sealed interface Attachment extends AutoCloseable permits TapDevice, PacketSocket {
    /** The interface. */
    InterfaceName name();

    /** The descriptor's number. */
    int descriptor();

    /** Bytes of offload header before each frame, both ways: 0, or {@link OffloadHeader#BYTES}. */
    int headerBytes();

    /** Frames that the kernel had no room for since this was last asked. Costs a system call where it can be known. */
    int takeDropped(SystemCalls calls);

    @Override
    void close();
}
