package org.machbed.testbed.node;

import java.util.Optional;

/** Names a node: {@code a-kernel-node}. */
public record NodeName(String host, NodeRole role) {
    /** Reads a name, if it is one. */
    public static Optional<NodeName> parse(String text) {
        int dash = text.indexOf('-');
        if (dash < 1) {
            return Optional.empty();
        }
        return NodeRole.find(text.substring(dash + 1)).map(role -> new NodeName(text.substring(0, dash), role));
    }

    @Override
    public String toString() {
        return host + "-" + role.label();
    }
}
