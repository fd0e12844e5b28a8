package org.machbed.testbed.node;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** How a kernel-node is on the wire of a row, given how its node is on that of the standing topology, which is row 0. */
public final class NodeWire {
    private static final Pattern PORT = Pattern.compile("^(.*:)([0-9]{1,5})$");
    private static final String SEGMENT = "segment:";
    private static final String UDP = "udp:";

    private NodeWire() {}

    /**
     * The wire of a row. A bridge carries them all, and their stations differ; a row on UDP has ports of its own, counted from those
     * given; a row on a segment has one of its own.
     *
     * @param wire as a kernel-node's argument has it
     */
    public static String ofRow(String wire, int row) {
        if (wire.startsWith(SEGMENT)) {
            int options = wire.indexOf(',');
            int end = options < 0 ? wire.length() : options;
            return wire.substring(0, end) + "-" + row + wire.substring(end);
        }
        return wire.startsWith(UDP)
                ? Stream.of(wire.split(",", -1)).map(part -> shifted(part, row)).collect(Collectors.joining(","))
                : wire;
    }

    private static String shifted(String part, int row) {
        boolean end = part.startsWith(UDP) || part.startsWith("peer=");
        Matcher port = PORT.matcher(part);
        return end && port.matches() ? port.group(1) + (Integer.parseInt(port.group(2)) + row) : part;
    }

    /** What it is called in a table: bridge, udp, segment. */
    public static String label(String wire) {
        return wire.substring(0, Math.max(0, wire.indexOf(':')));
    }
}
