package org.machbed.netstack.simulation;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.StreamListener;
import org.machbed.netstack.socket.TcpSocket;
import org.machbed.netstack.tcp.TcpState;
import org.machbed.netstack.tcp.congestion.CongestionAlgorithm;

/**
 * An application at one end of a conversation. It calls when it was told that it may, so that what it was not told of stops it for
 * ever; it holds what it receives against what the other end gave, and what ends its connection against what may.
 */
final class Endpoint implements StreamListener {
    private static final long MS = 1_000_000L;
    private static final long SECOND = 1_000_000_000L;
    private static final int ATTEMPTS = 5;

    /** To get a port that is in TIME-WAIT. */
    private static final int PATIENT_ATTEMPTS = 200;

    private static final int LARGEST_RECEIVE_BYTES = 1 << 16;

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
    private final int streamStart;
    private final MemorySegment scratch = MemorySegment.ofArray(new byte[LARGEST_RECEIVE_BYTES]);

    private @Nullable Endpoint other;
    private @Nullable TcpSocket socket;
    private Phase phase = Phase.IDLE;
    private int port;
    private int peerPort;
    private int attempts;
    private int pausesLeft;
    private boolean turnPlanned;

    // What it was told and has not used up.
    private boolean mayReceive;
    private boolean maySend;

    private long receivesAgainNs = Long.MIN_VALUE;
    private long sendsAgainNs = Long.MIN_VALUE;

    private int sentBytes;
    private int receivedBytes;

    /** The most that any of its connections was given, a call under way included. */
    private int givenBytes;

    private boolean streamEnded;
    private boolean everEndedStream;
    private boolean atEnd;
    private boolean deaf;

    /** Whether the other end may find its connection reset. */
    private boolean broke;

    Endpoint(World world, Conversation conversation, String name, SimulatedHost host, Behaviour behaviour, Dice dice) {
        this.world = world;
        this.conversation = conversation;
        this.name = conversation + " " + name + " at " + host;
        this.host = host;
        this.behaviour = behaviour;
        this.dice = dice;
        streamStart = StreamContent.start(dice);
        pausesLeft = behaviour.pauses();
    }

    void other(Endpoint endpoint) {
        other = endpoint;
    }

    private Endpoint other() {
        Endpoint endpoint = other;
        if (endpoint == null) {
            throw new IllegalStateException("a conversation has two ends");
        }
        return endpoint;
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

    // ---- For the observer of the wire

    int streamStart() {
        return streamStart;
    }

    int givenBytes() {
        return givenBytes;
    }

    boolean hasEndedStream() {
        return everEndedStream;
    }

    // ---- For the world

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
        return ended && conversation.mayHaunt();
    }

    boolean broke() {
        return broke;
    }

    int attempts() {
        return attempts;
    }

    int receivedBytes() {
        return receivedBytes;
    }

