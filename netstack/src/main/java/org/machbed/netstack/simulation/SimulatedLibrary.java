package org.machbed.netstack.simulation;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.NetworkStack;
import org.machbed.netstack.StackConfiguration;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.arp.ArpLayer;
import org.machbed.netstack.arp.NeighbourListener;
import org.machbed.netstack.ipv4.IpProtocol;
import org.machbed.netstack.memory.RingArena;
import org.machbed.netstack.random.KeyedRandom;
import org.machbed.netstack.session.SessionCounter;
import org.machbed.netstack.session.SessionCounters;
import org.machbed.netstack.session.SessionException;
import org.machbed.netstack.session.SessionTable;
import org.machbed.netstack.session.SessionTemplate;
import org.machbed.netstack.simulation.SimulatedSession.Place;
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.socket.RecordedSessions;
import org.machbed.netstack.socket.SessionRecords;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.TcpSessionState;
import org.machbed.netstack.socket.TcpSocket;
import org.machbed.netstack.tcp.TcpState;

/**
 * What makes a host one of two stacks, a server's and a library's, behind a kernel that knows whose a session is. Connections move
 * between them at random, as docs/library.md says: the kernel switches, the old stack takes in what had come, the connection goes
 * over as a value, and the new stack takes in what has come since. Every frame is numbered as it comes, and taken in once.
 */
final class SimulatedLibrary {
    private static final ValueLayout.OfLong NUMBER = ValueLayout.JAVA_LONG_UNALIGNED;

    /** More than all of a world's buffers. */
    private static final int RING_BYTES = 1 << 24;

    private final World world;
    private final SimulatedHost host;
    private final WorldPlan.Migration plan;
    private final Dice dice;
    private final LibraryOutput output;
    private final NetworkStack stack;
    private final InnerQueue toServer;
    private final InnerQueue toLibrary;

    /** The kernel's: whose frames go to the library. */
    private final SessionTable<Place> switched;

    /** Both stacks': what is in the library or between them. */
    private final SessionTable<SimulatedSession> known;

    /** The library's: what it had, and was taken from it. */
    private final SessionTable<Place> lost;

    private final List<SimulatedSession> sessions = new ArrayList<>();
    private final MemorySegment rings;
    private final SessionRecords records;
    private final RecordedSessions recorded;
    private long frames;
    private long takenIn;
    private boolean killed;

    SimulatedLibrary(World world, SimulatedHost host, WorldPlan.Migration plan, Dice dice) {
        this.world = world;
        this.host = host;
        this.plan = plan;
        this.dice = dice;
        output = new LibraryOutput(world, host);
        int recordedBytes = plan.isRecorded() ? RING_BYTES : 0;
        rings = MemorySegment.ofArray(new byte[recordedBytes]);
        RingArena arena = new RingArena(rings);
        int slots = recordedBytes == 0 ? 0 : WorldPlan.ENOUGH_CONNECTIONS;
        records = new SessionRecords(
                MemorySegment.ofArray(new long[(int) SessionRecords.bytes(slots) / Long.BYTES]), slots);
        recorded = new RecordedSessions(records, arena);
        StackConfiguration of = host.plan.stack();
        StackConfiguration own = new StackConfiguration(
                of.mac(),
                of.ipv4(),
                of.prefixLength(),
                of.gatewayIpv4(),
                of.mtuBytes(),
                ~of.seed(),
                of.udpChecksum(),
                recordedBytes == 0
                        ? of.tcp()
                        : of.tcp().toBuilder().ringMemory(arena).build());
        stack = new NetworkStack(own.withNeighbours(this::askServer), output);
        host.counters().add(stack.counters());
        host.stack().neighbourListener(new NeighbourListener() {
            @Override
            public void onNeighbour(int ipv4, long mac) {
                after(nowNs -> learn(ipv4, mac, nowNs));
            }

            @Override
            public void onUnreachable(int ipv4) {
                after(nowNs -> learnNone(ipv4, nowNs));
            }
        });
        toServer = new InnerQueue(world, dice, plan.queueNs(), (frame, nowNs) -> take(frame, Place.SERVER, nowNs));
        toLibrary = new InnerQueue(world, dice, plan.queueNs(), (frame, nowNs) -> take(frame, Place.LIBRARY, nowNs));
        switched = new SessionTable<>(new KeyedRandom(of.seed()), new SessionCounters());
        known = new SessionTable<>(new KeyedRandom(of.seed()), new SessionCounters());
        lost = new SessionTable<>(new KeyedRandom(of.seed()), new SessionCounters());
    }

    private void after(Schedule.Happening happening) {
        world.schedule().at(world.nowNs() + dice.between(0, plan.messageNs()), happening);
    }

