package org.machbed.netstack.session;

import org.jspecify.annotations.Nullable;

/** Reads a frame octet by octet, as RFC 791, RFC 768 and RFC 9293 draw it, and shares no code with what it is to judge. */
final class ReferenceDecoder {
    private static final int IP = 14;

    private final int[] octets;

    private ReferenceDecoder(int[] octets) {
        this.octets = octets;
    }

    /** The decoder of a frame, or {@code null} when it is no well-formed IPv4 packet of UDP or TCP. */
    static @Nullable ReferenceDecoder of(byte[] frame) {
        int[] octets = new int[frame.length];
        for (int i = 0; i < frame.length; i++) {
            octets[i] = frame[i] & 0xFF;
        }
        ReferenceDecoder decoder = new ReferenceDecoder(octets);
        return decoder.isIpv4() && decoder.isTransport() ? decoder : null;
    }

    private boolean isIpv4() {
        if (octets.length < IP + 20 || word(12) != 0x0800 || octets[IP] / 16 != 4) {
            return false;
        }
        int header = headerBytes();
        if (header < 20 || total() < header || total() > octets.length - IP) {
            return false;
        }
        int sum = 0;
        for (int i = 0; i < header; i += 2) {
            sum += word(IP + i);
        }
        while (sum > 0xFFFF) {
            sum = (sum & 0xFFFF) + (sum >> 16);
        }
        return sum == 0xFFFF;
    }

    private boolean isTransport() {
        int data = total() - headerBytes();
        if (protocol() != 6 && protocol() != 17) {
            return false;
        }
        if (isFragment() && (data == 0 || (more() && data % 8 != 0) || start() + data + headerBytes() > 65_535)) {
            return false;
        }
        if (start() > 0) {
            return protocol() == 17 || start() >= 20;
        }
        if (protocol() == 17) {
            return data >= 8 && word(transport() + 4) >= 8 && (isFragment() || word(transport() + 4) <= data);
        }
        return data >= 20 && octets[transport() + 12] / 16 >= 5 && octets[transport() + 12] / 16 * 4 <= data;
    }

    private int word(int at) {
        return octets[at] * 256 + octets[at + 1];
    }

    private String ipv4(int at) {
        return octets[at] + "." + octets[at + 1] + "." + octets[at + 2] + "." + octets[at + 3];
    }

    private int headerBytes() {
        return octets[IP] % 16 * 4;
    }

    private int total() {
        return word(IP + 2);
    }

    private int protocol() {
        return octets[IP + 9];
    }

    private boolean more() {
        return octets[IP + 6] / 32 % 2 == 1;
    }

    /** Where its data belong in the datagram. */
    int start() {
        return word(IP + 6) % 0x2000 * 8;
    }

    boolean isFragment() {
        return more() || start() != 0;
    }

    private int transport() {
        return IP + headerBytes();
    }

    /** What the fragments of one datagram have in common. */
    String datagram() {
        return ipv4(IP + 12) + " > " + ipv4(IP + 16) + " " + protocol() + " " + word(IP + 4);
    }

    /** A session with that peer, as {@link SessionTemplate#toString} names it. */
    String session() {
        return withAny().replace("any", ipv4(IP + 12) + ":" + word(transport()));
    }

    /** A session with any peer. */
    String withAny() {
        return (protocol() == 17 ? "UDP " : "TCP ") + ipv4(IP + 16) + ":" + word(transport() + 2) + " with any";
    }
}
