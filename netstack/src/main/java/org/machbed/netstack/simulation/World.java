package org.machbed.netstack.simulation;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.tcp.TcpConfiguration;

/** Hosts, the network between them, their applications, and one clock. Made by a seed, run once. */
final class World {
    private static final long SECOND = 1_000_000_000L;

    /**
     * By then everything is over: keep-alives end a connection two hours and nine probes after the peer has gone (RFC 9293 section
     * 3.8.4).
     */
    private static final long PATIENCE_NS = 4 * 3600 * SECOND;

    private final WorldPlan plan;
    private final Sabotage sabotage;
    private final Timeline timeline;
    private final Journal journal;
    private final WireObserver observer;
    private final Wire wire;
    private final List<SimulatedHost> hosts = new ArrayList<>();
    private final List<Server> servers = new ArrayList<>();
    private final Conversations conversations;

    /** Whether all conversations are over, and soon nobody listens. */
    private boolean closing;

    private boolean closed;

    World(long seed, Sabotage sabotage, @Nullable SimulationListener listener) {
        this.sabotage = sabotage;
        Dice dice = new Dice(seed);
        plan = WorldPlan.of(dice.split());
        timeline = new Timeline(plan.startNs(), sabotage);
        journal = new Journal(timeline, listener);
        observer = new WireObserver(this);
        wire = new Wire(this, plan, dice.split(), observer, sabotage);
        for (int i = 0; i < plan.hosts().size(); i++) {
            SimulatedHost host = new SimulatedHost(i, plan.hosts().get(i), this, wire, dice.split());
            hosts.add(host);
            servers.add(new Server(this, host, dice.split()));
        }
        conversations = new Conversations(this, dice);
    }

    // ---- Its parts

    long nowNs() {
        return timeline.nowNs();
    }

    Schedule schedule() {
        return timeline.schedule();
    }

    Timeline timeline() {
        return timeline;
    }

    Journal journal() {
        return journal;
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

    Conversations conversations() {
        return conversations;
    }

    // ---- What is so in it

    long ageNs() {
        return nowNs() - plan.startNs();
    }

    long healsNs() {
        return plan.network().healsNs();
    }

    long delayNs() {
        return plan.network().delayNs();
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

    /** Whether nobody wants anything any more. */
    boolean isClosing() {
        return closing;
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

    // ---- What happens

    /** @throws Violation when something happens that must not */
    void run() {
        for (Server server : servers) {
            server.open(nowNs());
        }
        for (SimulatedHost host : hosts) {
            if (host.plan.crashNs() != Long.MAX_VALUE) {
                schedule().at(Math.max(nowNs(), host.plan.crashNs()), atNs -> crash(host, atNs));
            }
        }
        for (SimulatedHost host : hosts) {
            SimulatedLibrary library = host.library();
            if (library != null) {
                library.plan(nowNs());
            }
        }
        conversations.plan(hosts, nowNs());
        long endNs = healsNs() + PATIENCE_NS;
        while (!isOver()) {
            if (!timeline.step(hosts, endNs)) {
                throw new Violation("it does not end: " + unfinished());
            }
            for (SimulatedHost host : hosts) {
                SimulatedLibrary library = host.library();
                if (library != null) {
                    library.afterStep(nowNs());
                }
            }
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
            if (!host.isQuiet()) {
                return false;
            }
        }
        return conversations.areOver();
    }

    private String unfinished() {
        StringBuilder text = new StringBuilder(conversations.situation());
        for (SimulatedHost host : hosts) {
            text.append(host).append(" has ").append(host.leftover()).append("; ");
        }
        return text.toString();
    }

    void onEndpointOver(Conversation conversation, long atNs) {
        if (!closing) {
            conversations.mayFollow(conversation, atNs);
        }
        closeWhenAllIsOver(atNs);
    }

    private void closeWhenAllIsOver(long atNs) {
        if (!closing && conversations.areOver()) {
            closing = true;
            schedule().at(atNs, this::close);
        }
    }

    private void close(long atNs) {
        closed = true;
        servers.forEach(server -> server.close(atNs));
    }

    private void crash(SimulatedHost host, long atNs) {
        if (closing) {
            return;
        }
        journal.say(atNs, host.toString(), "stops and starts anew");
        host.crash();
        conversations.crash(host, atNs);
        servers.get(host.number).open(atNs);
        closeWhenAllIsOver(atNs);
    }

    @Override
    public String toString() {
        return plan.toString();
    }
}
