package org.machbed.ipc.window;

/**
 * Shape of a window, fixed when the kernel creates it.
 *
 * @param queue what the IN and OUT queue are made of
 * @param pools number of buffer pools, 1 to 64; more pools make it likelier that the driver finds one unlocked
 * @param buffersPerPool buffers in each, 1 to 65,536
 * @param bufferBytes room in each buffer (mbuf clusters had 2 KiB), a multiple of 64 up to 128 KiB
 * @param queueDescriptors most descriptors outstanding in each queue, 1 to 8,192
 */
public record WindowConfiguration(
        QueueKind queue, int pools, int buffersPerPool, int bufferBytes, int queueDescriptors) {
    private static final int MAX_POOLS = 64;
    private static final int MAX_BUFFERS_PER_POOL = 65_536;
    private static final int MAX_BUFFER_BYTES = 128 << 10;
    private static final int MAX_QUEUE_DESCRIPTORS = 8_192;
    private static final long MAX_TOTAL_BYTES = 48L << 20;

    public WindowConfiguration {
        require(pools, 1, MAX_POOLS, "pools");
        require(buffersPerPool, 1, MAX_BUFFERS_PER_POOL, "buffers in a pool");
        require(bufferBytes, 64, MAX_BUFFER_BYTES, "bytes in a buffer");
        require(queueDescriptors, 1, MAX_QUEUE_DESCRIPTORS, "descriptors in a queue");
        if (bufferBytes % 64 != 0) {
            throw new IllegalArgumentException("a window's buffers must be multiples of 64 bytes, not " + bufferBytes);
        }
        if ((long) pools * buffersPerPool * bufferBytes > MAX_TOTAL_BYTES) {
            throw new IllegalArgumentException("a window's buffers may take " + MAX_TOTAL_BYTES + " bytes, not "
                    + (long) pools * buffersPerPool * bufferBytes);
        }
    }

    public int buffers() {
        return pools * buffersPerPool;
    }

    private static void require(int value, int least, int most, String what) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    "a window may have " + least + " to " + most + " " + what + ", not " + value);
        }
    }
}
