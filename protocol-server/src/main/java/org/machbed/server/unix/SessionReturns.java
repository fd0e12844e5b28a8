package org.machbed.server.unix;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.mach.PortName;
import org.machbed.netstack.NetworkStack;
import org.machbed.netstack.session.EarlyFrames;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SessionRecords;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.state.StateException;
import org.machbed.server.driver.SessionSwitch;
import org.machbed.server.driver.SessionSwitch.Switched;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sessions on their way back from clients, given or taken. Any server thread, or that of {@code ClientWatch}, may call, at no level:
 * the kernel is called in between.
 */
final class SessionReturns {
    private static final Logger LOG = LoggerFactory.getLogger(SessionReturns.class);

    private final Spl spl;
    private final ProtocolInput input;
    private final NetworkStack stack; // guarded by NET
    private final FileTable files; // guarded by NET
    private final EarlyInput early; // guarded by NET
    private final SessionMemories memories; // guarded by NET
    private final SessionSwitch switcher;
    private final LongSupplier clockNs;
    private final MigrationCounters counters;

    SessionReturns(
            BsdKernel kernel,
            ProtocolInput input,
            NetworkStack stack,
            FileTable files,
            EarlyInput early,
            SessionMemories memories,
            SessionSwitch switcher,
            LongSupplier clockNs,
            MigrationCounters counters) {
        this.spl = kernel.spl();
        this.input = input;
        this.stack = stack;
        this.files = files;
        this.early = early;
        this.memories = memories;
        this.switcher = switcher;
        this.clockNs = clockNs;
        this.counters = counters;
        early.onOverdue(this::takeOverdue);
    }

    private record Returning(BsdSocket socket, AwaySession away) {}

    /**
     * Has the frames of a session come here, where they are kept.
     *
     * @return frames that the kernel has ever put into the client's window
     */
    long recall(int descriptor, PortName client) throws SocketLayerException {
        Returning session;
        int s = spl.splnet();
        try {
            session = returning(descriptor, client);
            if (session.away().isReturning()) {
                throw new SocketLayerException(Errno.EALREADY, "the session has been recalled already");
            }
            early.begin(session.away());
        } finally {
            spl.splx(s);
        }
        try {
            Switched switched = switcher.takeBack(session.away().template());
            recalled(session);
            return switched.windowBefore() == session.away().window() ? switched.framesBefore() : 0;
        } catch (SocketLayerException e) {
            recallNot(session);
            throw e;
        }
    }

    private void recalled(Returning session) {
        int s = spl.splnet();
        try {
            if (isStillAway(session) && session.away().isReturning()) {
                early.recalled(session.away(), clockNs.getAsLong());
                input.deadlineMayHaveChanged();
            }
        } finally {
            spl.splx(s);
        }
    }

    /** Its client has recalled it and said nothing more, at {@link Spl#NET}: the kernel has switched it long ago. */
    private void takeOverdue(AwaySession away) {
        files.forEach((file, owner) -> {
            if (file instanceof BsdSocket socket && away.equals(socket.away())) {
                LOG.warn("{} was recalled and not given back in time", away.template());
                counters.overdue();
                restore(new Returning(socket, away), null);
            }
        });
    }

    /** Takes a session that its client cannot give back from its record, or as it left. */
    void takeBack(int descriptor, PortName client) throws SocketLayerException {
        Returning session;
        int s = spl.splnet();
        try {
            session = returning(descriptor, client);
        } finally {
            spl.splx(s);
        }
        reclaim(session, null);
    }

    private void recallNot(Returning session) {
        int s = spl.splnet();
        try {
            if (isStillAway(session) && session.away().isReturning()) {
                // The kernel still brings the client what its peer sends again.
                early.end(session.away()).clear();
            }
        } finally {
            spl.splx(s);
        }
    }

    private Returning returning(int descriptor, PortName client) throws SocketLayerException {
        BsdSocket socket = files.get(descriptor);
        files.checkOwner(descriptor, client);
        AwaySession away = socket.away();
        if (away == null) {
            throw socket.notAway();
        }
        return new Returning(socket, away);
    }

    private static boolean isStillAway(Returning session) {
        return session.socket().away() == session.away();
    }

    /**
     * Takes a recalled session in.
     *
     * @throws SocketLayerException with EINVAL when it was not recalled, or its state is damaged: then it is lost
     */
    void giveBack(int descriptor, PortName client, MemorySegment state) throws SocketLayerException {
        int s = spl.splnet();
        try {
            Returning session = returning(descriptor, client);
            if (!session.away().isReturning()) {
                throw new SocketLayerException(Errno.EINVAL, "the session has not been recalled");
            }
            try {
                session.socket().importSession(state, clockNs.getAsLong());
            } catch (StateException e) {
                LOG.warn("{} is lost: {}", session.away().template(), e.getMessage());
                lose(session);
                throw new SocketLayerException(Errno.EINVAL, "the state is damaged: " + e.getMessage());
            }
            arrive(session, false);
            counters.returned();
        } finally {
            spl.splx(s);
        }
    }

