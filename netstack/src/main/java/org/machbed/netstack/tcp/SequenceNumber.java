package org.machbed.netstack.tcp;

/**
 * Arithmetic of sequence numbers, which are modulo 2<sup>32</sup> (RFC 9293 section 3.4): an {@code int} each, of which only
 * differences have a meaning. Two numbers compare as long as they are less than 2<sup>31</sup> apart, which windows of at most
 * 2<sup>30</sup> bytes (RFC 7323 section 2.2) see to.
 */
public final class SequenceNumber {
    private SequenceNumber() {}

    public static boolean lessThan(int left, int right) {
        return left - right < 0;
    }

    public static boolean lessOrEqual(int left, int right) {
        return left - right <= 0;
    }

    public static boolean greaterThan(int left, int right) {
        return left - right > 0;
    }

    public static boolean greaterOrEqual(int left, int right) {
        return left - right >= 0;
    }

    /** The later of the two. */
    public static int max(int left, int right) {
        return left - right >= 0 ? left : right;
    }

    /** The earlier of the two. */
    public static int min(int left, int right) {
        return left - right <= 0 ? left : right;
    }

    /** How many octets {@code to} comes after {@code from}; negative when it comes before. */
    public static int distance(int from, int to) {
        return to - from;
    }

    /** Whether {@code left <= sequence < left + lengthBytes}; a window of 0 has nothing in it. */
    public static boolean inWindow(int sequence, int left, int lengthBytes) {
        return Integer.compareUnsigned(sequence - left, lengthBytes) < 0;
    }
}
