package org.machbed.netstack.simulation;

import org.jspecify.annotations.Nullable;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.TcpSocket;
import org.machbed.netstack.tcp.TcpConfiguration;
import org.machbed.netstack.tcp.TcpState;

/** An application at one end of a conversation: how it gets its connection, takes turns at using it, and ends it. */
final class Endpoint {
    private static final long MS = 1_000_000L;
    private static final long SECOND = 1_000_000_000L;
    private static final int ATTEMPTS = 5;

    /** To get a port that is in TIME-WAIT. */
    private static final int PATIENT_ATTEMPTS = 200;

    private enum Phase {
        IDLE,
        CONNECTING,
        OPEN,
        OVER
    }

    private final World world;
    final Conversation conversation;
    private final String name;
    final SimulatedHost host;
    private final Behaviour behaviour;
    private final Dice dice;
    private final OneWayStream outgoing;
    private final Exchange exchange;
    private final Excuse excuse;

    private @Nullable Endpoint other;
    private @Nullable TcpSocket socket;
    private Phase phase = Phase.IDLE;
    private int port;
    private int peerPort;
    private int attempts;
    private boolean turnPlanned;

    /** Whether its connection is between two stacks, so that it can call neither. */
    private boolean migrating;

    /** Whether it gave up meanwhile. */
    private boolean hopeless;

    /** Whether its connection is not to move any more. */
    private boolean stays;

    /** Whether only sends and receives are to be undone since {@link #commit}. */
    private boolean ends;

    Endpoint(World world, Conversation conversation, String name, SimulatedHost host, Behaviour behaviour, Dice dice) {
        this.world = world;
        this.conversation = conversation;
        this.name = conversation + " " + name + " at " + host;
        this.host = host;
        this.behaviour = behaviour;
        this.dice = dice;
        outgoing = new OneWayStream(dice);
        exchange = new Exchange(world, this, behaviour, dice, outgoing);
        excuse = new Excuse(world, this, dice);
    }

    void other(Endpoint endpoint) {
        other = endpoint;
    }

    Endpoint other() {
        Endpoint endpoint = other;
        if (endpoint == null) {
            throw new IllegalStateException("a conversation has two ends");
        }
        return endpoint;
    }

    /** What it sends. */
    OneWayStream outgoing() {
        return outgoing;
    }

    /** What it receives. */
    OneWayStream incoming() {
        return other().outgoing;
    }

    /** Which ports the next attempt is between. */
    void ports(int local, int remote) {
        port = local;
        peerPort = remote;
    }

    int port() {
        return port;
    }

    int peerPort() {
        return peerPort;
    }

    boolean hasBegun() {
        return phase != Phase.IDLE || attempts > 0;
    }

    boolean isOver() {
        return phase == Phase.OVER;
    }

    /** Whether its connection has ended and may come back to life. */
    boolean mayHaunt() {
        TcpSocket s = socket;
        boolean ended = phase == Phase.OVER || s == null || s.state() == TcpState.CLOSED;
        return ended && !migrating && conversation.mayHaunt();
    }

    /** Whether it did what the other end may find its connection broken by. */
    boolean broke() {
        return excuse.isGiven();
    }

    int attempts() {
        return attempts;
    }

    // ---- How it begins

    /** Connects. */
    void connect(long nowNs) {
        if (phase != Phase.IDLE) {
            return;
        }
        attempts++;
        excuse.forgetOldReset();
        exchange.connecting();
        phase = Phase.CONNECTING;
        say(nowNs, "connects from port " + port + " to " + other().host + " port " + peerPort);
        try {
            TcpSocket opened = host.stack().tcp().open();
            socket = opened;
            opened.listener(exchange);
            opened.setOption(SocketOptionName.REUSE_ADDRESS, 1, nowNs);
            if (dice.chance(0.3)) {
                OptionChange.any(opened, dice, nowNs);
            }
            opened.bind(0, port);
            opened.connect(other().host.plan.ipv4(), peerPort, nowNs);
            if (behaviour.sendsEarly()) {
                planTurn(nowNs);
            }
        } catch (SocketLayerException e) {
            fail(e.errno(), nowNs);
        }
    }

