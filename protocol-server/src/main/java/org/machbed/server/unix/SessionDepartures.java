package org.machbed.server.unix;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.machbed.ipc.mach.PortName;
import org.machbed.netstack.ipv4.LocalAddresses;
import org.machbed.netstack.session.SessionTemplate;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.server.driver.SessionSwitch;
import org.machbed.server.driver.SessionSwitch.Switched;
import org.machbed.server.driver.TakenFrames;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sessions on their way from here to clients (maeda93 section 3). Any server thread may call, at no level: the kernel is called in
 * between, and who waits for it must keep nobody from the protocols.
 */
final class SessionDepartures {
    private static final Logger LOG = LoggerFactory.getLogger(SessionDepartures.class);

    /** For what has come before a session leaves to go through the protocols. */
    private static final long DRAIN_LIMIT_NS = TimeUnit.SECONDS.toNanos(2);

    private final BsdKernel kernel;
    private final Spl spl;
    private final ProtocolInput input;
    private final LocalAddresses local;
    private final FileTable files; // guarded by NET
    private final WaitingCalls waiting; // guarded by NET
    private final DepartedStates departed; // guarded by NET
    private final SessionSwitch switcher;
    private final LongSupplier clockNs;
    private final MigrationCounters counters;
    private final Set<BsdSocket> leaving = new HashSet<>(); // guarded by NET

    SessionDepartures(
            BsdKernel kernel,
            ProtocolInput input,
            LocalAddresses local,
            SocketCalls sockets,
            DepartedStates departed,
            SessionSwitch switcher,
            LongSupplier clockNs,
            MigrationCounters counters) {
        this.kernel = kernel;
        this.spl = kernel.spl();
        this.input = input;
        this.local = local;
        this.files = sockets.files();
        this.waiting = sockets.waitingCalls();
        this.departed = departed;
        this.switcher = switcher;
        this.clockNs = clockNs;
        this.counters = counters;
        switcher.taken().onReached(this::onFramesTaken);
    }

    /** On the network input thread, which waits here until whoever is about to sleep does. */
    private void onFramesTaken() {
        int s = spl.splnet();
        kernel.sleepQueues().wakeup(switcher.taken());
        spl.splx(s);
    }

    private record Leaving(CallName call, BsdSocket socket, SessionTemplate template, PortName client, int record) {}

    /**
     * Moves a session to a client's window and answers it as a value.
     *
     * @param window a send right to the window's port
     * @param record where the client will record it, negative for nowhere
     * @throws SocketLayerException as {@link org.machbed.proto.bsd.BsdCall#MIGRATE} has it; the session is here then
     */
    byte[] migrate(CallName call, PortName client, PortName window, int record) throws SocketLayerException {
        Leaving session = prepare(call, client, record);
        try {
            long startNs = clockNs.getAsLong();
            Switched switched = give(session.template(), window);
            try {
                return leave(session, switched, startNs);
            } catch (SocketLayerException | SessionMovedException e) {
                undo(session.template());
                throw e;
            }
        } finally {
            int s = spl.splnet();
            leaving.remove(session.socket());
            spl.splx(s);
        }
    }

    private Leaving prepare(CallName call, PortName client, int record) throws SocketLayerException {
        int s = spl.splnet();
        try {
            BsdSocket socket = files.get(call.socket());
            files.checkOwner(call.socket(), client);
            socket.checkHere();
            SessionTemplate template = socket.sessionToLeave(local, clockNs.getAsLong());
            requireOneHolder(socket);
            if (!leaving.add(socket)) {
                throw new SocketLayerException(Errno.EALREADY, "the session is about to leave already");
            }
            return new Leaving(call, socket, template, client, record);
        } catch (SocketLayerException e) {
            counters.refuse();
            throw e;
        } finally {
            spl.splx(s);
        }
    }

    private static void requireOneHolder(BsdSocket socket) throws SocketLayerException {
        if (socket.descriptors() > 1) {
            throw new SocketLayerException(
                    Errno.EOPNOTSUPP, socket.descriptors() + " processes share the socket, whose session stays here");
        }
    }

    private Switched give(SessionTemplate template, PortName window) throws SocketLayerException {
        try {
            return switcher.give(template, window);
        } catch (SocketLayerException e) {
            counters.refuse();
            throw e;
        }
    }

    private byte[] leave(Leaving session, Switched switched, long startNs) throws SocketLayerException {
        BsdSocket socket = session.socket();
        int s = spl.splnet();
        try {
            // Whoever copies to or from the socket at no level ends first.
            socket.sendLock().lock();
            socket.receiveLock().lock();
            try {
                drain(session.call(), switched.framesBefore());
                files.recheck(session.call().socket(), socket);
                requireOneHolder(socket);
                return export(session, switched, startNs);
            } finally {
                socket.receiveLock().unlock();
                socket.sendLock().unlock();
            }
        } finally {
            spl.splx(s);
        }
    }

    /** Sleeps until all that the kernel had put into our window has gone through the protocols. */
    private void drain(CallName call, long frames) throws SocketLayerException {
        long limitNs = clockNs.getAsLong() + DRAIN_LIMIT_NS;
        TakenFrames taken = switcher.taken();
        while (!taken.isReached(frames)) {
            sleep(call, taken, limitNs);
        }
        long packets = input.queuedPackets();
        while (!input.isHandled(packets)) {
            sleep(call, input.handledChannel(), limitNs);
        }
    }

    private void sleep(CallName call, Object channel, long limitNs) throws SocketLayerException {
        long leftNs = limitNs - clockNs.getAsLong();
        if (leftNs <= 0) {
            throw new SocketLayerException(Errno.ETIMEDOUT, "what has come before has not been handled in time");
        }
        waiting.sleep(call, channel, leftNs);
    }

    private byte[] export(Leaving session, Switched switched, long startNs) throws SocketLayerException {
        BsdSocket socket = session.socket();
        byte[] state = socket.exportSession(clockNs.getAsLong());
        AwaySession away = new AwaySession(session.template(), session.client(), switched.window(), session.record());
        departed.keep(away, state);
        socket.sessionLeft(away);
        input.deadlineMayHaveChanged();
        counters.left(clockNs.getAsLong() - startNs);
        return state;
    }

    private void undo(SessionTemplate template) {
        counters.undo();
        try {
            switcher.takeBack(template);
        } catch (SocketLayerException e) {
            LOG.warn("the session {} stays with a window that does not have it: {}", template, e.getMessage());
        }
    }
}
