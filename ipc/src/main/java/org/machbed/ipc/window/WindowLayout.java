package org.machbed.ipc.window;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * Where things lie in a window's memory:
 *
 * <pre>
 *     0  magic, queue kind, pools, buffers in a pool, bytes in a buffer, descriptors in a queue,
 *        whether opened
 *    64  doorbell of the protocol side (IN queue)     128  doorbell of the interrupt side (OUT queue)
 *   192  doorbell of threads that want buffers        256  m_want
 *   320  control of the IN queue                      512  control of the OUT queue
 *   704  control of the deferred-free queue           1024 its ring, one int a buffer
 *        where queues are rings: those of the IN and of the OUT queue, one long a descriptor
 *        control block and free stack of each pool
 *        the buffers, from the next page, pool after pool
 * </pre>
 */
final class WindowLayout {
    /** 1 once a protocol side has opened the window. */
    static final long OPENED = 28;

    static final long PROTOCOL_DOORBELL = 64;
    static final long INTERRUPT_DOORBELL = 128;
    static final long WANT_DOORBELL = 192;
    static final long WANT = 256;
    static final long IN_CONTROL = 320;
    static final long OUT_CONTROL = 512;
    static final long DEFERRED_CONTROL = 704;
    static final long DEFERRED_RING = 1024;

    private static final long MAGIC = 0x4d42_5749_4e44_3031L;
    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();
    private static final long LINE_BYTES = 64;
    private static final long PAGE_BYTES = 4096;

    private final WindowConfiguration configuration;

    WindowLayout(WindowConfiguration configuration) {
        this.configuration = configuration;
    }

    static void initialise(MemorySegment memory, WindowConfiguration configuration) {
        memory.set(ValueLayout.JAVA_INT, 8, configuration.queue().number());
        memory.set(ValueLayout.JAVA_INT, 12, configuration.pools());
        memory.set(ValueLayout.JAVA_INT, 16, configuration.buffersPerPool());
        memory.set(ValueLayout.JAVA_INT, 20, configuration.bufferBytes());
        memory.set(ValueLayout.JAVA_INT, 24, configuration.queueDescriptors());
        LONG.setRelease(memory, 0L, MAGIC);
    }

    /** The shape of a window that the kernel made, read once. */
    static WindowConfiguration read(MemorySegment memory, Object name) throws IOException {
        if (memory.byteSize() < DEFERRED_RING || (long) LONG.getAcquire(memory, 0L) != MAGIC) {
            throw new IOException(name + " is no window of this version");
        }
        try {
            WindowConfiguration configuration = new WindowConfiguration(
                    QueueKind.of(memory.get(ValueLayout.JAVA_INT, 8)),
                    memory.get(ValueLayout.JAVA_INT, 12),
                    memory.get(ValueLayout.JAVA_INT, 16),
                    memory.get(ValueLayout.JAVA_INT, 20),
                    memory.get(ValueLayout.JAVA_INT, 24));
            if (new WindowLayout(configuration).sizeBytes() > memory.byteSize()) {
                throw new IOException(name + " is a damaged window: too small for its buffers");
            }
            return configuration;
        } catch (IllegalArgumentException e) {
            throw new IOException(name + " is a damaged window: " + e.getMessage(), e);
        }
    }

    /** The descriptors of the IN queue where it is a ring. */
    long inRing() {
        return DEFERRED_RING + roundUp((long) deferredCapacity() * Integer.BYTES, LINE_BYTES);
    }

    /** The same of the OUT queue. */
    long outRing() {
        return inRing() + ringBytes();
    }

    private long ringBytes() {
        return configuration.queue() == QueueKind.RING
                ? roundUp((long) RingWindowQueue.slots(configuration.queueDescriptors()) * Long.BYTES, LINE_BYTES)
                : 0;
    }

    long poolControl(int pool) {
        return outRing()
                + ringBytes()
                + pool * (LINE_BYTES + roundUp((long) configuration.buffersPerPool() * Integer.BYTES, LINE_BYTES));
    }

    long freeStack(int pool) {
        return poolControl(pool) + LINE_BYTES;
    }

    /** A power of two with room for every buffer at once, so that an honest deferral always finds room. */
    int deferredCapacity() {
        return Integer.highestOneBit(Math.max(1, configuration.buffers() - 1)) << 1;
    }

    long buffer(int buffer) {
        return roundUp(poolControl(configuration.pools()), PAGE_BYTES) + (long) buffer * configuration.bufferBytes();
    }

    long sizeBytes() {
        return buffer(configuration.buffers());
    }

    private static long roundUp(long value, long unit) {
        return (value + unit - 1) / unit * unit;
    }
}
