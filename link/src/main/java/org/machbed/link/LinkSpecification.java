package org.machbed.link;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.machbed.link.capture.CapturingLink;
import org.machbed.link.capture.PcapngWriter;
import org.machbed.link.impairment.ImpairedLink;
import org.machbed.link.impairment.ImpairedSending;
import org.machbed.link.impairment.Impairments;
import org.machbed.link.linux.InterfaceChoice;
import org.machbed.link.linux.InterfaceName;
import org.machbed.link.linux.Ipv4Subnet;
import org.machbed.link.linux.UdpEndpoint;
import org.machbed.link.segment.SegmentOptions;
import org.machbed.netstack.MacAddress;

/**
 * A link in one argument: the kind, what it is called there, and options behind commas, as
 * {@code segment:/dev/shm/run/wire,rateBitsPerSecond=10000000,loss=0.01,seed=7}, {@code tap:tap0,loss=0.01}, {@code bridge:veth0}, {@code
 * bridge:10.151.0.0/16} or {@code udp:192.0.2.1:7410,peer=192.0.2.2:7410}. The options are those of {@link SegmentOptions}, for a segment
 * alone, {@code peer}, for UDP alone and as often as there are peers, and those of {@link Impairments}, by their names. {@code
 * kernel:DIRECTORY} is what the kernel of the host there was told, and hands over to the process that drives it.
 */
public record LinkSpecification(Wire wire, Impairments impairments) {
    private static final List<String> SEGMENT_OPTIONS = List.of("ringBytes", "rateBitsPerSecond", "delayNs");
    private static final String IMPAIRMENT_OPTIONS = "loss, duplication, reordering, corruption, seed";

    /**
     * Reads a specification.
     *
     * @throws IllegalArgumentException naming what is unknown, missing or malformed
     */
    public static LinkSpecification parse(String text) {
        int colon = text.indexOf(':');
        String kind = colon < 0 ? "" : text.substring(0, colon);
        String[] parts = text.substring(colon + 1).split(",", -1);
        String name = parts[0];
        List<UdpEndpoint> peers = new ArrayList<>();
        Map<String, String> values = values(parts, kind.equals("udp") ? peers : null);
        Wire wire = switch (kind) {
            case "segment" -> new Wire.Segment(Path.of(named(text, name, "directory")), segmentOptions(values));
            case "tap" -> new Wire.Tap(new InterfaceName(named(text, name, "device")));
            case "bridge" -> new Wire.Bridge(interfaceChoice(named(text, name, "interface")));
            case "kernel" -> new Wire.Kernel(Path.of(named(text, name, "host directory")));
            case "udp" -> new Wire.Udp(UdpEndpoint.parse(named(text, name, "local end")), peers);
            default ->
                throw new IllegalArgumentException(
                        "wire \"" + text + "\" is none that is known: segment:DIRECTORY, tap:NAME,"
                                + " bridge:INTERFACE, bridge:SUBNET or udp:ADDRESS:PORT,peer=HOST:PORT, each with"
                                + " [,key=value...]");
        };
        if (wire instanceof Wire.Kernel && !values.isEmpty()) {
            throw new IllegalArgumentException("wire \"" + text + "\" has options, which stand in the kernel's wire");
        }
        Impairments impairments = new Impairments(
                fraction(values, "loss"),
                fraction(values, "duplication"),
                fraction(values, "reordering"),
                fraction(values, "corruption"),
                whole(values, "seed", 0, Long.MAX_VALUE));
        for (String unknown : values.keySet()) {
            throw new IllegalArgumentException(refusal(kind, unknown));
        }
        return new LinkSpecification(wire, impairments);
    }

    private static String named(String text, String name, String what) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("wire \"" + text + "\" names no " + what);
        }
        return name;
    }

    /** A subnet has a '/', which no name has. */
    private static InterfaceChoice interfaceChoice(String text) {
        return text.matches("[0-9.]+/.*") ? Ipv4Subnet.parse(text) : new InterfaceName(text);
    }

    /** The options, in the order in which they stand, but for the peers, which go to a list where a wire has some. */
    private static Map<String, String> values(String[] parts, @Nullable List<UdpEndpoint> peers) {
        Map<String, String> values = new LinkedHashMap<>();
        for (int i = 1; i < parts.length; i++) {
            int equals = parts[i].indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException("wire option \"" + parts[i] + "\" is not key=value");
            }
            String key = parts[i].substring(0, equals);
            String value = parts[i].substring(equals + 1);
            if (peers != null && key.equals("peer")) {
                peers.add(UdpEndpoint.parse(value));
            } else if (values.put(key, value) != null) {
                throw new IllegalArgumentException("wire option " + key + " stands twice");
            }
        }
        return values;
    }

    private static SegmentOptions segmentOptions(Map<String, String> values) {
        return new SegmentOptions(
                Math.toIntExact(whole(values, "ringBytes", SegmentOptions.DEFAULT_RING_BYTES, Integer.MAX_VALUE)),
                whole(values, "rateBitsPerSecond", 0, Long.MAX_VALUE),
                whole(values, "delayNs", 0, Long.MAX_VALUE));
    }

    private static String refusal(String kind, String option) {
        if (kind.equals("segment")) {
            return "unknown wire option " + option + " (known: " + String.join(", ", SEGMENT_OPTIONS) + ", "
                    + IMPAIRMENT_OPTIONS + ")";
        }
        return (SEGMENT_OPTIONS.contains(option) ? "only a segment has wire option " : "unknown wire option ") + option
                + " (known for " + kind + ": " + (kind.equals("udp") ? "peer, " : "") + IMPAIRMENT_OPTIONS + ")";
    }

    private static long whole(Map<String, String> values, String key, long otherwise, long most) {
        String text = values.remove(key);
        if (text == null) {
            return otherwise;
        }
        try {
            long value = Long.parseLong(text);
            if (value >= 0 && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("wire option " + key + "=" + text + " is no whole number", e);
        }
        throw new IllegalArgumentException("wire option " + key + "=" + text + " is not between 0 and " + most);
    }

    private static double fraction(Map<String, String> values, String key) {
        String text = values.remove(key);
        if (text == null) {
            return 0;
        }
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("wire option " + key + "=" + text + " is no number", e);
        }
    }

    /**
     * Joins the link. What arrives is impaired first and captured then, so a capture shows what the driver sees. Where the peers do
     * not impair what we send, because they are Linux, it is impaired here, after it was captured.
     *
     * @param capture where to record frames, or {@code null}
     * @throws IOException when the link cannot be joined or the capture not be written
     */
    public LinkEnd open(MacAddress address, int mtuBytes, @Nullable Path capture) throws IOException {
        LinkEnd link = impaired(wire.open(address, mtuBytes));
        if (capture == null) {
            return link;
        }
        try {
            return new CapturingLink(link, PcapngWriter.create(capture, wire.name(), address));
        } catch (IOException | RuntimeException e) {
            link.close();
            throw e;
        }
    }

    /** A link of this wire, with the impairments of this end. */
    LinkEnd impaired(LinkEnd link) {
        if (impairments.harmless()) {
            return link;
        }
        return new ImpairedLink(wire.impairedByPeers() ? link : new ImpairedSending(link, impairments), impairments);
    }
}
