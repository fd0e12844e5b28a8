package org.machbed.netstack.socket;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.machbed.netstack.memory.MemoryBudget;
import org.machbed.netstack.state.StateException;

/**
 * Datagrams that wait for a reader, in a ring of bytes. Each is its {@link DatagramHeader} and its data, on 8 bytes, in one
 * piece: one that does not fit before the ring's end starts at its beginning. The ring grows to what was needed at once, up to
 * the socket's limit, and no byte of it is allocated before the first datagram is queued.
 */
final class DatagramQueue {
    private static final int HEADER_BYTES = Long.BYTES;
    private static final int SMALLEST_RING_BYTES = 4096;

    /** No datagram; the next one is at the ring's beginning. */
    private static final long SKIP = DatagramHeader.NONE;

    enum Offer {
        QUEUED,
        /** The socket's own limit. */
        QUEUE_FULL,
        /** The limit of all sockets. */
        MEMORY_FULL
    }

    private final MemoryBudget memory;
    private int limitBytes;
    private MemorySegment ring = MemorySegment.ofArray(new byte[0]);
    private int ringBytes;
    private int head;

    /** Bytes in use from {@link #head} on, skipped ones included. */
    private int usedBytes;

    DatagramQueue(MemoryBudget memory, int limitBytes) {
        this.memory = memory;
        this.limitBytes = limitBytes;
    }

    boolean isEmpty() {
        return usedBytes == 0;
    }

    int limitBytes() {
        return limitBytes;
    }

    /** What is queued stays, also beyond the new limit. */
    void limitBytes(int limitBytes) {
        this.limitBytes = limitBytes;
    }

    Offer offer(MemorySegment source, long offset, int lengthBytes, int sourceIpv4, int sourcePort) {
        int record = HEADER_BYTES + (lengthBytes + 7 & -8);
        if (usedBytes + record > limitBytes) {
            return Offer.QUEUE_FULL;
        }
        if (!fits(record)) {
            int wanted = Math.max(SMALLEST_RING_BYTES, Integer.highestOneBit(2 * (ringBytes + record) - 1));
            if (!grow(wanted)) {
                return Offer.MEMORY_FULL;
            }
        }
        int tail = tail();
        if (tail + record > ringBytes) {
            ring.set(ValueLayout.JAVA_LONG_UNALIGNED, tail, SKIP);
            usedBytes += ringBytes - tail;
            tail = 0;
        }
        ring.set(ValueLayout.JAVA_LONG_UNALIGNED, tail, DatagramHeader.pack(sourceIpv4, sourcePort, lengthBytes));
        MemorySegment.copy(source, offset, ring, tail + HEADER_BYTES, lengthBytes);
        usedBytes += record;
        return Offer.QUEUED;
    }

    private int tail() {
        int tail = head + usedBytes;
        return tail >= ringBytes ? tail - ringBytes : tail;
    }

    private boolean fits(int record) {
        if (usedBytes + record > ringBytes) {
            return false;
        }
        int tail = tail();
        // Free are the bytes from tail to head, around the end; a record does not go around.
        boolean wrapped = tail < head || usedBytes == ringBytes;
        return wrapped ? tail + record <= head : tail + record <= ringBytes || record <= head;
    }

    /** Moves what is queued, in order and without gap, to a larger ring. */
    private boolean grow(int bytes) {
        if (!memory.reserve(bytes - ringBytes)) {
            return false;
        }
        MemorySegment larger = MemorySegment.ofArray(new byte[bytes]);
        int to = 0;
        while (usedBytes != 0) {
            int record = skipToRecord();
            MemorySegment.copy(ring, head, larger, to, record);
            to += record;
            consume(record);
        }
        ring = larger;
        ringBytes = bytes;
        head = 0;
        usedBytes = to;
        return true;
    }

