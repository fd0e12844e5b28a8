package org.machbed.testbed.cli;

/** How many rows fit into memory at once. */
final class Memory {
    static final long MEBIBYTE = 1024L * 1024;

    /** Measured with six processes a row: 90 to 170 MiB each, of which 30 are shared pages of jars and caches. */
    private static final long ROW_BYTES = 6 * 120 * MEBIBYTE;

    /** Of rows that share virtual machines: what they add to those, which stand for about two rows. */
    private static final long SHARING_ROW_BYTES = 2 * 120 * MEBIBYTE;

    /** Shared memory of a row: two hosts, each of which took 9 MiB at most, and the rings of their wire. */
    static final long SHARED_ROW_BYTES = 24 * MEBIBYTE;

    /** For the launcher, the page cache and whatever else runs. */
    private static final long RESERVE_BYTES = 1024 * MEBIBYTE;

    private Memory() {}

    /** Rows that may be alive at once; all that one could wish when the machine does not say what it has. */
    static int rowsAtOnce(long availableBytes, boolean shared) {
        return availableBytes < 0
                ? Integer.MAX_VALUE
                : (int) Math.max(0, (availableBytes - RESERVE_BYTES) / rowBytes(shared));
    }

    static long needed(int rows, boolean shared) {
        return RESERVE_BYTES + rows * rowBytes(shared);
    }

    private static long rowBytes(boolean shared) {
        return shared ? SHARING_ROW_BYTES : ROW_BYTES;
    }
}