    /** Was accepted by a server. */
    void attach(TcpSocket accepted, long nowNs) throws SocketLayerException {
        socket = accepted;
        phase = Phase.OPEN;
        accepted.listener(exchange);
        exchange.connected();
        say(nowNs, "is accepted");
        begin(accepted, nowNs);
        planTurn(nowNs);
    }

    private void begin(TcpSocket s, long nowNs) throws SocketLayerException {
        if (behaviour.keepAlive()) {
            s.setOption(SocketOptionName.KEEP_ALIVE, 1, nowNs);
        }
    }

    // ---- What it does

    void planTurn(long nowNs) {
        if (!turnPlanned && phase != Phase.OVER) {
            turnPlanned = true;
            world.schedule().at(nowNs + dice.between(0, behaviour.thinkNs()), this::turn);
        }
    }

    private void turn(long nowNs) {
        turnPlanned = false;
        TcpSocket s = socket;
        if (s == null || migrating || (phase != Phase.CONNECTING && phase != Phase.OPEN)) {
            return;
        }
        try {
            if (phase == Phase.CONNECTING && s.finishConnect()) {
                phase = Phase.OPEN;
                say(nowNs, "is connected");
                begin(s, nowNs);
            }
            if (phase == Phase.OPEN) {
                exchange.receive(s, nowNs);
            }
            if (phase == Phase.OPEN || (phase == Phase.CONNECTING && behaviour.sendsEarly())) {
                exchange.send(s, nowNs);
            }
            if (phase == Phase.OPEN) {
                end(s, nowNs);
            }
        } catch (SocketLayerException e) {
            fail(e.errno(), nowNs);
        }
    }

    // ---- How it ends

    private void end(TcpSocket s, long nowNs) throws SocketLayerException {
        if (exchange.endsNow()) {
            endEarly(s, nowNs);
        }
        if (phase != Phase.OPEN || !exchange.hasSentAll()) {
            return;
        }
        if (!outgoing.isEnded() && behaviour.ending() != Behaviour.Ending.CLOSE) {
            say(nowNs, "has sent all " + outgoing.sentBytes());
            outgoing.end();
            s.shutdownSending(nowNs);
        }
        if (behaviour.ending() == Behaviour.Ending.CLOSE || incoming().isReceived()) {
            outgoing.end();
            if (exchange.isDeaf()
                    || incoming().receivedBytes() < other().behaviour.totalBytes()) {
                breakOff(nowNs);
            }
            close(nowNs);
        }
    }

    private void endEarly(TcpSocket s, long nowNs) throws SocketLayerException {
        if (behaviour.ending() == Behaviour.Ending.DEAF) {
            exchange.stopReceiving(s, nowNs);
            return;
        }
        if (behaviour.ending() == Behaviour.Ending.ABORT) {
            s.setOption(SocketOptionName.LINGER_SECONDS, 0, nowNs);
        }
        breakOff(nowNs);
        outgoing.end();
        close(nowNs);
    }

    private void close(long nowNs) {
        TcpSocket s = socket;
        socket = null;
        phase = Phase.OVER;
        if (s != null && !world.sabotage().forgetsToClose()) {
            say(nowNs, "closes");
            outgoing.cutOff();
            s.close(nowNs);
        }
        exchange.endLoan(nowNs);
        if (world.isLengthy() || conversation.risksCookies()) {
            breakOff(nowNs); // what it sent last may find nobody
        }
        world.onEndpointOver(conversation, nowNs);
    }

    private void fail(Errno errno, long nowNs) {
        say(nowNs, "fails: " + errno);
        excuse.check(errno, phase == Phase.CONNECTING);
        boolean more = attempts < (errno == Errno.EADDRINUSE ? PATIENT_ATTEMPTS : ATTEMPTS);
        boolean again = phase == Phase.CONNECTING && more && (conversation.simultaneous || !other().hasBegun());
        if (conversation.simultaneous || phase == Phase.OPEN || !again) {
            breakOff(nowNs);
        }
        if (again) {
            tryAgain(errno, nowNs);
        } else {
            close(nowNs);
        }
    }

