package org.machbed.netstack.ipv4;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * One datagram being put together from fragments (RFC 791 section 3.2, in the manner of RFC 815 with a bit for each 8 octets).
 * Owned by {@link Reassembler}, used for one datagram after the other.
 */
final class PartialDatagram {
    enum Outcome {
        /** Taken; more are missing. */
        TAKEN,
        /** Taken, and the datagram is whole. */
        WHOLE,
        /** Had come before. */
        DUPLICATE,
        /** Contradicts what came before: the datagram cannot be trusted. */
        OVERLAP
    }

    private static final int UNKNOWN = -1;

    int source;
    int destination;
    int identification;
    int protocol;

    /** Whether a fragment of it came to several hosts. */
    boolean group;

    long deadlineNs;

    /** Room for the header, then the data; the header lies against the data. Allocated when first needed, then kept. */
    private MemorySegment memory = MemorySegment.NULL;

    /** One bit for each 8 octets of data that came. */
    private final long[] blocks = new long[Ipv4Header.MAXIMUM_PACKET_BYTES / 8 / Long.SIZE + 1];

    /** Of the first fragment; 0 until it came. */
    private int headerBytes;

    /** Of the first fragment's data. */
    private int firstDataBytes;

    private int receivedBytes;

    /** Where the fragments so far end. */
    private int endBytes;

    /** Of all data; {@link #UNKNOWN} until the last fragment came. */
    private int dataBytes;

    void start(Ipv4Header fragment, long deadlineNs) {
        source = fragment.source();
        destination = fragment.destination();
        identification = fragment.identification();
        protocol = fragment.protocol();
        group = false;
        this.deadlineNs = deadlineNs;
        if (memory.byteSize() == 0) {
            memory = Arena.ofAuto().allocate(Ipv4Header.MAXIMUM_BYTES + Ipv4Header.MAXIMUM_PACKET_BYTES);
        }
        for (int i = 0; i <= endBytes / 8 / Long.SIZE; i++) {
            blocks[i] = 0;
        }
        headerBytes = 0;
        firstDataBytes = 0;
        receivedBytes = 0;
        endBytes = 0;
        dataBytes = UNKNOWN;
    }

    boolean isOf(Ipv4Header fragment) {
        return identification == fragment.identification()
                && source == fragment.source()
                && destination == fragment.destination()
                && protocol == fragment.protocol();
    }

    /** Takes a well-formed fragment. */
    Outcome add(Ipv4Header fragment) {
        int start = fragment.fragmentOffsetBytes();
        int length = fragment.dataBytes();
        int end = start + length;
        boolean last = !fragment.moreFragments();
        if (contradicts(end, last)) {
            return Outcome.OVERLAP;
        }
        int known = knownBlocks(start / 8, (end + 7) / 8);
        if (known != 0) {
            boolean all = known == (end + 7) / 8 - start / 8;
            return all && end <= endBytes && sameData(fragment, start, end) ? Outcome.DUPLICATE : Outcome.OVERLAP;
        }
        MemorySegment.copy(fragment.memory(), fragment.dataOffset(), memory, Ipv4Header.MAXIMUM_BYTES + start, length);
        markBlocks(start / 8, (end + 7) / 8);
        receivedBytes += length;
        endBytes = Math.max(endBytes, end);
        if (last) {
            dataBytes = end;
        }
        if (start == 0) {
            headerBytes = fragment.headerBytes();
            firstDataBytes = length;
            fragment.copyTo(memory, headerOffset());
        }
        return receivedBytes == dataBytes ? Outcome.WHOLE : Outcome.TAKEN;
    }

    /** Whether the datagram's end is known to be elsewhere. */
    private boolean contradicts(int end, boolean last) {
        if (dataBytes != UNKNOWN) {
            return end > dataBytes || (last && end != dataBytes);
        }
        return last && end < endBytes;
    }

    private int knownBlocks(int from, int to) {
        int known = 0;
        for (int word = from / Long.SIZE; word <= (to - 1) / Long.SIZE; word++) {
            known += Long.bitCount(blocks[word] & bits(word, from, to));
        }
        return known;
    }

    private void markBlocks(int from, int to) {
        for (int word = from / Long.SIZE; word <= (to - 1) / Long.SIZE; word++) {
            blocks[word] |= bits(word, from, to);
        }
    }

    /** The bits of one word that lie in blocks {@code from} to {@code to}, exclusive. */
    private static long bits(int word, int from, int to) {
        int low = Math.max(from - word * Long.SIZE, 0);
        int high = Math.min(to - word * Long.SIZE, Long.SIZE);
        return -1L << low & -1L >>> (Long.SIZE - high);
    }

    private boolean sameData(Ipv4Header fragment, int start, int end) {
        long at = fragment.dataOffset();
        int kept = Ipv4Header.MAXIMUM_BYTES + start;
        return MemorySegment.mismatch(fragment.memory(), at, at + (end - start), memory, kept, kept + (end - start))
                == -1;
    }

    boolean hasFirst() {
        return headerBytes != 0;
    }

    private int headerOffset() {
        return Ipv4Header.MAXIMUM_BYTES - headerBytes;
    }

    int wholeBytes() {
        return headerBytes + dataBytes;
    }

    /** Makes {@code view} that of the whole datagram; answers whether its length is possible. */
    boolean viewWhole(Ipv4Header view) {
        if (wholeBytes() > Ipv4Header.MAXIMUM_PACKET_BYTES) {
            return false;
        }
        Ipv4Header.makeWhole(memory, headerOffset(), headerBytes, wholeBytes());
        return view.wrap(memory, headerOffset(), wholeBytes()) == null;
    }

    /** Makes {@code view} that of the first fragment, which has come. */
    boolean viewFirst(Ipv4Header view) {
        return view.wrap(memory, headerOffset(), headerBytes + firstDataBytes) == null;
    }
}
