package org.machbed.testbed.launch;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How a host is on a wire.
 *
 * @param wire a {@link org.machbed.link.LinkSpecification}
 * @param mtuBytes longest IP datagram of a frame
 * @param gateway next hop to other networks, a dotted IPv4 address
 * @param capture pcapng file of all frames
 */
public record WireEnd(String wire, int mtuBytes, Optional<String> gateway, Optional<Path> capture) {
    /** On a wire that leads to no other network. */
    public static WireEnd of(String wire, int mtuBytes) {
        return new WireEnd(wire, mtuBytes, Optional.empty(), Optional.empty());
    }
}
