package org.machbed.link.segment;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.doorbell.Doorbell;
import org.machbed.link.FrameHandler;
import org.machbed.link.FrameLoans;
import org.machbed.link.LinkCounter;
import org.machbed.link.LinkCounters;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The receiving side of a station: its rings from the others, and its doorbell. One thread; only {@link #wakeUp} is for any. No
 * garbage but when stations come and go.
 */
final class SegmentReceiver implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentReceiver.class);

    /** Rings that are absorbed at one waking; more there cannot honestly be: one a station and some wake-ups. */
    private static final int MOST_RINGS = 64;

    private static final long READY = 0;
    private static final long NEVER = Long.MAX_VALUE;

    private final Membership membership;
    private final StationTable table;
    private final LinkCounters counters;
    private final Doorbell doorbell;
    private final int ringBytes;

    /** Another doorbell that the wait is to end for. */
    private @Nullable Doorbell also;

    private final @Nullable RingReceiver[] rings = new RingReceiver[SegmentLink.MAXIMUM_STATIONS];
    private final long[] ringGenerations = new long[SegmentLink.MAXIMUM_STATIONS];
    private long seenGeneration;

    /** The ring that is asked first; moves on, so that a busy station does not starve the others. */
    private int first;

    /** The ring whose frame a handler is looking at, and whose it is. */
    private @Nullable RingReceiver handing;

    private int handingPeer;
    private LongConsumer keeper = loan -> {};

    SegmentReceiver(Membership membership, SegmentOptions options, LinkCounters counters) {
        this.membership = membership;
        this.table = membership.table();
        this.counters = counters;
        this.doorbell = table.doorbell(membership.station());
        this.ringBytes = options.ringBytes();
    }

    boolean await(long timeoutNs) {
        long untilReadyNs = untilReadyNs();
        if (untilReadyNs == READY) {
            return true;
        }
        if (!awaitRing(Math.min(timeoutNs, untilReadyNs))) {
            return untilReadyNs <= timeoutNs || untilReadyNs() == READY;
        }
        // The rings are looked at after this, so no frame that one of them announced can be missed.
        int absorbed = 0;
        while (absorbed < MOST_RINGS && doorbell.tryAwait()) {
            absorbed++;
        }
        VarHandle.fullFence();
        return true;
    }

    private boolean awaitRing(long timeoutNs) {
        Doorbell other = also;
        return other == null ? doorbell.await(timeoutNs) : Doorbell.awaitEither(doorbell, other, timeoutNs);
    }

    boolean awaitAlso(Doorbell other) {
        if (!Doorbell.canAwaitEither()) {
            return false;
        }
        also = other;
        return true;
    }

    /** Time till a frame is there that is due: {@link #READY}, nanoseconds, or {@link #NEVER}. */
    private long untilReadyNs() {
        long leastNs = NEVER;
        refreshWhenChanged();
        for (int i = 0; i < rings.length; i++) {
            RingReceiver ring = rings[i];
            if (ring != null && peek(ring, i) != RingReceiver.NONE) {
                leastNs = Math.min(leastNs, untilDueNs(ring));
            }
        }
        return leastNs;
    }

    private int peek(RingReceiver ring, int peer) {
        int length = ring.peek();
        if (length == RingReceiver.NONE && ring.newlyCorrupt()) {
            counters.count(LinkCounter.CORRUPT_RINGS);
            if (counters.get(LinkCounter.CORRUPT_RINGS) == 1) {
                LOG.warn("station {} wrote nonsense into its ring: nothing more is taken from it", peer);
            }
        }
        return length;
    }

    private static long untilDueNs(RingReceiver ring) {
        return ring.dueNs() == 0 ? READY : Math.max(READY, ring.dueNs() - System.nanoTime());
    }

    int poll(FrameHandler handler, int budget) {
        refreshWhenChanged();
        int handled = 0;
        for (int i = 0; i < rings.length && handled < budget; i++) {
            int peer = (first + i) % rings.length;
            RingReceiver ring = rings[peer];
            if (ring != null) {
                handled += poll(ring, peer, handler, budget - handled);
            }
        }
        first = (first + 1) % rings.length;
        return handled;
    }

    private int poll(RingReceiver ring, int peer, FrameHandler handler, int budget) {
        int handled = 0;
        while (handled < budget) {
            int length = peek(ring, peer);
            if (length == RingReceiver.NONE || untilDueNs(ring) != READY) {
                break;
            }
            handled++;
            counters.count(LinkCounter.FRAMES_RECEIVED);
            counters.add(LinkCounter.BYTES_RECEIVED, length);
            handing = ring;
            handingPeer = peer;
            try {
                handler.onFrame(ring.memory(), ring.frameOffset(), length);
            } finally {
                handing = null;
                // Also when the handler failed: the frame must not meet it again.
                ring.advance();
            }
            // Here and not only before the next wait: a ring full of frames that are kept would announce no more.
            while (ring.keepsTooMuch()) {
                recallOldest(ring, peer);
            }
        }
        return handled;
    }

    long keep(MemorySegment memory) {
        RingReceiver ring = handing;
        if (ring == null || !ring.memory().equals(memory)) {
            return FrameLoans.NONE;
        }
        int slot = ring.keep();
        return slot == KeptRecords.FULL ? FrameLoans.NONE : (long) handingPeer * KeptRecords.CAPACITY + slot;
    }

    /** Any thread; the ring is there because a loan of it is. */
    void giveBack(long loan) {
        RingReceiver ring = rings[(int) (loan / KeptRecords.CAPACITY)];
        if (ring != null) {
            ring.giveBack((int) (loan % KeptRecords.CAPACITY));
        }
    }

    void onRecall(LongConsumer newKeeper) {
        keeper = newKeeper;
    }

    private void recallOldest(RingReceiver ring, int peer) {
        keeper.accept((long) peer * KeptRecords.CAPACITY + ring.oldestKept());
        ring.takeBackOldest();
    }

    void wakeUp() {
        // One untaken ring is enough to make the wait return, and more would only add up.
        if (doorbell.count() == 0) {
            boolean _ = doorbell.ring();
        }
    }

    private void refreshWhenChanged() {
        long generation = table.generation();
        if (generation == seenGeneration) {
            return;
        }
        boolean complete = true;
        for (int peer = 0; peer < rings.length; peer++) {
            if (peer != membership.station()) {
                complete &= refresh(peer);
            }
        }
        if (complete) {
            seenGeneration = generation;
        }
    }

    /** Listens to the station that is there now; answers false when frames of one that left are still to be taken. */
    private boolean refresh(int peer) {
        boolean present = table.present(peer);
        long generation = membership.ringGeneration(peer);
        RingReceiver ring = rings[peer];
        if (ring != null && present && ringGenerations[peer] == generation) {
            return true;
        }
        if (ring != null) {
            if (peek(ring, peer) != RingReceiver.NONE) {
                return false;
            }
            while (ring.keeps()) {
                recallOldest(ring, peer);
            }
            ring.close();
            rings[peer] = null;
        }
        if (present) {
            listen(peer, generation);
        }
        return true;
    }

    private void listen(int peer, long generation) {
        try {
            rings[peer] = new RingReceiver(membership.openRing(peer, membership.station(), generation), ringBytes);
            ringGenerations[peer] = generation;
        } catch (IOException e) {
            counters.count(LinkCounter.UNMAPPED_RINGS);
            // Once: another station decides how often this happens.
            if (counters.get(LinkCounter.UNMAPPED_RINGS) == 1) {
                LOG.warn("cannot listen to station {}: {}", peer, e.getMessage());
            }
        }
    }

    @Override
    public void close() {
        for (RingReceiver ring : rings) {
            if (ring != null) {
                ring.close();
            }
        }
    }
}