    /** Makes {@link #head} that of a datagram; answers how many bytes its record has. The queue is not empty. */
    private int skipToRecord() {
        if (ring.get(ValueLayout.JAVA_LONG_UNALIGNED, head) == SKIP) {
            consume(ringBytes - head);
        }
        int length = DatagramHeader.lengthBytes(ring.get(ValueLayout.JAVA_LONG_UNALIGNED, head));
        return HEADER_BYTES + (length + 7 & -8);
    }

    private void consume(int bytes) {
        head += bytes;
        usedBytes -= bytes;
        if (head >= ringBytes || usedBytes == 0) {
            head = 0;
        }
    }

    /** The oldest datagram's {@link DatagramHeader}, or NONE. */
    long nextHeader() {
        if (usedBytes == 0) {
            return DatagramHeader.NONE;
        }
        int _ = skipToRecord();
        return ring.get(ValueLayout.JAVA_LONG_UNALIGNED, head);
    }

    /** Copies the oldest datagram, as far as there is room, and forgets it; answers its {@link DatagramHeader} or NONE. */
    long poll(MemorySegment target, long offset, int room) {
        if (usedBytes == 0) {
            return DatagramHeader.NONE;
        }
        int record = skipToRecord();
        long header = ring.get(ValueLayout.JAVA_LONG_UNALIGNED, head);
        int length = Math.min(DatagramHeader.lengthBytes(header), room);
        MemorySegment.copy(ring, head + HEADER_BYTES, target, offset, length);
        consume(record);
        return header;
    }

    /** Gives its memory back. */
    void clear() {
        memory.release(ringBytes);
        ring = MemorySegment.ofArray(new byte[0]);
        ringBytes = 0;
        head = 0;
        usedBytes = 0;
    }

    /** What {@link #copyTo} takes. */
    int copiedBytes() {
        int bytes = 0;
        for (int at = 0; at < usedBytes; ) {
            int record = recordAt(at);
            bytes += record > 0 ? record : 0;
            at += Math.abs(record);
        }
        return bytes;
    }

    /** Copies all records, oldest first and without gap: for a migration. They stay. */
    void copyTo(MemorySegment target, long offset) {
        long to = offset;
        for (int at = 0; at < usedBytes; ) {
            int record = recordAt(at);
            if (record > 0) {
                MemorySegment.copy(ring, wrapped(at), target, to, record);
                to += record;
            }
            at += Math.abs(record);
        }
    }

    private int wrapped(int at) {
        int position = head + at;
        return position >= ringBytes ? position - ringBytes : position;
    }

    /** How long the record is that lies so far behind the oldest one; negative for what is skipped at the ring's end. */
    private int recordAt(int at) {
        int position = wrapped(at);
        long header = ring.get(ValueLayout.JAVA_LONG_UNALIGNED, position);
        return header == SKIP ? position - ringBytes : HEADER_BYTES + (DatagramHeader.lengthBytes(header) + 7 & -8);
    }

    /**
     * Takes records that {@link #copyTo} made, beyond every limit: they were taken in once already.
     *
     * @throws StateException when they are none
     */
    void restore(MemorySegment records) {
        long end = records.byteSize();
        for (long at = 0; at < end; ) {
            long header = end - at < HEADER_BYTES ? SKIP : records.get(ValueLayout.JAVA_LONG_UNALIGNED, at);
            int length = header == SKIP ? 0 : DatagramHeader.lengthBytes(header);
            long record = (long) HEADER_BYTES + (length + 7 & -8);
            if (header == SKIP || record > end - at) {
                throw new StateException("what should be queued datagrams ends within one");
            }
            at += record;
        }
        clear();
        if (end != 0) {
            ringBytes = Math.max(SMALLEST_RING_BYTES, Integer.highestOneBit(2 * (int) end - 1));
            memory.reserveBeyond(ringBytes);
            ring = MemorySegment.ofArray(new byte[ringBytes]);
            MemorySegment.copy(records, 0, ring, 0, end);
            usedBytes = (int) end;
        }
    }
}
