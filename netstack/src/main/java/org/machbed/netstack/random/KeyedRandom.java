package org.machbed.netstack.random;

/**
 * A keyed function of 64 or 192 bits to 64 bits (SipHash-2-4, Aumasson and Bernstein 2012) and the sequence that it makes of
 * 0, 1, 2...: who does not know the seed cannot tell the next number from those before, which RFC 6056 asks of ephemeral ports.
 */
public final class KeyedRandom {
    /** Separates the sequence from the hashes. */
    private static final long SEQUENCE = 1L << 63;

    private final long key0;
    private final long key1;
    private long next;

    public KeyedRandom(long seed) {
        this(seed, (Long.rotateLeft(seed, 32) * 0x9E37_79B9_7F4A_7C15L) ^ 0x6D61_6368_6265_6421L);
    }

    KeyedRandom(long key0, long key1) {
        this.key0 = key0;
        this.key1 = key1;
    }

    /** A number of 0 to {@code bound} - 1. */
    public int nextInt(int bound) {
        // Multiply and shift: for bounds of 16 bits the bias is below 2^-15 of 2^-16.
        return (int) (((sipHash(SEQUENCE | next++) >>> 32) * bound) >>> 32);
    }

    /** A number that depends on the seed and the arguments only. */
    public int hash(int first, int second) {
        return (int) sipHash(((long) first << 32 | (second & 0xFFFF_FFFFL)) & ~SEQUENCE);
    }

    /** The same of 192 bits, among them what it is for, so that uses of one seed have nothing to do with each other. */
    public long hash(long first, long second, long third) {
        return sipHash(first, second, third, 3);
    }

    long sipHash(long word) {
        return sipHash(word, 0, 0, 1);
    }

    /** SipHash-2-4 of one to three words. */
    private long sipHash(long first, long second, long third, int words) {
        long v0 = key0 ^ 0x736f6d6570736575L;
        long v1 = key1 ^ 0x646f72616e646f6dL;
        long v2 = key0 ^ 0x6c7967656e657261L;
        long v3 = key1 ^ 0x7465646279746573L;
        long lengthBlock = ((long) words * Long.BYTES) << 56;
        long block = 0;
        int compressionRounds = 2 * (words + 1);
        for (int round = 0; round <= compressionRounds + 3; round++) {
            if ((round & 1) == 0 && round <= compressionRounds) {
                v0 ^= block; // the block before, after its two rounds
                if (round == compressionRounds) {
                    v2 ^= 0xFF;
                } else {
                    int index = round >>> 1;
                    block = index == words ? lengthBlock : index == 0 ? first : index == 1 ? second : third;
                    v3 ^= block;
                }
            }
            v0 += v1;
            v1 = Long.rotateLeft(v1, 13) ^ v0;
            v0 = Long.rotateLeft(v0, 32);
            v2 += v3;
            v3 = Long.rotateLeft(v3, 16) ^ v2;
            v0 += v3;
            v3 = Long.rotateLeft(v3, 21) ^ v0;
            v2 += v1;
            v1 = Long.rotateLeft(v1, 17) ^ v2;
            v2 = Long.rotateLeft(v2, 32);
        }
        return v0 ^ v1 ^ v2 ^ v3;
    }
}
