package org.machbed.link.impairment;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.machbed.link.FrameHandler;
import org.machbed.link.LinkCounter;
import org.machbed.link.LinkDecorator;
import org.machbed.link.LinkEnd;

/**
 * Impairs the frames that arrive at a station. The fate of the n-th arriving frame depends on the seed, the station's address
 * and n alone: four numbers are drawn for each frame, whatever becomes of it. No garbage per frame.
 */
public final class ImpairedLink extends LinkDecorator {
    /** How long a frame that is to arrive late is held when no other frame comes: 1 ms. */
    public static final long HOLD_NS = 1_000_000;

    private final Impairments impairments;
    private final SplittableRandom random;
    private final FrameHandler impairer = this::arrived;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment damaged;
    private final MemorySegment held;

    /** Bytes of the frame that is held back, 0 when none is. */
    private int heldBytes;

    private long heldUntilNs;

    /** The handler of the poll under way; set anew by each poll. */
    private FrameHandler handler = (memory, offset, length) -> {};

    public ImpairedLink(LinkEnd link, Impairments impairments) {
        super(link);
        this.impairments = impairments;
        // Otherwise both ends of a link would lose the same frames.
        this.random = new SplittableRandom(impairments.seed() ^ (link.address().bits() << 16));
        int mostBytes = HEADER_BYTES + MAXIMUM_MTU_BYTES;
        this.damaged = arena.allocate(mostBytes);
        this.held = arena.allocate(mostBytes);
    }

    @Override
    public boolean await(long timeoutNs) {
        if (heldBytes == 0) {
            return super.await(timeoutNs);
        }
        long leftNs = heldUntilNs - System.nanoTime();
        boolean came = super.await(Math.min(timeoutNs, leftNs));
        return came || leftNs <= timeoutNs;
    }

    @Override
    public int poll(FrameHandler handler, int budget) {
        this.handler = handler;
        if (heldBytes != 0 && heldUntilNs - System.nanoTime() <= 0) {
            releaseHeld();
        }
        return super.poll(impairer, budget);
    }

    private void arrived(MemorySegment memory, long offset, int length) {
        boolean lost = random.nextDouble() < impairments.loss();
        boolean duplicated = random.nextDouble() < impairments.duplication();
        boolean reordered = random.nextDouble() < impairments.reordering();
        double corruption = random.nextDouble();
        if (lost) {
            counters().count(LinkCounter.IMPAIRED_LOST);
        } else if (corruption < impairments.corruption()) {
            counters().count(LinkCounter.IMPAIRED_CORRUPTED);
            // The number is evenly spread below the probability, so it names the bit as well.
            damage(memory, offset, length, (long) (corruption / impairments.corruption() * length * Byte.SIZE));
            deliver(damaged, 0, length, duplicated, reordered);
        } else {
            deliver(memory, offset, length, duplicated, reordered);
        }
    }

    private void damage(MemorySegment memory, long offset, int length, long bit) {
        MemorySegment.copy(memory, offset, damaged, 0, length);
        long at = bit / Byte.SIZE;
        int turned = damaged.get(ValueLayout.JAVA_BYTE, at) ^ 1 << (bit % Byte.SIZE);
        damaged.set(ValueLayout.JAVA_BYTE, at, (byte) turned);
    }

    private void deliver(MemorySegment memory, long offset, int length, boolean duplicated, boolean reordered) {
        boolean overtakes = heldBytes != 0;
        if (reordered && !overtakes) {
            MemorySegment.copy(memory, offset, held, 0, length);
            heldBytes = length;
            heldUntilNs = System.nanoTime() + HOLD_NS;
            counters().count(LinkCounter.IMPAIRED_REORDERED);
        } else {
            handler.onFrame(memory, offset, length);
        }
        if (duplicated) {
            counters().count(LinkCounter.IMPAIRED_DUPLICATED);
            handler.onFrame(memory, offset, length);
        }
        if (overtakes) {
            releaseHeld();
        }
    }

    private void releaseHeld() {
        int length = heldBytes;
        heldBytes = 0;
        handler.onFrame(held, 0, length);
    }

    @Override
    public void close() {
        super.close();
        arena.close();
    }
}