    private void askServer(int ipv4) {
        after(asked -> {
            long mac = host.stack().lookUpNeighbour(ipv4, asked);
            if (mac == ArpLayer.UNREACHABLE) {
                after(nowNs -> learnNone(ipv4, nowNs));
            } else if (mac != ArpLayer.WAITING) {
                after(nowNs -> learn(ipv4, mac, nowNs));
            }
        });
    }

    private void learn(int ipv4, long mac, long nowNs) {
        if (!killed) {
            stack.learnNeighbour(ipv4, mac, nowNs);
        }
    }

    private void learnNone(int ipv4, long nowNs) {
        if (!killed) {
            stack.neighbourUnreachable(ipv4, nowNs);
        }
    }

    /** Plans what will become of its application. */
    void plan(long nowNs) {
        if (plan.killNs() != Long.MAX_VALUE) {
            world.schedule().at(Math.max(nowNs, plan.killNs()), this::kill);
        }
    }

    long nextDeadlineNs() {
        return killed ? Long.MAX_VALUE : stack.nextDeadlineNs();
    }

    void onTimer(long nowNs) {
        stack.onTimer(nowNs);
    }

    // ---- Frames

    /** A frame comes from the network: the kernel decides whose it is. */
    void arrive(MemorySegment memory, int length, long nowNs) {
        MemorySegment frame = MemorySegment.ofArray(new byte[length + Long.BYTES]);
        MemorySegment.copy(memory, 0, frame, 0, length);
        frame.set(NUMBER, length, ++frames);
        SessionCounter fate = switched.match(frame, 0, length, nowNs, (_, _, _, _) -> toLibrary.put(frame, nowNs));
        if (fate != SessionCounter.DELIVERED) {
            toServer.put(frame, nowNs);
        }
        if (!killed && !world.isClosing() && dice.chance(plan.eagerness())) {
            Endpoint endpoint = world.conversations().anyThatMayMigrate(host, dice);
            if (endpoint != null) {
                migrate(endpoint, nowNs);
            }
        }
    }

    /** A stack takes a frame from its queue. */
    private void take(MemorySegment frame, Place place, long nowNs) {
        int length = (int) frame.byteSize() - Long.BYTES;
        if (place == Place.LIBRARY
                && lost.match(frame, 0, length, nowNs, (_, _, _, _) -> takenIn++) == SessionCounter.DELIVERED) {
            return; // as if the network had lost it
        }
        SessionCounter fate = known.match(frame, 0, length, nowNs, (session, _, _, _) -> {
            if (session.destination == place) {
                if (!session.kept.keep(frame, 0, length + Long.BYTES)) {
                    takenIn++; // no room: as if the network had lost it
                }
            } else {
                takeIn(session, frame, place, nowNs);
            }
        });
        if (fate != SessionCounter.DELIVERED) {
            takeIn(null, frame, place, nowNs);
        }
    }

    private void takeIn(@Nullable SimulatedSession session, MemorySegment frame, Place place, long nowNs) {
        int length = (int) frame.byteSize() - Long.BYTES;
        takenIn++;
        if (session != null) {
            session.takesIn(frame.get(NUMBER, length));
        }
        stackAt(place).onFrame(frame, 0, length, nowNs);
    }

    private NetworkStack stackAt(Place place) {
        return place == Place.SERVER ? host.stack() : stack;
    }

    private void replay(SimulatedSession session, Place place, long nowNs) {
        List<MemorySegment> kept = new ArrayList<>();
        session.kept.replay(kept, (to, memory, offset, length) -> to.add(memory.asSlice(offset, length)));
        if (world.sabotage().forgetsKeptFrames()) {
            return;
        }
        for (MemorySegment frame : world.sabotage().replaysBackwards() ? kept.reversed() : kept) {
            takeIn(session, frame, place, nowNs);
        }
    }

    // ---- Migrations

    private void migrate(Endpoint endpoint, long nowNs) {
        for (SimulatedSession session : sessions) {
            if (session.endpoint == endpoint) {
                toServer(session, nowNs);
                return;
            }
        }
        toLibrary(endpoint, nowNs);
    }

    private void toLibrary(Endpoint endpoint, long nowNs) {
        TcpSocket socket = endpoint.pause();
        SimulatedSession session = new SimulatedSession(endpoint, templateOf(socket), socket);
        lost.remove(session.template, Place.LIBRARY);
        add(known, session.template, session);
        sessions.add(session);
        endpoint.say(nowNs, "is to move to the library");
        if (world.sabotage().switchesLate()) {
            after(atNs -> exportFromServer(session, atNs));
            after(_ -> add(switched, session.template, Place.LIBRARY));
        } else {
            after(atNs -> {
                if (session.orphaned) {
                    return;
                }
                add(switched, session.template, Place.LIBRARY);
                toServer.whenTaken(atNs, drainedNs -> exportFromServer(session, drainedNs));
            });
        }
    }

