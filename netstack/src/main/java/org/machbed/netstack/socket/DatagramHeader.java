package org.machbed.netstack.socket;

/**
 * Length and source of a received datagram packed into one word, so that a receive costs no garbage in any binding:
 *
 * <pre>
 *  63                              32 31             16 15              0
 * +----------------------------------+-----------------+-----------------+
 * |       source IPv4 address        |   source port   |  length, bytes  |
 * +----------------------------------+-----------------+-----------------+
 * </pre>
 *
 * A datagram carries at most 65,507 bytes, so 16 bits hold the length; the length is the datagram's own, also when the
 * caller had less room. The source is never 255.255.255.255, so {@link #NONE} is no datagram.
 */
public final class DatagramHeader {
    /** What a non-blocking receive answers when nothing is queued. */
    public static final long NONE = -1L;

    private DatagramHeader() {}

    public static long pack(int ipv4, int port, int lengthBytes) {
        return ((long) ipv4 << 32) | ((port & 0xFFFFL) << 16) | (lengthBytes & 0xFFFFL);
    }

    public static int ipv4(long header) {
        return (int) (header >>> 32);
    }

    public static int port(long header) {
        return (int) (header >>> 16) & 0xFFFF;
    }

    public static int lengthBytes(long header) {
        return (int) header & 0xFFFF;
    }
}