    /** Connects. */
    void connect(long nowNs) {
        if (phase != Phase.IDLE) {
            return;
        }
        attempts++;
        sentBytes = 0;
        streamEnded = false;
        mayReceive = false;
        maySend = behaviour.sendsEarly();
        phase = Phase.CONNECTING;
        say(nowNs, "connects from port " + port + " to " + other().host + " port " + peerPort);
        try {
            TcpSocket opened = host.stack().tcp().open();
            socket = opened;
            opened.listener(this);
            opened.setOption(SocketOptionName.REUSE_ADDRESS, 1, nowNs);
            if (dice.chance(0.3)) {
                changeOption(opened, nowNs);
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
        accepted.listener(this);
        mayReceive = true;
        maySend = true;
        say(nowNs, "is accepted");
        begin(accepted, nowNs);
        planTurn(nowNs);
    }

    private void begin(TcpSocket s, long nowNs) throws SocketLayerException {
        if (behaviour.keepAlive()) {
            s.setOption(SocketOptionName.KEEP_ALIVE, 1, nowNs);
        }
    }

    /** Its host lost everything. */
    void crash(long nowNs) {
        if (hasBegun()) {
            say(nowNs, "is gone with its host");
            socket = null;
            breakOff(nowNs); // also when it was over: what it sent last may not have arrived
            phase = Phase.OVER;
        }
    }

    /** What it did may surprise the other end, which will not wait for ever to find out. */
    void breakOff(long nowNs) {
        if (!broke) {
            broke = true;
            long hopeNs = Math.max(nowNs, world.healsNs()) + dice.between(100 * SECOND, 200 * SECOND);
            world.schedule().at(hopeNs, other()::loseHope);
        }
    }

    private void loseHope(long nowNs) {
        if (!behaviour.keepAlive() && (phase == Phase.CONNECTING || phase == Phase.OPEN)) {
            say(nowNs, "gives up");
            breakOff(nowNs);
            close(nowNs);
        }
    }

    // ---- What it does

    private void planTurn(long nowNs) {
        if (!turnPlanned && phase != Phase.OVER) {
            turnPlanned = true;
            world.schedule().at(nowNs + dice.between(0, behaviour.thinkNs()), this::turn);
        }
    }

    private void turn(long nowNs) {
        turnPlanned = false;
        TcpSocket s = socket;
        if (s == null || (phase != Phase.CONNECTING && phase != Phase.OPEN)) {
            return;
        }
        try {
            if (phase == Phase.CONNECTING && s.finishConnect()) {
                phase = Phase.OPEN;
                say(nowNs, "is connected");
                begin(s, nowNs);
            }
            if (phase == Phase.OPEN) {
                receive(s, nowNs);
            }
            if (phase == Phase.OPEN || (phase == Phase.CONNECTING && behaviour.sendsEarly())) {
                send(s, nowNs);
            }
            if (phase == Phase.OPEN) {
                end(s, nowNs);
            }
        } catch (SocketLayerException e) {
            fail(e.errno(), nowNs);
        }
    }

    private void receive(TcpSocket s, long nowNs) throws SocketLayerException {
        while (mayReceive && !atEnd && !endsNow() && nowNs >= receivesAgainNs) {
            int room = Math.min(LARGEST_RECEIVE_BYTES, 1 + dice.below(behaviour.receiveBytes()));
            mayReceive = false; // before the call, which may tell more
            int bytes = s.receive(scratch, 0, room, nowNs);
            if (bytes == TcpSocket.END_OF_STREAM) {
                onEndOfStream(nowNs);
            } else if (bytes > 0) {
                mayReceive = true;
                take(bytes);
                if (pauses()) {
                    receivesAgainNs = pause(nowNs);
                }
                if (dice.chance(behaviour.fickleness())) {
                    changeOption(s, nowNs);
                }
            }
        }
    }

    private void take(int bytes) {
        world.mix(receivedBytes);
        Endpoint sender = other();
        if (receivedBytes + bytes > sender.givenBytes) {
            throw new Violation(name + " received more than was sent");
        }
        long wrong = StreamContent.mismatch(sender.streamStart, receivedBytes, scratch, 0, bytes);
        if (wrong >= 0) {
            throw new Violation(name + " received another octet at " + (receivedBytes + wrong) + " than was sent");
        }
        receivedBytes += bytes;
    }

    private void onEndOfStream(long nowNs) {
        atEnd = true;
        say(nowNs, "has received all " + receivedBytes);
        Endpoint sender = other();
        if (!deaf && (!sender.streamEnded || sender.sentBytes != receivedBytes)) {
            throw new Violation(name + " received the end of the stream after " + receivedBytes + " octets, but "
                    + sender.sentBytes + " were sent");
        }
    }

    private void send(TcpSocket s, long nowNs) throws SocketLayerException {
        boolean answers = atEnd || receivedBytes >= behaviour.sendsAfterBytes();
        while (answers && maySend && sentBytes < behaviour.totalBytes() && !endsNow() && nowNs >= sendsAgainNs) {
            int length = Math.min(behaviour.totalBytes() - sentBytes, 1 + dice.below(behaviour.sendBytes()));
            givenBytes = Math.max(givenBytes, sentBytes + length);
            long at = (long) streamStart + sentBytes;
            maySend = false; // before the call, which may tell more
            int taken = dice.chance(behaviour.urgency())
                    ? s.sendUrgent(StreamContent.TABLE, at, length, nowNs)
                    : s.send(StreamContent.TABLE, at, length, nowNs);
            sentBytes += taken;
            maySend |= taken == length;
            if (pauses()) {
                sendsAgainNs = pause(nowNs);
            }
            if (dice.chance(behaviour.fickleness())) {
                changeOption(s, nowNs);
            }
        }
    }

    private boolean pauses() {
        return pausesLeft > 0 && dice.chance(0.2);
    }

    private long pause(long nowNs) {
        pausesLeft--;
        long untilNs = nowNs + dice.between(0, behaviour.pauseNs());
        world.schedule().at(untilNs, this::planTurn);
        return untilNs;
    }

    // ---- How it ends

    /** Whether it does so before its time. */
    private boolean endsNow() {
        return behaviour.endsEarly() && !deaf && sentBytes + receivedBytes >= behaviour.endsAtBytes();
    }

    private void end(TcpSocket s, long nowNs) throws SocketLayerException {
        if (endsNow()) {
            endEarly(s, nowNs);
        }
        boolean allSent = sentBytes == behaviour.totalBytes();
        if (phase != Phase.OPEN || !allSent) {
            return;
        }
        if (!streamEnded && (behaviour.ending() != Behaviour.Ending.CLOSE)) {
            say(nowNs, "has sent all " + sentBytes);
            endStream();
            s.shutdownSending(nowNs);
        }
        if (behaviour.ending() == Behaviour.Ending.CLOSE || atEnd) {
            endStream();
            if (deaf || receivedBytes < other().behaviour.totalBytes()) {
                breakOff(nowNs);
            }
            close(nowNs);
        }
    }

    private void endEarly(TcpSocket s, long nowNs) throws SocketLayerException {
        if (behaviour.ending() == Behaviour.Ending.DEAF) {
            say(nowNs, "stops to receive");
            deaf = true;
            mayReceive = true;
            receivesAgainNs = nowNs;
            s.shutdownReceiving(nowNs);
            receive(s, nowNs);
            send(s, nowNs);
            return;
        }
        if (behaviour.ending() == Behaviour.Ending.ABORT) {
            s.setOption(SocketOptionName.LINGER_SECONDS, 0, nowNs);
        }
        breakOff(nowNs);
        endStream();
        close(nowNs);
    }

    private void endStream() {
        streamEnded = true;
        everEndedStream = true;
    }

    private void close(long nowNs) {
        TcpSocket s = socket;
        socket = null;
        phase = Phase.OVER;
        if (s != null && !world.sabotage().forgetsToClose()) {
            say(nowNs, "closes");
            everEndedStream = true;
            s.close(nowNs);
        }
        if (world.isLengthy() || conversation.risksCookies()) {
            breakOff(nowNs); // what it sent last may find nobody
        }
        world.onEndpointOver(conversation, nowNs);
    }

    private void fail(Errno errno, long nowNs) {
        say(nowNs, "fails: " + errno);
        checkFailure(errno);
        boolean more = attempts < (errno == Errno.EADDRINUSE ? PATIENT_ATTEMPTS : ATTEMPTS);
        boolean again = phase == Phase.CONNECTING && more && (conversation.simultaneous || !other().hasBegun());
        if (conversation.simultaneous || phase == Phase.OPEN || !again) {
            breakOff(nowNs);
        }
        if (again) {
            TcpSocket s = socket;
            socket = null;
            if (s != null) {
                s.close(nowNs);
            }
            phase = Phase.IDLE;
            if (!conversation.simultaneous && errno != Errno.EADDRINUSE) {
                world.assignPorts(conversation);
            }
            world.schedule().at(nowNs + dice.between(0, 2 * SECOND) + MS, this::connect);
        } else {
            close(nowNs);
        }
    }

    /** RFC 9293 has few reasons for which a connection may fail. */
    private void checkFailure(Errno errno) {
        boolean connecting = phase == Phase.CONNECTING;
        boolean excused = other().broke || world.isLengthy() || conversation.risksCookies();
        boolean legal = switch (errno) {
            case ECONNREFUSED -> connecting && (conversation.simultaneous || !world.listensAlways(other().host));
            case ECONNRESET -> excused;
            case ETIMEDOUT, EHOSTUNREACH -> connecting || excused;
            case EADDRINUSE, ENOBUFS -> connecting;
            default -> false;
        };
        if (!legal) {
            throw new Violation(name + " fails with " + errno + " for no reason");
        }
    }

    private void changeOption(TcpSocket s, long nowNs) throws SocketLayerException {
        switch (dice.below(6)) {
            case 0 -> s.setOption(SocketOptionName.RECEIVE_BUFFER_BYTES, WorldPlan.bufferBytes(dice), nowNs);
            case 1 -> s.setOption(SocketOptionName.SEND_BUFFER_BYTES, WorldPlan.bufferBytes(dice), nowNs);
            case 2 -> s.setOption(SocketOptionName.NO_DELAY, dice.below(2), nowNs);
            case 3 -> s.setOption(SocketOptionName.TYPE_OF_SERVICE, dice.below(256), nowNs);
            case 4 ->
                s.setOption(
                        SocketOptionName.CONGESTION_CONTROL, dice.below(CongestionAlgorithm.values().length), nowNs);
            default -> s.setOption(SocketOptionName.LINGER_SECONDS, 1 + dice.below(30), nowNs);
        }
    }

    // ---- What it is told

    @Override
    public void onConnected() {
        mayReceive = true;
        maySend = true;
        planTurn(world.nowNs());
    }

    @Override
    public void onReadable() {
        mayReceive = true;
        planTurn(world.nowNs());
    }

    @Override
    public void onWritable() {
        maySend = true;
        planTurn(world.nowNs());
    }

    @Override
    public void onAcceptable() {
        throw new Violation(name + " does not listen");
    }

    @Override
    public void onError(Errno errno) {
        onHangUp();
    }

    @Override
    public void onHangUp() {
        mayReceive = true;
        maySend = true;
        planTurn(world.nowNs());
    }

    private void say(long nowNs, String what) {
        world.say(nowNs, name, what);
    }

    /** What it waits for. */
    String situation() {
        TcpSocket s = socket;
        TcpState state = s == null ? TcpState.CLOSED : s.state();
        return name + " (" + phase + ", " + state + ", sent " + sentBytes + " of " + behaviour.totalBytes()
                + ", received " + receivedBytes + (atEnd ? " and the end" : "") + ", " + behaviour.ending() + ")";
    }

    @Override
    public String toString() {
        return name;
    }
}