    private SessionTemplate templateOf(TcpSocket socket) {
        try {
            long local = socket.localAddress();
            long remote = socket.remoteAddress();
            return new SessionTemplate(
                    IpProtocol.TCP,
                    DatagramHeader.ipv4(local),
                    DatagramHeader.port(local),
                    DatagramHeader.ipv4(remote),
                    DatagramHeader.port(remote));
        } catch (SocketLayerException e) {
            throw new Violation("an open connection has no addresses: " + e.errno());
        }
    }

    private static <T> void add(SessionTable<T> table, SessionTemplate template, T target) {
        try {
            table.add(template, target);
        } catch (SessionException e) {
            throw new Violation("a session of two stacks: " + e.getMessage());
        }
    }

    private void exportFromServer(SimulatedSession session, long nowNs) {
        if (session.orphaned) {
            return;
        }
        TcpSessionState state = export(session.serverSocket, nowNs);
        if (state == null) { // it is over, and stays where it is
            session.destination = null;
            switched.remove(session.template, Place.LIBRARY);
            replay(session, Place.SERVER, nowNs);
            forget(session);
            session.endpoint.resume(session.serverSocket, nowNs);
            return;
        }
        session.value = encoded(state);
        after(atNs -> {
            if (!session.orphaned) {
                importAtLibrary(session, atNs);
            }
        });
    }

    private void importAtLibrary(SimulatedSession session, long nowNs) {
        long mac = host.stack().lookUpNeighbour(session.template.remoteIpv4(), nowNs);
        if (mac >= 0) {
            stack.learnNeighbour(session.template.remoteIpv4(), mac, nowNs); // comes with the reply, and saves asking
        }
        try {
            TcpSocket socket = stack.tcp().importSession(decoded(session), nowNs);
            session.librarySocket = socket;
            session.destination = null;
            if (records.slots() != 0) {
                session.slot = recorded.reserve();
                recorded.record(socket, session.slot);
            }
            replay(session, Place.LIBRARY, nowNs);
            session.endpoint.resume(socket, nowNs);
        } catch (SocketLayerException e) {
            throw new Violation(session.endpoint + " cannot move to the library: " + e.errno());
        }
    }

    private void toServer(SimulatedSession session, long nowNs) {
        TcpSocket socket = session.endpoint.pause();
        session.destination = Place.SERVER;
        session.endpoint.say(nowNs, "is to move to the server");
        if (world.sabotage().switchesLate()) {
            after(atNs -> exportFromLibrary(session, socket, atNs));
            after(_ -> switched.remove(session.template, Place.LIBRARY));
        } else {
            after(atNs -> {
                if (session.orphaned) {
                    return;
                }
                switched.remove(session.template, Place.LIBRARY);
                toLibrary.whenTaken(atNs, drainedNs -> exportFromLibrary(session, socket, drainedNs));
            });
        }
    }

    private void exportFromLibrary(SimulatedSession session, TcpSocket socket, long nowNs) {
        TcpSessionState state = export(socket, nowNs);
        if (state == null) { // it is over: what comes for it now is nobody's
            session.destination = null;
            session.serverSocket.close(nowNs);
            replay(session, Place.SERVER, nowNs);
            forget(session);
            session.endpoint.resume(socket, nowNs);
            return;
        }
        socket.close(nowNs);
        session.librarySocket = null;
        session.value = encoded(state);
        after(atNs -> importAtServer(session, atNs));
    }

    private void importAtServer(SimulatedSession session, long nowNs) {
        try {
            session.serverSocket.importSession(decoded(session), nowNs);
            session.destination = null;
            replay(session, Place.SERVER, nowNs);
            forget(session);
            if (session.orphaned) {
                session.serverSocket.close(nowNs);
            } else {
                session.endpoint.resume(session.serverSocket, nowNs);
            }
        } catch (SocketLayerException e) {
            throw new Violation(session.endpoint + " cannot move to the server: " + e.errno());
        }
    }

    private static @Nullable TcpSessionState export(TcpSocket socket, long nowNs) {
        try {
            return socket.exportSession(nowNs);
        } catch (SocketLayerException e) {
            return null;
        }
    }

    private MemorySegment encoded(TcpSessionState state) {
        MemorySegment encoded = MemorySegment.ofArray(new byte[state.encodedBytes()]);
        state.encode(encoded, 0);
        world.sabotage().alterState(encoded);
        return encoded;
    }

    private static TcpSessionState decoded(SimulatedSession session) {
        MemorySegment value = session.value;
        if (value == null) {
            throw new IllegalStateException("nothing is on its way");
        }
        session.value = null;
        return TcpSessionState.decode(value, 0, value.byteSize());
    }

