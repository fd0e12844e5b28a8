package org.machbed.testbed.node;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Where the nodes of both hosts listen. */
public record NodeAddresses(Map<NodeName, Address> byName) {
    /** Nodes at the names that the Compose and Swarm files give them. */
    public static final String DOCKER = "docker";

    /** The TCP port that a node listens on where nobody says. */
    public static final int PORT = 7400;

    /** What every host has, and what a run needs. */
    private static final List<NodeRole> NEEDED =
            List.of(NodeRole.KERNEL_NODE, NodeRole.PROTOCOL_SERVER, NodeRole.CLIENT_APP);

    private static final Set<String> HOSTS = Set.of("a", "b");
    private static final int LARGEST_PORT = 65_535;

    /** A host name or address, and a TCP port. */
    public record Address(String host, int port) {
        @Override
        public String toString() {
            return host + ":" + port;
        }
    }

    public NodeAddresses {
        byName = new LinkedHashMap<>(byName);
    }

    /**
     * Reads {@value #DOCKER}, or {@code a-kernel-node=HOST:PORT,...} with the kernel-node, protocol-server and client-app of hosts a and b.
     *
     * @throws IllegalArgumentException naming what is unknown, missing or malformed
     */
    public static NodeAddresses parse(String text) {
        Map<NodeName, Address> byName = new LinkedHashMap<>();
        if (text.equals(DOCKER)) {
            needed().forEach(name -> byName.put(name, new Address(name.toString(), PORT)));
            return new NodeAddresses(byName);
        }
        for (String word : text.split(",", -1)) {
            int equals = word.indexOf('=');
            NodeName name = NodeName.parse(word.substring(0, Math.max(0, equals)))
                    .filter(known -> HOSTS.contains(known.host()))
                    .orElseThrow(
                            () -> new IllegalArgumentException(
                                    "\"" + word
                                            + "\" is neither docker nor of the form NODE=HOST:PORT; nodes are called a-kernel-node and the like"));
            if (byName.put(name, address(word.substring(equals + 1))) != null) {
                throw new IllegalArgumentException(name + " stands twice");
            }
        }
        List<NodeName> missing =
                needed().stream().filter(name -> !byName.containsKey(name)).toList();
        if (!missing.isEmpty()) {
            throw new IllegalArgumentException(
                    missing.stream().map(NodeName::toString).collect(Collectors.joining(", ")) + " is missing");
        }
        return new NodeAddresses(byName);
    }

    private static List<NodeName> needed() {
        return HOSTS.stream()
                .sorted()
                .flatMap(host -> NEEDED.stream().map(role -> new NodeName(host, role)))
                .toList();
    }

    private static Address address(String text) {
        int colon = text.lastIndexOf(':');
        String port = text.substring(colon + 1);
        if (colon < 1 || !port.matches("[0-9]{1,5}") || Integer.parseInt(port) > LARGEST_PORT) {
            throw new IllegalArgumentException("\"" + text + "\" is not of the form HOST:PORT");
        }
        return new Address(text.substring(0, colon), Integer.parseInt(port));
    }

    /** For a report: who is where. */
    public String text() {
        return byName.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .collect(Collectors.joining(","));
    }

    /** All roles, for a message. */
    public static String roles() {
        return Arrays.stream(NodeRole.values()).map(NodeRole::label).collect(Collectors.joining(", "));
    }
}