    private void tryAgain(Errno errno, long nowNs) {
        TcpSocket s = socket;
        socket = null;
        if (s != null) {
            s.close(nowNs);
        }
        phase = Phase.IDLE;
        if (!conversation.simultaneous && errno != Errno.EADDRINUSE) {
            world.conversations().assignPorts(conversation);
        }
        world.schedule().at(nowNs + dice.between(0, 2 * SECOND) + MS, this::connect);
    }

    /** Its host lost everything. */
    void crash(long nowNs) {
        if (hasBegun()) {
            say(nowNs, "is gone with its host");
            socket = null;
            exchange.forgetLoan();
            breakOff(nowNs); // also when it was over: what it sent last may not have arrived
            phase = Phase.OVER;
        }
    }

    /** What it did may surprise the other end. */
    void breakOff(long nowNs) {
        excuse.give(nowNs);
    }

    /** A reset arrives here that answers its SYN, but late, and may be believed for its number. */
    void onOldReset() {
        excuse.onOldReset();
    }

    boolean offersSack() {
        return host.plan.stack().tcp().offers(TcpConfiguration.SACK);
    }

    /** Whether it has a connection that may move to another stack. */
    boolean mayMigrate() {
        TcpSocket s = socket;
        return phase == Phase.OPEN && !migrating && !stays && s != null && s.state() != TcpState.CLOSED;
    }

    /** What its calls have done counts. */
    void commit() {
        outgoing.commitSent();
        incoming().commitReceived();
        ends = outgoing.isEnded() || incoming().isReceived() || exchange.isDeaf();
    }

    /** Whether it has only sent and received since {@link #commit}, or has ended before in a way that stays. */
    boolean mayUndo() {
        return mayMigrate() && ends == (outgoing.isEnded() || incoming().isReceived() || exchange.isDeaf());
    }

    /** Its connection was taken from it; what its calls have done since {@link #commit} is void, and it makes them again. */
    void takenTo(TcpSocket s, boolean undone, long nowNs) {
        say(nowNs, "has its connection taken");
        stays = true;
        if (undone) {
            outgoing.undoSent();
            incoming().undoReceived();
        }
        resume(s, nowNs);
    }

    /** Its calls wait from now on, until {@link #resume}; answers the socket that it has used. */
    TcpSocket pause() {
        TcpSocket s = socket;
        if (s == null || !mayMigrate()) {
            throw new IllegalStateException(name + " has nothing that migrates");
        }
        migrating = true;
        return s;
    }

    /** Goes on with a socket of the stack where its connection is now. */
    void resume(TcpSocket s, long nowNs) {
        migrating = false;
        socket = s;
        try {
            s.listener(exchange);
        } catch (SocketLayerException e) {
            throw new Violation(name + " goes on with a socket that is closed");
        }
        exchange.connected();
        if (hopeless) {
            loseHope(nowNs);
        }
        planTurn(nowNs);
    }

    /** Its process is gone, and somebody else closes what it had. */
    void kill(long nowNs) {
        if (phase == Phase.OVER) {
            return;
        }
        say(nowNs, "is killed");
        exchange.forgetLoan();
        migrating = false;
        socket = null;
        phase = Phase.OVER;
        outgoing.end();
        outgoing.cutOff();
        breakOff(nowNs);
        world.onEndpointOver(conversation, nowNs);
    }

    /** It has waited long enough for an end that broke off. */
    void loseHope(long nowNs) {
        if (migrating) {
            hopeless = true;
            return;
        }
        if (!behaviour.keepAlive() && (phase == Phase.CONNECTING || phase == Phase.OPEN)) {
            say(nowNs, "gives up");
            breakOff(nowNs);
            outgoing.end();
            close(nowNs);
        }
    }

    void say(long nowNs, String what) {
        world.journal().say(nowNs, name, what);
    }

    /** What it waits for. */
    String situation() {
        TcpSocket s = socket;
        TcpState state = s == null ? TcpState.CLOSED : s.state();
        OneWayStream incoming = incoming();
        return name + " (" + phase + ", " + state + ", sent " + outgoing.sentBytes() + " of " + behaviour.totalBytes()
                + ", received " + incoming.receivedBytes() + (incoming.isReceived() ? " and the end" : "") + ", "
                + behaviour.ending() + ")";
    }

    @Override
    public String toString() {
        return name;
    }
}
