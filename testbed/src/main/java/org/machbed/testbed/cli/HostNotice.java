package org.machbed.testbed.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.machbed.link.LinkSpecification;
import org.machbed.link.Wire;
import org.machbed.netstack.Ipv4Address;
import org.machbed.testbed.launch.HostSettings;

/** What a user reads when a host is up: what it is, what it serves, and how to reach it. */
final class HostNotice {
    private final HostOptions.Wanted host;
    private final JsonNode services;

    /**
     * A notice.
     *
     * @param services what the application serves: {@code {"udp":{"echo":7,...},"tcp":{...}}}
     */
    HostNotice(HostOptions.Wanted host, JsonNode services) {
        this.host = host;
        this.services = services;
    }

    String text() {
        HostSettings settings = host.settings();
        var lines = new ArrayList<String>();
        lines.add("%s is up: %s, station %s, MTU %d, on %s"
                .formatted(
                        host.topology().name(),
                        settings.addressWithPrefix(),
                        settings.mac(),
                        host.end().mtuBytes(),
                        host.alone() ? "a segment of its own" : host.wire()));
        lines.add("  UDP: " + list(services.path("udp")));
        lines.add("  TCP: " + (services.path("tcp").isEmpty() ? "not in this topology" : list(services.path("tcp"))));
        host.end().capture().ifPresent(file -> lines.add("  all frames go to " + file));
        lines.addAll(reach());
        lines.add("Ctrl-C stops it.");
        return String.join(System.lineSeparator(), lines) + System.lineSeparator();
    }

    private static String list(JsonNode ports) {
        var words = new ArrayList<String>();
        ports.properties()
                .forEach(port -> words.add(port.getKey() + " " + port.getValue().asInt()));
        return String.join(", ", words);
    }

    private List<String> reach() {
        if (host.alone()) {
            return List.of("  Nobody else is on this wire; with --wire tap:NAME this machine is.");
        }
        return switch (LinkSpecification.parse(host.wire()).wire()) {
            case Wire.Segment segment ->
                List.of(
                        "  Reach it from another host on the same segment, for instance:",
                        "    machbed run in-kernel --wire segment:%s --address %s -- java ..."
                                .formatted(segment.directory(), peer()));
            case Wire.Tap tap ->
                List.of(
                        "  Reach it from a network namespace (as root):",
                        "    ip netns add demo",
                        "    ip link set %s netns demo".formatted(tap.name()),
                        "    ip -n demo address add %s dev %s".formatted(peer(), tap.name()),
                        "    ip -n demo link set %s up".formatted(tap.name()),
                        "    ip netns exec demo ping " + host.settings().address());
            case Wire.Bridge bridge ->
                List.of(
                        "  Reach it from what is on the wire of %s, with an address like %s:"
                                .formatted(bridge.name(), peer()),
                        "    ping " + host.settings().address());
            case Wire.Kernel kernel ->
                throw new IllegalStateException("a host's wire is its own, not that of " + kernel.hostDirectory());
            case Wire.Udp udp ->
                List.of("  Reach it from a host at one of its peers, whose wire has peer=%s, with an address like %s."
                        .formatted(udp.name(), peer()));
        };
    }

    /** An address on the same network that a peer could have, with its prefix length. */
    private String peer() {
        int prefixLength = host.settings().prefixLength();
        int own = Ipv4Address.parse(host.settings().address());
        OptionalInt free = neighbour(own, prefixLength);
        return (free.isPresent() ? Ipv4Address.format(free.getAsInt()) : "ADDRESS") + "/" + prefixLength;
    }

    /** The lowest host address of the network that is not our own. A network of one address has none. */
    static OptionalInt neighbour(int own, int prefixLength) {
        if (prefixLength >= Integer.SIZE) {
            return OptionalInt.empty();
        }
        int network = own & Ipv4Address.mask(prefixLength);
        // RFC 3021: both addresses of a /31 are hosts'.
        int lowest = prefixLength == Integer.SIZE - 1 ? network : network + 1;
        return OptionalInt.of(lowest == own ? lowest + 1 : lowest);
    }
}
