package org.machbed.netstack.simulation;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.tcp.TcpConfiguration;

/** Hosts, the network between them, their applications, and one clock. Made by a seed, run once. */
final class World {
    private static final long SECOND = 1_000_000_000L;
    private static final int FIRST_PORT = 50_000;

    /**
     * By then everything is over: keep-alives end a connection two hours and nine probes after the peer has gone (RFC 9293 section
     * 3.8.4).
     */
    private static final long PATIENCE_NS = 4 * 3600 * SECOND;

    /** What runs so often without that time passes stands still. */
    private static final int MOST_AT_ONCE = 100_000;

    private static final long FIRST_PRIME = 0x9E37_79B9_7F4A_7C15L;

    private final WorldPlan plan;
    private final Dice dice;
    private final Sabotage sabotage;
    private final @Nullable SimulationListener listener;
    private final Schedule schedule = new Schedule();
    private final WireObserver observer = new WireObserver(this);
    private final Wire wire;
    private final List<SimulatedHost> hosts = new ArrayList<>();
    private final List<Server> servers = new ArrayList<>();
    private final List<Conversation> conversations = new ArrayList<>();
    private final Map<Long, Endpoint> endpoints = new HashMap<>();
    private long nowNs;
    private long digest;
    private int nextPort = FIRST_PORT;
    private int sequelsLeft;
    private boolean closing;
    private boolean closed;
    private int atOnce;

    World(long seed, Sabotage sabotage, @Nullable SimulationListener listener) {
        this.sabotage = sabotage;
        this.listener = listener;
        dice = new Dice(seed);
        plan = WorldPlan.of(dice.split());
        nowNs = plan.startNs();
        wire = new Wire(this, plan, dice.split(), observer, sabotage);
        for (int i = 0; i < plan.hosts().size(); i++) {
            SimulatedHost host = new SimulatedHost(i, plan.hosts().get(i), this, wire);
            hosts.add(host);
            servers.add(new Server(this, host, dice.split()));
        }
        sequelsLeft = dice.below(4);
    }

    // ---- Its parts

    long nowNs() {
        return nowNs;
    }

    Schedule schedule() {
        return schedule;
    }

    Sabotage sabotage() {
        return sabotage;
    }

    WireObserver observer() {
        return observer;
    }

    Wire wire() {
        return wire;
    }

    List<SimulatedHost> hosts() {
        return hosts;
    }

    SimulatedHost host(int number) {
        return hosts.get(number);
    }

    List<Conversation> conversations() {
        return conversations;
    }

    long digest() {
        return digest;
    }

    long ageNs() {
        return nowNs - plan.startNs();
    }

    long healsNs() {
        return plan.network().healsNs();
    }

    boolean isLengthy() {
        return plan.lengthy();
    }

    /** Whether a host has had somebody who listens at all times. */
    boolean listensAlways(SimulatedHost host) {
        return !closing && host.plan.crashNs() == Long.MAX_VALUE;
    }

    boolean sendsCookies(SimulatedHost host) {
        TcpConfiguration tcp = host.plan.stack().tcp();
        return Math.min(tcp.halfOpenConnections(), tcp.connections()) < WorldPlan.ENOUGH_CONNECTIONS;
    }

    boolean hasFullLinks() {
        return plan.network().fullness() > 0;
    }

    int hostAt(int ipv4) {
        for (SimulatedHost host : hosts) {
            if (host.plan.ipv4() == ipv4) {
                return host.number;
            }
        }
        throw new Violation("there is no such host");
    }

    /** Whose the stream from one port to another is. */
    @Nullable
    Endpoint endpoint(int host, int port, int peer, int peerPort) {
        return endpoints.get(key(host, port, peer, peerPort));
    }

    private static long key(int host, int port, int peer, int peerPort) {
        return (long) host << 40 | (long) peer << 32 | (long) port << 16 | peerPort;
    }

    // ---- What happens

    /** @throws Violation when something happens that must not */
    void run() {
        for (Server server : servers) {
            server.open(nowNs);
        }
        for (SimulatedHost host : hosts) {
            if (host.plan.crashNs() != Long.MAX_VALUE) {
                schedule.at(Math.max(nowNs, host.plan.crashNs()), atNs -> crash(host, atNs));
            }
        }
        int count = dice.pick(1, 2, 2, 3, 4, 6, 10);
        for (int i = 0; i < count; i++) {
            SimulatedHost a = dice.pick(hosts.toArray(SimulatedHost[]::new));
            SimulatedHost b =
                    dice.chance(0.05) ? a : hosts.get((a.number + 1 + dice.below(hosts.size() - 1)) % hosts.size());
            boolean simultaneous = a != b && dice.chance(0.1);
            begin(converse(a, b, simultaneous), nowNs + dice.between(0, dice.skewed(5 * SECOND)));
        }
        long endNs = healsNs() + PATIENCE_NS;
        while (!isOver()) {
            step(endNs);
        }
        for (SimulatedHost host : hosts) {
            String leftover = host.leftover();
            if (leftover != null) {
                throw new Violation(host + " still has " + leftover);
            }
        }
    }

