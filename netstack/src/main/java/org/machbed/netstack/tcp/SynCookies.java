package org.machbed.netstack.tcp;

import org.machbed.netstack.random.KeyedRandom;

/**
 * SYN cookies (RFC 4987 section 3.6): an initial sequence number that says what the SYN said, so that no state need be kept
 * until the handshake's last ACK brings it back. Of the 2<sup>32</sup> numbers 16 are good for a
 * connection at a time - eight sizes, two times - and who has not seen one can only guess, at 1 in 268 million.
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |time |  MSS  | keyed hash of addresses, ports, the peer's ISN,     |
 * | (2) |  (3)  | time and MSS (27)                                   |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 *
 * The first five bits are masked by another keyed hash, so that the whole number is unguessable (RFC 6528).
 *
 * <p>Window scale and "SACK permitted" do not fit there. When the peer sends timestamps they travel in the low bits of ours,
 * which it echoes; a peer that changes them harms itself alone.
 */
public final class SynCookies {
    /** Maximum segment sizes that a cookie can say; a peer's is rounded down, or up to the least. */
    private static final int[] MSS_BYTES = {48, 536, 1220, 1400, 1440, 1460, 8_960, 65_495};

    /** How long a value of the time stands; a cookie is good for one to two of them. */
    static final long PERIOD_NS = 64_000_000_000L;

    private static final int HASH_BITS = 27;
    private static final int HASH_MASK = (1 << HASH_BITS) - 1;
    private static final int MSS_BITS = 3;
    private static final int MSS_MASK = (1 << MSS_BITS) - 1;

    private static final int SCALE_MASK = 0xF;
    private static final int NO_SCALE = 0xF;
    private static final int SACK_BIT = 0x10;
    private static final int OPTIONS_MASK = 0x1F;

    // Keep these uses of the hash apart from others of the same key.
    private static final long PURPOSE_HASH = 2;
    private static final long PURPOSE_MASK = 3;

    private final KeyedRandom random;

    public SynCookies(KeyedRandom random) {
        this.random = random;
    }

    /**
     * ISS of the SYN and ACK that answers a SYN.
     *
     * @param remoteSequence the SYN's sequence number
     * @param mssBytes that the peer takes, 536 when it did not say
     */
    public int encode(
            int localIpv4,
            int localPort,
            int remoteIpv4,
            int remotePort,
            int remoteSequence,
            int mssBytes,
            long nowNs) {
        int mss = MSS_BYTES.length - 1;
        while (mss > 0 && MSS_BYTES[mss] > mssBytes) {
            mss--;
        }
        return cookie(
                localIpv4, localPort, remoteIpv4, remotePort, remoteSequence, mss, Math.floorDiv(nowNs, PERIOD_NS));
    }

    /**
     * Checks the cookie that an ACK brings back.
     *
     * @param remoteSequence the SYN's sequence number: SEG.SEQ - 1
     * @param cookie SEG.ACK - 1
     * @return the peer's maximum segment size, rounded; 0 when the cookie is not ours, or too old
     */
    public int decode(
            int localIpv4, int localPort, int remoteIpv4, int remotePort, int remoteSequence, int cookie, long nowNs) {
        int mask = mask(localIpv4, localPort, remoteIpv4, remotePort, remoteSequence);
        int mss = (cookie ^ mask) >>> HASH_BITS & MSS_MASK;
        long period = Math.floorDiv(nowNs, PERIOD_NS);
        boolean ours = cookie == cookie(localIpv4, localPort, remoteIpv4, remotePort, remoteSequence, mss, period)
                || cookie == cookie(localIpv4, localPort, remoteIpv4, remotePort, remoteSequence, mss, period - 1);
        return ours ? MSS_BYTES[mss] : 0;
    }

    private int cookie(
            int localIpv4, int localPort, int remoteIpv4, int remotePort, int remoteSequence, int mss, long period) {
        long what = period << MSS_BITS | mss;
        long ports = ports(localPort, remotePort, remoteSequence);
        int hash = (int) random.hash(addresses(localIpv4, remoteIpv4), ports, what << 2 | PURPOSE_HASH) & HASH_MASK;
        int head = (int) what << HASH_BITS; // the two low bits of the time and the MSS
        return (head | hash) ^ mask(localIpv4, localPort, remoteIpv4, remotePort, remoteSequence);
    }

    private int mask(int localIpv4, int localPort, int remoteIpv4, int remotePort, int remoteSequence) {
        long ports = ports(localPort, remotePort, remoteSequence);
        return (int) random.hash(addresses(localIpv4, remoteIpv4), ports, PURPOSE_MASK) & ~HASH_MASK;
    }

    private static long addresses(int localIpv4, int remoteIpv4) {
        return (long) localIpv4 << 32 | (remoteIpv4 & 0xFFFF_FFFFL);
    }

    private static long ports(int localPort, int remotePort, int remoteSequence) {
        return (long) remoteSequence << 32 | ((localPort << 16 | remotePort) & 0xFFFF_FFFFL);
    }

    /**
     * TSval of the SYN and ACK, which says the options. It is never later than the clock, so that the timestamps of the
     * connection do not go back.
     *
     * @param timestamp what the clock says
     * @param windowScale -1 for none
     */
    public static int encodeTimestamp(int timestamp, int windowScale, boolean sackPermitted) {
        int options = (windowScale < 0 ? NO_SCALE : windowScale) | (sackPermitted ? SACK_BIT : 0);
        int encoded = (timestamp & ~OPTIONS_MASK) | options;
        return SequenceNumber.greaterThan(encoded, timestamp) ? encoded - OPTIONS_MASK - 1 : encoded;
    }

    /** The window scale that {@link #encodeTimestamp} said, from TSecr; -1 for none, and at most 14. */
    public static int windowScale(int timestampEcho) {
        int scale = timestampEcho & SCALE_MASK;
        return scale == NO_SCALE ? -1 : scale;
    }

    /** Whether SACK is permitted, from TSecr. */
    public static boolean sackPermitted(int timestampEcho) {
        return (timestampEcho & SACK_BIT) != 0;
    }
}
