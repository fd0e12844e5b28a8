package org.machbed.server.unix;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.ObjLongConsumer;
import org.machbed.netstack.memory.MemoryBudget;
import org.machbed.netstack.random.KeyedRandom;
import org.machbed.netstack.session.EarlyFrames;
import org.machbed.netstack.session.SessionConsumer;
import org.machbed.netstack.session.SessionCounter;
import org.machbed.netstack.session.SessionCounters;
import org.machbed.netstack.session.SessionException;
import org.machbed.netstack.session.SessionTable;
import org.machbed.netstack.session.SessionTemplate;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;

/**
 * Keeps the frames of sessions on their way back from the protocols, which would not know them. What all together may take is bounded, and
 * so is how long a client may take that has recalled a session. Guarded by {@link Spl#NET}.
 */
final class EarlyInput {
    /** For the frames of all sessions: 64 with as many as one may have. */
    static final int MAX_BYTES = 32 << 20;

    /** From RECALL to RETURN: a client waits 2 s at most for frames on their way to it. */
    static final long RETURN_LIMIT_NS = TimeUnit.SECONDS.toNanos(5);

    /** Takes back what its client has not given back in time. */
    @FunctionalInterface
    interface Overdue {
        void take(AwaySession away);
    }

    private final SessionTable<EarlyFrames> sessions;
    private final SessionConsumer<EarlyFrames> keeping = this::keep;
    private final MigrationCounters counters;
    private final MemoryBudget memory = new MemoryBudget(MAX_BYTES);

    /** Recalled and not given back, the oldest first. */
    private final ArrayDeque<AwaySession> recalled = new ArrayDeque<>();

    private Overdue overdue = _ -> {};

    EarlyInput(KeyedRandom random, MigrationCounters counters) {
        sessions = new SessionTable<>(random, new SessionCounters());
        this.counters = counters;
    }

    /** Keeps the frames of a session from now on. */
    void begin(AwaySession away) throws SocketLayerException {
        SessionTemplate template = away.template();
        try {
            sessions.add(template, away.expect(memory));
        } catch (SessionException e) {
            away.expectNoMore();
            throw new SocketLayerException(Errno.ENOBUFS, "no frames can be kept: " + e.getMessage());
        }
    }

    /** @param whom told of sessions that are overdue, at {@link Spl#NET} */
    void onOverdue(Overdue whom) {
        overdue = whom;
    }

    /** The kernel has switched a session whose frames are kept: from now on its client has a while to give it back. */
    void recalled(AwaySession away, long nowNs) {
        away.expectBy(nowNs + RETURN_LIMIT_NS);
        recalled.add(away);
    }

    /** When to call {@link #takeOverdue}; {@link Long#MAX_VALUE} while nobody takes his time. */
    long nextDeadlineNs() {
        AwaySession first = recalled.peek();
        return first == null ? Long.MAX_VALUE : first.dueNs();
    }

    /** What was not given back in time is taken. */
    void takeOverdue(long nowNs) {
        while (nextDeadlineNs() <= nowNs) {
            overdue.take(recalled.remove());
        }
    }

    /** Keeps them no more; what was kept is the caller's. */
    EarlyFrames end(AwaySession away) {
        EarlyFrames kept = away.early();
        if (kept == null) {
            throw new IllegalStateException("the session " + away.template() + " is not on its way back");
        }
        sessions.remove(away.template(), kept);
        recalled.remove(away);
        away.expectNoMore();
        return kept;
    }

    /** Whether a frame is of a session on its way back, and is kept or lost for want of room: it is not for the protocols. */
    boolean takes(MemorySegment memory, long offset, int lengthBytes, long nowNs) {
        if (sessions.size() == 0) {
            return false;
        }
        SessionCounter fate = sessions.match(memory, offset, lengthBytes, nowNs, keeping);
        return fate == SessionCounter.DELIVERED || fate == SessionCounter.FRAGMENT_DELIVERED;
    }

    void tell(ObjLongConsumer<String> consumer) {
        consumer.accept("earlyFrameBytes", memory.reservedBytes());
        consumer.accept("sessionsRecalled", recalled.size());
    }

    private void keep(EarlyFrames frames, MemorySegment memory, long offset, int lengthBytes) {
        counters.early(frames.keep(memory, offset, lengthBytes));
    }
}
