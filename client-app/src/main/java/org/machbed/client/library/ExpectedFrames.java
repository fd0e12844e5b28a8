package org.machbed.client.library;

import java.lang.foreign.MemorySegment;
import org.machbed.link.FrameHandler;
import org.machbed.netstack.random.KeyedRandom;
import org.machbed.netstack.session.EarlyFrames;
import org.machbed.netstack.session.SessionCounter;
import org.machbed.netstack.session.SessionCounters;
import org.machbed.netstack.session.SessionException;
import org.machbed.netstack.session.SessionTable;
import org.machbed.netstack.session.SessionTemplate;

/**
 * Frames of sessions that are on their way here. From when a migration is asked for until it has come, what is of no session
 * that is here is kept, bounded, and taken in, in its order, once its session is. When none is on its way, this costs nothing. Guarded by
 * the library's lock.
 */
final class ExpectedFrames {
    /** As much as a large window, for all that are on their way at once. */
    private static final int MOST_FRAMES = 1_024;

    private static final int MOST_BYTES = 1 << 20;

    private final LibraryHost host;
    private final SessionTable<SessionTemplate> here;
    private EarlyFrames kept = new EarlyFrames(MOST_FRAMES, MOST_BYTES);
    private int expected;
    private long keptBefore;
    private long droppedBefore;

    ExpectedFrames(LibraryHost host) {
        this.host = host;
        here = new SessionTable<>(new KeyedRandom(System.nanoTime()), new SessionCounters());
    }

    /** Whether a frame is none for now. */
    boolean keeps(MemorySegment memory, long offset, int lengthBytes) {
        if (expected == 0) {
            return false;
        }
        SessionCounter fate = here.match(memory, offset, lengthBytes, host.nowNs(), (_, _, _, _) -> {});
        if (fate != SessionCounter.NO_SESSION) {
            return false;
        }
        if (kept.keep(memory, offset, lengthBytes)) {
            keptBefore++;
        } else {
            droppedBefore++;
        }
        return true;
    }

    /** A session is asked for; {@link #expectNoMore} follows. */
    void expect() {
        expected++;
    }

    /** It is here, or is not coming: what is of no session that is on its way is taken in. */
    void expectNoMore() {
        expected--;
        replay();
    }

    /** A session is here. */
    void arrived(SessionTemplate template) throws SessionException {
        here.add(template, template);
    }

    /**
     * Takes out what has come of a session that is not coming, in its order: its stack is not to see it.
     *
     * @param consumer is given each frame in memory that is valid during its call
     */
    void takeOut(SessionTemplate template, FrameHandler consumer) throws SessionException {
        SessionTable<FrameHandler> leaving = new SessionTable<>(new KeyedRandom(host.nowNs()), new SessionCounters());
        leaving.add(template, consumer);
        EarlyFrames before = kept;
        kept = new EarlyFrames(MOST_FRAMES, MOST_BYTES);
        before.replay(this, (_, memory, offset, lengthBytes) -> {
            SessionCounter fate = leaving.match(memory, offset, lengthBytes, host.nowNs(), FrameHandler::onFrame);
            if (fate == SessionCounter.NO_SESSION) {
                boolean _ = kept.keep(memory, offset, lengthBytes);
            }
        });
    }

    /** What was kept of a session that is not coming was thrown away. */
    void dropped() {
        droppedBefore++;
    }

    /** A session has left, or is over. */
    void left(SessionTemplate template) {
        boolean _ = here.remove(template, template);
    }

    /** What is still of nobody is kept again while others are on their way. */
    private void replay() {
        if (kept.size() == 0) {
            return;
        }
        EarlyFrames before = kept;
        kept = new EarlyFrames(MOST_FRAMES, MOST_BYTES);
        before.replay(this, (_, memory, offset, lengthBytes) -> {
            if (!keeps(memory, offset, lengthBytes)) {
                host.takeIn(memory, offset, lengthBytes);
            }
        });
    }

    /** Sessions that are on their way. */
    int expected() {
        return expected;
    }

    /** Frames that came before their session, so far. */
    long keptFrames() {
        return keptBefore;
    }

    /** Of those, the ones for which there was no room, or whose session did not come. */
    long droppedFrames() {
        return droppedBefore;
    }
}
