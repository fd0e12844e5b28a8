package org.machbed.testbed.measure;

import java.util.List;
import java.util.Locale;

/**
 * What the applications do.
 *
 * @param name as client-app knows it
 * @param bytes data bytes of a message
 */
public record Workload(String name, String protocol, int bytes) {
    private static final String UDP_RTT = "udp-rtt";
    private static final String TCP_RTT = "tcp-rtt";
    private static final String TCP_STREAM = "tcp-stream";

    /** All there are. */
    public static final List<String> NAMES = List.of(UDP_RTT, TCP_RTT, TCP_STREAM);

    private static final int LARGEST_UDP_PAYLOAD_BYTES = 65_507;
    private static final int LARGEST_STREAM_MESSAGE_BYTES = 1 << 24;
    private static final int DEFAULT_STREAM_MESSAGE_BYTES = 65_536;

    /** Round trips of one datagram each way. */
    public static Workload udpRoundTrip(int bytes) {
        return new Workload(UDP_RTT, "udp", bytes);
    }

    /**
     * The workload of a name.
     *
     * @param name one of {@link #NAMES}
     */
    public static Workload of(String name, int bytes) {
        return new Workload(name, name.equals(UDP_RTT) ? "udp" : "tcp", bytes);
    }

    /** The data bytes of a message where nobody says. */
    public static int defaultBytes(String name) {
        return name.equals(TCP_STREAM) ? DEFAULT_STREAM_MESSAGE_BYTES : 1;
    }

    /** The most data bytes that a message can have. */
    public static int largestBytes(String name) {
        return name.equals(UDP_RTT) ? LARGEST_UDP_PAYLOAD_BYTES : LARGEST_STREAM_MESSAGE_BYTES;
    }

    /** Whether data goes one way only; otherwise an operation is a round trip. */
    public boolean oneWay() {
        return name.equals(TCP_STREAM);
    }

    /** Data bytes that an operation carries, all directions together. */
    public long bytesPerOperation() {
        return oneWay() ? bytes : 2L * bytes;
    }

    /** "tcp-rtt of 1 byte". */
    public String title() {
        return name + " of " + bytes + (bytes == 1 ? " byte" : " bytes");
    }

    /** Whether it needs connections. */
    public boolean connected() {
        return protocol.equals("tcp");
    }

    /** "UDP round trip of 1 byte", "TCP stream of messages of 65536 bytes". */
    public String inWords() {
        String size = bytes + (bytes == 1 ? " byte" : " bytes");
        return protocol.toUpperCase(Locale.ROOT) + (oneWay() ? " stream of messages of " : " round trip of ") + size;
    }

    /** What an operation is called in a report. */
    public String operation() {
        return oneWay() ? "message" : "round trip";
    }
}
