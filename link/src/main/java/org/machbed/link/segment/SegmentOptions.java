package org.machbed.link.segment;

import org.machbed.link.LinkEnd;

/**
 * What a segment is like; its stations must agree.
 *
 * @param ringBytes memory for the frames from one station to another: a power of two, 256 KiB to 16 MiB
 * @param rateBitsPerSecond what the medium, which all stations share, carries; 0 for as fast as memory
 * @param delayNs how long a frame is under way after its last bit was sent, 0 to 10 s
 */
public record SegmentOptions(int ringBytes, long rateBitsPerSecond, long delayNs) {
    /** Two of the longest frames fit, wherever in the ring they begin. */
    public static final int MINIMUM_RING_BYTES = 1 << 18;

    public static final int MAXIMUM_RING_BYTES = 1 << 24;
    public static final int DEFAULT_RING_BYTES = 1 << 20;
    public static final long MAXIMUM_DELAY_NS = 10_000_000_000L;

    /** At this rate the longest frame takes half a second. */
    public static final long MINIMUM_RATE_BITS_PER_SECOND = 1_000_000;

    /** As fast as memory, 1 MiB a ring. */
    public static final SegmentOptions DEFAULT = new SegmentOptions(DEFAULT_RING_BYTES, 0, 0);

    public SegmentOptions {
        if (ringBytes < MINIMUM_RING_BYTES || ringBytes > MAXIMUM_RING_BYTES || Integer.bitCount(ringBytes) != 1) {
            throw new IllegalArgumentException("ringBytes=" + ringBytes + " is no power of two from "
                    + MINIMUM_RING_BYTES + " to " + MAXIMUM_RING_BYTES);
        }
        if (rateBitsPerSecond != 0 && rateBitsPerSecond < MINIMUM_RATE_BITS_PER_SECOND) {
            throw new IllegalArgumentException("rateBitsPerSecond=" + rateBitsPerSecond + " is neither 0 nor at least "
                    + MINIMUM_RATE_BITS_PER_SECOND);
        }
        if (delayNs < 0 || delayNs > MAXIMUM_DELAY_NS) {
            throw new IllegalArgumentException("delayNs=" + delayNs + " is not between 0 and " + MAXIMUM_DELAY_NS);
        }
        assert MINIMUM_RING_BYTES > 2 * (LinkEnd.HEADER_BYTES + LinkEnd.MAXIMUM_MTU_BYTES);
    }

    /** Whether frames arrive later than they are sent. */
    boolean timed() {
        return rateBitsPerSecond != 0 || delayNs != 0;
    }
}
