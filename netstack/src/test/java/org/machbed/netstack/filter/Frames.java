package org.machbed.netstack.filter;

import java.lang.foreign.MemorySegment;
import java.util.HexFormat;

/** Frames for the tests of filters. */
final class Frames {
    static final int ARP = 0x0806;
    static final int IPV4 = 0x0800;
    static final int UDP = 17;

    private Frames() {}

    /** A frame of the bytes that {@code hex} writes; blanks do not count. */
    static MemorySegment of(String hex) {
        return MemorySegment.ofArray(HexFormat.of().parseHex(hex.replaceAll("\\s", "")));
    }

    static MemorySegment arp() {
        return of("ffffffffffff 020000000001 0806 0001080006040001 020000000001c0000201 000000000000c0000202");
    }

    /** IPv4 without options, from 192.0.2.2, with the first word of ports behind it. */
    static MemorySegment ipv4(int destination, int protocol, int fragmentWord, int sourcePort, int destinationPort) {
        return of("020000000001 020000000002 0800 4500 001d 0001 %04x 40%02x 0000 c0000202 %08x %04x %04x 0009 0000 41"
                .formatted(fragmentWord, protocol, destination, sourcePort, destinationPort));
    }

    /** The same as UDP with {@code optionWords} words of 32 bits of no-operation options (RFC 791 section 3.1). */
    static MemorySegment udpWithOptions(int destination, int optionWords, int sourcePort, int destinationPort) {
        return of(
                "020000000001 020000000002 0800 4%x00 0031 0001 0000 4011 0000 c0000202 %08x %s %04x %04x 0009 0000 41"
                        .formatted(
                                5 + optionWords,
                                destination,
                                "01010101".repeat(optionWords),
                                sourcePort,
                                destinationPort));
    }
}
