package org.machbed.netstack.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Who talks to whom in a world, when it begins, and whose the streams between two ports are. */
final class Conversations {
    private static final long SECOND = 1_000_000_000L;
    private static final int FIRST_PORT = 50_000;

    private final World world;
    private final Dice dice;
    private final List<Conversation> all = new ArrayList<>();
    private final Map<Long, Endpoint> endpoints = new HashMap<>();
    private int nextPort = FIRST_PORT;
    private int sequelsLeft;

    Conversations(World world, Dice dice) {
        this.world = world;
        this.dice = dice;
        sequelsLeft = dice.below(4);
    }

    List<Conversation> all() {
        return all;
    }

    boolean areOver() {
        return all.stream().allMatch(Conversation::isOver);
    }

    /** Plans the first ones. */
    void plan(List<SimulatedHost> hosts, long nowNs) {
        int count = dice.pick(1, 2, 2, 3, 4, 6, 10);
        for (int i = 0; i < count; i++) {
            SimulatedHost a = dice.pick(hosts.toArray(SimulatedHost[]::new));
            SimulatedHost b =
                    dice.chance(0.05) ? a : hosts.get((a.number + 1 + dice.below(hosts.size() - 1)) % hosts.size());
            boolean simultaneous = a != b && dice.chance(0.1);
            begin(converse(a, b, simultaneous), nowNs + dice.between(0, dice.skewed(5 * SECOND)));
        }
    }

    private Conversation converse(SimulatedHost a, SimulatedHost b, boolean simultaneous) {
        Conversation conversation = new Conversation(world, all.size(), a, b, simultaneous, dice.split());
        all.add(conversation);
        return conversation;
    }

    private void begin(Conversation conversation, long atNs) {
        assignPorts(conversation);
        world.schedule().at(atNs, conversation.first::connect);
        if (conversation.simultaneous) {
            long apartNs = dice.between(0, 2 * world.delayNs());
            world.schedule().at(atNs + apartNs, conversation.second::connect);
        }
    }

    /** After one that went well there may be another one between the same ports (RFC 9293 section 3.6.1, MAY-2). */
    void mayFollow(Conversation conversation, long atNs) {
        if (conversation.wentWell() && !conversation.simultaneous && !conversation.risksCookies() && sequelsLeft > 0) {
            sequelsLeft--;
            Conversation sequel = converse(conversation.first.host, conversation.second.host, false);
            assignPorts(sequel, conversation.first.port(), conversation.first.peerPort());
            long restNs = sequel.outrunsOldSegments() ? 0 : WorldPlan.LEAST_MSL_NS;
            world.schedule().at(atNs + restNs + dice.between(0, dice.skewed(SECOND)), sequel.first::connect);
        }
    }

    /** Gives a conversation ports that nobody had before, but for a server's. */
    void assignPorts(Conversation conversation) {
        assignPorts(conversation, nextPort++, conversation.simultaneous ? nextPort++ : Server.PORT);
    }

    private void assignPorts(Conversation conversation, int port, int peerPort) {
        Endpoint first = conversation.first;
        Endpoint second = conversation.second;
        first.ports(port, peerPort);
        second.ports(peerPort, port);
        endpoints.put(key(first.host.number, port, second.host.number, peerPort), first);
        endpoints.put(key(second.host.number, peerPort, first.host.number, port), second);
    }

    /** Whose the stream from one port to another is. */
    @Nullable
    Endpoint endpoint(int host, int port, int peer, int peerPort) {
        return endpoints.get(key(host, port, peer, peerPort));
    }

    private static long key(int host, int port, int peer, int peerPort) {
        return (long) host << 40 | (long) peer << 32 | (long) port << 16 | peerPort;
    }

    /** One of those at a host whose connections may move to another stack, by chance; {@code null} when there is none. */
    @Nullable
    Endpoint anyThatMayMigrate(SimulatedHost host, Dice chooser) {
        List<Endpoint> candidates = new ArrayList<>();
        for (Conversation conversation : all) {
            for (Endpoint endpoint : List.of(conversation.first, conversation.second)) {
                if (endpoint.host == host
                        && conversation.first.host != conversation.second.host
                        && endpoint.mayMigrate()) {
                    candidates.add(endpoint);
                }
            }
        }
        return candidates.isEmpty() ? null : candidates.get(chooser.below(candidates.size()));
    }

    /** All applications of a host are gone. */
    void crash(SimulatedHost host, long atNs) {
        for (Conversation conversation : List.copyOf(all)) {
            for (Endpoint endpoint : List.of(conversation.first, conversation.second)) {
                if (endpoint.host == host) {
                    if (!endpoint.hasBegun() && conversation.first.hasBegun()) {
                        endpoint.breakOff(atNs); // it may have been about to be accepted
                    }
                    endpoint.crash(atNs);
                }
            }
        }
    }

    /** What those that are not over wait for. */
    String situation() {
        StringBuilder text = new StringBuilder();
        for (Conversation conversation : all) {
            if (!conversation.isOver()) {
                text.append(conversation.first.situation()).append("; ");
                text.append(conversation.second.situation()).append("; ");
            }
        }
        return text.toString();
    }
}
