package org.machbed.ipc.window;

/**
 * A frame in a window's buffer, as it travels through a queue: one word, never negative, so that {@link WindowQueue#NONE} is
 * none.
 *
 * <pre>
 *  63 62                   40 39                  20 19                   0
 * +--+-----------------------+----------------------+----------------------+
 * |0 |        buffer         | offset in it, bytes  |    length, bytes     |
 * +--+-----------------------+----------------------+----------------------+
 * </pre>
 */
public final class Descriptor {
    private static final int FIELD_MASK = (1 << 20) - 1;
    private static final int BUFFER_SHIFT = 40;
    private static final int OFFSET_SHIFT = 20;

    private Descriptor() {}

    public static long pack(int buffer, int offsetBytes, int lengthBytes) {
        return (long) buffer << BUFFER_SHIFT
                | (long) (offsetBytes & FIELD_MASK) << OFFSET_SHIFT
                | (lengthBytes & FIELD_MASK);
    }

    public static int buffer(long descriptor) {
        return (int) (descriptor >>> BUFFER_SHIFT);
    }

    public static int offsetBytes(long descriptor) {
        return (int) (descriptor >>> OFFSET_SHIFT) & FIELD_MASK;
    }

    public static int lengthBytes(long descriptor) {
        return (int) descriptor & FIELD_MASK;
    }

    /** Whether the other side's word names room that exists. */
    static boolean valid(long descriptor, WindowConfiguration configuration) {
        return descriptor >= 0
                && buffer(descriptor) < configuration.buffers()
                && offsetBytes(descriptor) + lengthBytes(descriptor) <= configuration.bufferBytes();
    }
}