    private boolean isOver() {
        if (!closed || wire.onTheWay() != 0) {
            return false;
        }
        for (SimulatedHost host : hosts) {
            if (host.stack().tcp().connections() != 0) {
                return false;
            }
        }
        return areAllOver();
    }

    /** What comes next, be it a timer, a frame or an application's turn. */
    private void step(long endNs) {
        SimulatedHost next = null;
        long timerNs = Long.MAX_VALUE;
        for (SimulatedHost host : hosts) {
            long ns = sabotage.ignoresDeadlines(host.number) ? Long.MAX_VALUE : host.nextTimerNs();
            if (ns < timerNs) {
                timerNs = ns;
                next = host;
            }
        }
        long atNs = Math.max(nowNs, Math.min(timerNs, schedule.nextNs()));
        if (atNs > endNs) {
            throw new Violation("it does not end: " + unfinished());
        }
        atOnce = atNs == nowNs ? atOnce + 1 : 0;
        if (atOnce > MOST_AT_ONCE) {
            throw new Violation("time stands still at " + (next == null ? "an application" : next));
        }
        nowNs = atNs;
        if (next != null && timerNs <= schedule.nextNs()) {
            next.stack().onTimer(nowNs);
        } else {
            schedule.runNext(nowNs);
        }
    }

    private String unfinished() {
        StringBuilder text = new StringBuilder();
        for (Conversation conversation : conversations) {
            if (!conversation.isOver()) {
                text.append(conversation.first.situation()).append("; ");
                text.append(conversation.second.situation()).append("; ");
            }
        }
        for (SimulatedHost host : hosts) {
            text.append(host).append(" has ").append(host.leftover()).append("; ");
        }
        return text.toString();
    }

    private Conversation converse(SimulatedHost a, SimulatedHost b, boolean simultaneous) {
        Conversation conversation = new Conversation(this, conversations.size(), a, b, simultaneous, dice.split());
        conversations.add(conversation);
        return conversation;
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

    private void begin(Conversation conversation, long atNs) {
        assignPorts(conversation);
        schedule.at(atNs, conversation.first::connect);
        if (conversation.simultaneous) {
            long apartNs = dice.between(0, 2 * plan.network().delayNs());
            schedule.at(atNs + apartNs, conversation.second::connect);
        }
    }

    void onEndpointOver(Conversation conversation, long atNs) {
        if (conversation.wentWell()
                && !conversation.simultaneous
                && !conversation.risksCookies()
                && sequelsLeft > 0
                && !closing) {
            sequelsLeft--; // another one between the same ports (RFC 9293 section 3.6.1, MAY-2)
            Conversation sequel = converse(conversation.first.host, conversation.second.host, false);
            assignPorts(sequel, conversation.first.port(), conversation.first.peerPort());
            long restNs = sequel.outrunsOldSegments() ? 0 : WorldPlan.LEAST_MSL_NS;
            schedule.at(atNs + restNs + dice.between(0, dice.skewed(SECOND)), sequel.first::connect);
        }
        closeWhenAllIsOver(atNs);
    }

    private void closeWhenAllIsOver(long atNs) {
        if (!closing && areAllOver()) {
            closing = true;
            schedule.at(atNs, this::close);
        }
    }

    private boolean areAllOver() {
        return conversations.stream().allMatch(Conversation::isOver);
    }

    private void close(long atNs) {
        closed = true;
        servers.forEach(server -> server.close(atNs));
    }

    private void crash(SimulatedHost host, long atNs) {
        if (closing) {
            return;
        }
        say(atNs, host.toString(), "stops and starts anew");
        host.crash();
        for (Conversation conversation : List.copyOf(conversations)) {
            for (Endpoint endpoint : List.of(conversation.first, conversation.second)) {
                if (endpoint.host == host) {
                    if (!endpoint.hasBegun() && conversation.first.hasBegun()) {
                        endpoint.breakOff(atNs); // it may have been about to be accepted
                    }
                    endpoint.crash(atNs);
                }
            }
        }
        servers.get(host.number).open(atNs);
        closeWhenAllIsOver(atNs);
    }

    // ---- What is heard of it

    /** Adds to what tells one run from another. */
    void mix(long value) {
        digest = Long.rotateLeft((digest ^ value ^ nowNs) * FIRST_PRIME, 27);
    }

    void say(long atNs, String who, String what) {
        mix(what.hashCode());
        if (listener != null) {
            listener.onEvent(atNs, who, what);
        }
    }

    void listenToSent(SimulatedHost host, MemorySegment memory, int length) {
        if (listener != null) {
            listener.onFrameSent(nowNs, host.plan.stack().mac(), memory, length);
        }
    }

    void listenToArrived(SimulatedHost host, MemorySegment memory, int length) {
        if (listener != null) {
            listener.onFrameArrived(nowNs, host.plan.stack().mac(), memory, length);
        }
    }

    @Override
    public String toString() {
        return plan.toString();
    }
}
