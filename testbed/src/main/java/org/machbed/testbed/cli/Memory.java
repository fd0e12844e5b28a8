package org.machbed.testbed.cli;

/** How many systems fit into memory at once. */
final class Memory {
    static final long MEBIBYTE = 1024L * 1024;

    /** Measured with six processes a system: 90 to 170 MiB each, of which 30 are shared pages of jars and caches. */
    private static final long SYSTEM_BYTES = 6 * 120 * MEBIBYTE;

    /** Of systems that share virtual machines: what they add to those, which stand for about two rows. */
    private static final long SHARING_SYSTEM_BYTES = 2 * 120 * MEBIBYTE;

    /** Shared memory of a system: two hosts, each of which took 9 MiB at most, and the rings of their wire. */
    static final long SHARED_SYSTEM_BYTES = 24 * MEBIBYTE;

    /** For the launcher, the page cache and whatever else runs. */
    private static final long RESERVE_BYTES = 1024 * MEBIBYTE;

    private Memory() {}

    /** Systems that may be alive at once; all that one could wish when the machine does not say what it has. */
    static int systemsAtOnce(long availableBytes, boolean shared) {
        return availableBytes < 0
                ? Integer.MAX_VALUE
                : (int) Math.max(0, (availableBytes - RESERVE_BYTES) / systemBytes(shared));
    }

    static long needed(int systems, boolean shared) {
        return RESERVE_BYTES + systems * systemBytes(shared);
    }

    private static long systemBytes(boolean shared) {
        return shared ? SHARING_SYSTEM_BYTES : SYSTEM_BYTES;
    }
}
