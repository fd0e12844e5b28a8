package org.machbed.testbed.cli;

import org.machbed.netstack.StackConfiguration;

/** The MTUs that a user may ask for. */
final class MtuRange {
    /** Every host must take a datagram of 576 bytes (RFC 791 section 3.1); our smallest frame holds one whole. */
    private static final int SMALLEST_BYTES = 576;

    private static final int LARGEST_BYTES = StackConfiguration.MAXIMUM_MTU_BYTES;

    private MtuRange() {}

    /**
     * Lets pass what lies within.
     *
     * @throws UsageError when it does not
     */
    static int checked(int mtuBytes) {
        if (mtuBytes < SMALLEST_BYTES || mtuBytes > LARGEST_BYTES) {
            throw new UsageError("--mtu is " + SMALLEST_BYTES + " to " + LARGEST_BYTES + ", not " + mtuBytes);
        }
        return mtuBytes;
    }
}
