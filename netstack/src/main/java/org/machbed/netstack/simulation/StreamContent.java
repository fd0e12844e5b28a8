package org.machbed.netstack.simulation;

import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;

/**
 * What streams say: an octet is a function of its stream and its offset there. Each stream is a window on one table of random
 * octets, so that a piece is sent from where it lies, and an octet that came too early, too late or twice is not the expected one.
 */
final class StreamContent {
    /** Of the longest stream. */
    static final int LONGEST_BYTES = 1 << 20;

    private static final int TABLE_BYTES = 2 * LONGEST_BYTES;
    static final MemorySegment TABLE = table();

    private StreamContent() {}

    private static MemorySegment table() {
        byte[] octets = new byte[TABLE_BYTES];
        new SplittableRandom(0x6D61_6368).nextBytes(octets);
        return MemorySegment.ofArray(octets).asReadOnly();
    }

    /** Where in {@link #TABLE} a stream begins. */
    static int start(Dice dice) {
        return dice.below(LONGEST_BYTES);
    }

    /** The first of some octets that is not what the stream has from an offset on; -1 when all are. */
    static long mismatch(int start, long offset, MemorySegment memory, long at, int lengthBytes) {
        long from = start + offset;
        return MemorySegment.mismatch(memory, at, at + lengthBytes, TABLE, from, from + lengthBytes);
    }
}
