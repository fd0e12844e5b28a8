package org.machbed.server.unix;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import org.machbed.server.driver.FrameOwner;

/**
 * What a socket has received and not yet delivered (struct sockbuf, uipc_socket2.c): records of a name mbuf and, behind it, the
 * data. Guarded by {@link Spl#NET}.
 */
final class SocketBuffer extends BufferLock {
    /** What one mbuf counts towards the bound on memory (MSIZE). */
    private static final int MSIZE = 128;

    private final BsdKernel kernel;
    private final ArrayDeque<Mbuf> records = new ArrayDeque<>();
    private int highWaterBytes;
    private long dataBytes;
    private long memoryBytes;

    SocketBuffer(BsdKernel kernel, int highWaterBytes) {
        super(kernel);
        this.kernel = kernel;
        this.highWaterBytes = highWaterBytes;
    }

    /** Bounds the data to {@code highWaterBytes}, and the memory that it lies in to twice that (sbreserve). */
    void reserve(int highWaterBytes) {
        this.highWaterBytes = highWaterBytes;
    }

    /** Whether a datagram of {@code lengthBytes} would be refused for want of room (sbspace). */
    boolean isFull(int lengthBytes) {
        return dataBytes + lengthBytes > highWaterBytes || memoryBytes >= 2L * highWaterBytes;
    }

    /**
     * Appends a datagram and who sent it (sbappendaddr).
     *
     * @return {@code false} when there is no room or no mbuf: {@code data} stays the caller's
     */
    boolean appendAddress(int ipv4, int port, Mbuf data) {
        if (isFull(data.lengthBytes)) {
            return false;
        }
        Mbuf name = kernel.mbufs().get();
        if (name == null) {
            return false;
        }
        name.ipv4 = ipv4;
        name.port = port;
        name.next = data;
        dataBytes += data.lengthBytes;
        memoryBytes += memoryOf(data);
        records.addLast(name);
        return true;
    }

    /** Takes the oldest record out (sbfree), {@code null} for none. */
    @Nullable
    Mbuf remove() {
        Mbuf name = records.pollFirst();
        if (name != null && name.next != null) {
            dataBytes -= name.next.lengthBytes;
            memoryBytes -= memoryOf(name.next);
        }
        return name;
    }

    boolean isEmpty() {
        return records.isEmpty();
    }

    /** Throws everything away (sbflush). */
    void flush() {
        for (Mbuf record = remove(); record != null; record = remove()) {
            kernel.mbufs().freePacket(record);
        }
    }

    /** Two mbufs, and what the data lies in, however little of it the datagram is (sballoc). */
    private static long memoryOf(Mbuf data) {
        FrameOwner owner = data.owner;
        return 2L * MSIZE + (owner == null ? 0 : owner.keptBytes(data.lengthBytes));
    }
}