    private void forget(SimulatedSession session) {
        known.remove(session.template, session);
        sessions.remove(session);
        if (session.slot >= 0) {
            recorded.release(session.slot);
            session.slot = -1;
        }
    }

    // ---- The application's end

    /** The application is killed: the server takes its connections up as they were, and closes them. */
    private void kill(long nowNs) {
        if (world.isClosing()) {
            return;
        }
        world.journal().say(nowNs, host.toString(), "loses its application");
        killed = true;
        takenIn += toLibrary.clear();
        for (SimulatedSession session : List.copyOf(sessions)) {
            session.orphaned = true;
            switched.remove(session.template, Place.LIBRARY);
            session.endpoint.kill(nowNs);
            takeOver(session, nowNs);
        }
    }

    private void takeOver(SimulatedSession session, long nowNs) {
        boolean arrives = session.destination == Place.SERVER && session.value != null;
        if (arrives) {
            return; // its last message
        }
        boolean inServer = session.destination == Place.LIBRARY && session.value == null;
        TcpSessionState state = session.value != null
                ? decoded(session)
                : inServer ? null : records.take(session.slot, rings).state();
        try {
            if (state != null) {
                session.serverSocket.importSession(state, nowNs);
            }
        } catch (SocketLayerException e) {
            throw new Violation(session.endpoint + " cannot be taken up by the server: " + e.errno());
        }
        if (session.destination == Place.SERVER) {
            session.destination = null;
            replay(session, Place.SERVER, nowNs);
        }
        takenIn += session.kept.size(); // gone with the application
        forget(session);
        session.serverSocket.close(nowNs);
    }

    /** Records are written before frames leave; and connections that have ended in the library are over for the server too. */
    void afterStep(long nowNs) {
        if (killed) {
            return;
        }
        takeSome(nowNs);
        stack.tcp().recordChanges(nowNs);
        output.flush();
        sessions.forEach(session -> session.endpoint.commit());
        for (int i = sessions.size() - 1; i >= 0; i--) {
            SimulatedSession session = sessions.get(i);
            TcpSocket socket = session.librarySocket;
            if (session.destination == null && socket != null && socket.state() == TcpState.CLOSED) {
                switched.remove(session.template, Place.LIBRARY);
                session.serverSocket.close(nowNs);
                forget(session);
            }
        }
    }

    /**
     * The library has done something and is stopped before it could commit that; the server takes connections, and the library goes
     * on.
     */
    private void takeSome(long nowNs) {
        for (int i = sessions.size() - 1; i >= 0; i--) {
            SimulatedSession session = sessions.get(i);
            boolean here = session.destination == null && session.slot >= 0 && session.endpoint.mayUndo();
            if (plan.suspicion() > 0 && here && dice.chance(plan.suspicion())) {
                takeFromLibrary(session, nowNs);
            }
        }
    }

    private void takeFromLibrary(SimulatedSession session, long nowNs) {
        TcpSocket socket = session.librarySocket;
        if (socket == null || records.look(session.slot, rings).state() == null) {
            return; // not recorded as yet, or over
        }
        TcpSessionState state = records.take(session.slot, rings).state();
        if (state == null) {
            throw new Violation(session.endpoint + " has a record that changes while nobody writes");
        }
        switched.remove(session.template, Place.LIBRARY);
        try {
            session.serverSocket.importSession(state, nowNs);
        } catch (SocketLayerException e) {
            throw new Violation(session.endpoint + " cannot be taken by the server: " + e.errno());
        }
        stack.tcp().recordChanges(nowNs);
        if (!recorded.takeVoided()) {
            TcpSessionState _ = export(socket, nowNs); // it has done nothing, and drops what it has
        }
        socket.close(nowNs);
        output.discard(session.template);
        add(lost, session.template, Place.LIBRARY);
        forget(session);
        session.endpoint.takenTo(session.serverSocket, !world.sabotage().keepsVoidResults(), nowNs);
    }

    // ---- What is left

    boolean isQuiet() {
        return sessions.isEmpty()
                && toServer.isEmpty()
                && toLibrary.isEmpty()
                && (killed || stack.tcp().connections() == 0);
    }

    /** What it still has though nobody wants anything, or has lost on the way; {@code null} for nothing. */
    @Nullable
    String leftover() {
        long away = host.counters().stream()
                .mapToLong(of -> of.get(StackCounter.DROP_TCP_SESSION_AWAY))
                .sum();
        if (away != 0 || takenIn != frames) {
            return frames + " frames that came, of which it took in " + takenIn + ", " + away
                    + " of them while their connection was away";
        }
        if (killed) {
            return null;
        }
        return output.lentFrames() != 0
                ? output.lentFrames() + " frames that its library neither sent nor gave back"
                : host.leftover(stack);
    }
}
