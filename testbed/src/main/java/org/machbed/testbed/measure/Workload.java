package org.machbed.testbed.measure;

/**
 * What the applications do.
 *
 * @param name as client-app knows it
 * @param bytes data bytes of a message
 */
public record Workload(String name, String protocol, int bytes) {
    /** Round trips of one datagram each way. */
    public static Workload udpRoundTrip(int bytes) {
        return new Workload("udp-rtt", "udp", bytes);
    }
}