    /** Takes in a session that has just left and did not get to its client. */
    void bringBack(int descriptor, MemorySegment state) throws SocketLayerException {
        Returning session;
        int s = spl.splnet();
        try {
            BsdSocket socket = files.get(descriptor);
            AwaySession away = socket.away();
            if (away == null) {
                return;
            }
            session = new Returning(socket, away);
        } finally {
            spl.splx(s);
        }
        reclaim(session, state);
    }

    /** Hears that a session is over, recalled or not. */
    void end(int descriptor, PortName client) throws SocketLayerException {
        Returning session;
        boolean wasRecalled;
        int s = spl.splnet();
        try {
            session = returning(descriptor, client);
            wasRecalled = session.away().isReturning();
            if (!wasRecalled) {
                early.begin(session.away());
            }
        } finally {
            spl.splx(s);
        }
        try {
            switcher.takeBack(session.away().template());
        } catch (SocketLayerException e) {
            if (!wasRecalled) {
                recallNot(session);
            }
            throw e;
        }
        s = spl.splnet();
        try {
            if (!isStillAway(session)) {
                throw session.socket().notAway();
            }
            over(session);
        } finally {
            spl.splx(s);
        }
    }

    /** The session is in; what has come meanwhile follows it. */
    private void arrive(Returning session, boolean taken) {
        EarlyFrames kept = stopKeeping(session.away());
        session.socket().sessionReturned(taken);
        replay(kept);
    }

    private void over(Returning session) {
        EarlyFrames kept = stopKeeping(session.away());
        session.socket().sessionOver(clockNs.getAsLong());
        replay(kept);
        counters.ended();
    }

    private void lose(Returning session) {
        EarlyFrames kept = stopKeeping(session.away());
        session.socket().sessionLost(clockNs.getAsLong());
        replay(kept);
        counters.lose();
    }

    private @Nullable EarlyFrames stopKeeping(AwaySession away) {
        return away.isReturning() ? early.end(away) : null;
    }

    private void replay(@Nullable EarlyFrames kept) {
        if (kept != null) {
            kept.replay(
                    stack,
                    (target, memory, offset, length) -> target.onFrame(memory, offset, length, clockNs.getAsLong()));
        }
        input.deadlineMayHaveChanged();
    }

    /** Takes back what is away and matches: its client has gone, or does not answer for it. */
    void reclaimAll(Predicate<AwaySession> which) {
        List<Returning> sessions = new ArrayList<>();
        int s = spl.splnet();
        try {
            files.forEach((file, owner) -> {
                if (file instanceof BsdSocket socket) {
                    AwaySession away = socket.away();
                    if (away != null && which.test(away)) {
                        sessions.add(new Returning(socket, away));
                    }
                }
            });
        } finally {
            spl.splx(s);
        }
        sessions.forEach(session -> reclaim(session, null));
    }

    /** Takes back the session of a socket, if it is away. */
    void reclaim(int descriptor) throws SocketLayerException {
        BsdSocket socket;
        AwaySession away;
        int s = spl.splnet();
        try {
            socket = files.get(descriptor);
            away = socket.away();
        } finally {
            spl.splx(s);
        }
        if (away != null) {
            reclaim(new Returning(socket, away), null);
        }
    }

    /** @param known what it is; {@code null} for what its client has left of it */
    private void reclaim(Returning session, @Nullable MemorySegment known) {
        AwaySession away = session.away();
        int s = spl.splnet();
        try {
            if (!isStillAway(session)) {
                return;
            }
            if (!away.isReturning()) {
                early.begin(away);
            }
        } catch (SocketLayerException e) {
            // Its peer sends again what comes before it is in.
            LOG.debug("no frames are kept of {}: {}", away.template(), e.getMessage());
        } finally {
            spl.splx(s);
        }
        try {
            switcher.takeBack(away.template());
        } catch (SocketLayerException e) {
            LOG.warn("the frames of {} do not come back: {}", away.template(), e.getMessage());
        }
        // From here to the end at one level: who sees that the session was taken, and asks, finds it here.
        s = spl.splnet();
        try {
            if (isStillAway(session)) {
                restore(session, known);
            }
        } finally {
            spl.splx(s);
        }
    }

    private void restore(Returning session, @Nullable MemorySegment known) {
        AwaySession away = session.away();
        byte[] last;
        try {
            SessionRecords.Found recorded = memories.take(away);
            if (known == null && recorded.isOver()) {
                over(session);
                return;
            }
            last = session.socket().lastState(recorded.state(), away.departed());
        } catch (StateException e) {
            // It may have recorded something: what a connection was when it left is long past.
            LOG.warn("the record of {} makes no sense: {}", away.template(), e.getMessage());
            last = session.socket().lastState(null, null);
        }
        MemorySegment state = known == null && last != null ? MemorySegment.ofArray(last) : known;
        if (state == null) {
            LOG.warn("{} is lost: its client has left no record", away.template());
            lose(session);
            return;
        }
        try {
            session.socket().importSession(state, clockNs.getAsLong());
        } catch (StateException | SocketLayerException e) {
            LOG.warn("{} is lost: {}", away.template(), e.getMessage());
            lose(session);
            return;
        }
        arrive(session, true);
        counters.recover();
    }
}
