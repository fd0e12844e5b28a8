package org.machbed.server.unix;

import org.jspecify.annotations.Nullable;
import org.machbed.ipc.mach.PortName;
import org.machbed.netstack.memory.MemoryBudget;
import org.machbed.netstack.session.EarlyFrames;
import org.machbed.netstack.session.SessionTemplate;

/** A session that is in a client, or on its way back. Guarded by {@link Spl#NET}. */
final class AwaySession {
    /** Frames kept of a session on its way back, and their octets: as much as a large window. */
    private static final int MAX_EARLY_FRAMES = 512;

    private static final int MAX_EARLY_BYTES = 512 * 1024;

    private final SessionTemplate template;
    private final PortName client;
    private final long window;
    private final int record;

    /** The session as it left, while that is kept. */
    private byte @Nullable [] departed;

    /** What keeps it. */
    private @Nullable DepartedStates keeper;

    /** What has come since the kernel was told that it is ours again; {@code null} before. */
    private @Nullable EarlyFrames early;

    private long dueNs;

    /**
     * @param client whom the socket is of
     * @param window number of its session window
     * @param record where the client records it, negative for nowhere
     */
    AwaySession(SessionTemplate template, PortName client, long window, int record) {
        this.template = template;
        this.client = client;
        this.window = window;
        this.record = record;
    }

    SessionTemplate template() {
        return template;
    }

    PortName client() {
        return client;
    }

    long window() {
        return window;
    }

    int record() {
        return record;
    }

    byte @Nullable [] departed() {
        return departed;
    }

    /** The session as it left, until the client has a record of its own, or it is here again. */
    void keepDeparted(byte[] state, DepartedStates by) {
        departed = state;
        keeper = by;
    }

    /** Nobody will go on from what it was when it left. */
    void forgetDeparted() {
        byte[] state = departed;
        DepartedStates by = keeper;
        departed = null;
        keeper = null;
        if (state != null && by != null) {
            by.release(state.length);
        }
    }

    boolean isReturning() {
        return early != null;
    }

    /**
     * It is on its way back: from now on its frames are kept.
     *
     * @param memory for those of all sessions
     */
    EarlyFrames expect(MemoryBudget memory) {
        EarlyFrames frames = new EarlyFrames(MAX_EARLY_FRAMES, MAX_EARLY_BYTES, memory);
        early = frames;
        return frames;
    }

    /** When its client is to have given it back; the kernel has switched it. */
    void expectBy(long timeNs) {
        dueNs = timeNs;
    }

    long dueNs() {
        return dueNs;
    }

    /** It is not coming back after all. */
    void expectNoMore() {
        early = null;
    }

    @Nullable
    EarlyFrames early() {
        return early;
    }
}
