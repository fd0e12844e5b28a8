package org.machbed.link.impairment;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.machbed.link.FrameHandler;
import org.machbed.link.LinkCounter;
import org.machbed.link.LinkDecorator;
import org.machbed.link.LinkEnd;
import org.machbed.netstack.link.FrameBuffer;

/**
 * Impairs the frames that a station sends, for a peer that has no {@link ImpairedLink} of its own to impair what arrives there. The
 * fate of the n-th frame depends on the seed, the station's address and n alone, as there. No garbage per frame.
 *
 * <p>A frame that is held back is sent by the thread that receives when no other one follows, so that sending takes a lock here.
 */
public final class ImpairedSending extends LinkDecorator {
    private final Impairments impairments;
    private final SplittableRandom random;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment held;

    /** Bytes of the frame that is held back, 0 when none is. Guarded by this, as are the fields below. */
    private int heldBytes;

    private long heldUntilNs;

    public ImpairedSending(LinkEnd link, Impairments impairments) {
        super(link);
        this.impairments = impairments;
        // Turned round, so that what leaves does not share the fate of what arrives.
        this.random =
                new SplittableRandom(~(impairments.seed() ^ (link.address().bits() << 16)));
        this.held = arena.allocate(HEADER_BYTES + MAXIMUM_MTU_BYTES);
    }

    @Override
    public synchronized @Nullable FrameBuffer allocate(int lengthBytes) {
        return super.allocate(lengthBytes);
    }

    @Override
    public synchronized void release(FrameBuffer frame) {
        super.release(frame);
    }

    @Override
    public synchronized void transmit(FrameBuffer frame) {
        boolean lost = random.nextDouble() < impairments.loss();
        boolean duplicated = random.nextDouble() < impairments.duplication();
        boolean reordered = random.nextDouble() < impairments.reordering();
        double corruption = random.nextDouble();
        if (lost) {
            counters().count(LinkCounter.IMPAIRED_OUT_LOST);
            super.release(frame);
            return;
        }
        if (corruption < impairments.corruption()) {
            counters().count(LinkCounter.IMPAIRED_OUT_CORRUPTED);
            // The number is evenly spread below the probability, so it names the bit as well.
            damage(frame, (long) (corruption / impairments.corruption() * frame.length * Byte.SIZE));
        }
        send(frame, duplicated, reordered);
    }

    private static void damage(FrameBuffer frame, long bit) {
        long at = frame.offset + bit / Byte.SIZE;
        int turned = frame.memory.get(ValueLayout.JAVA_BYTE, at) ^ 1 << (bit % Byte.SIZE);
        frame.memory.set(ValueLayout.JAVA_BYTE, at, (byte) turned);
    }

    private void send(FrameBuffer frame, boolean duplicated, boolean reordered) {
        boolean overtakes = heldBytes != 0;
        FrameBuffer second = null;
        if (duplicated) {
            counters().count(LinkCounter.IMPAIRED_OUT_DUPLICATED);
            second = copy(frame.memory, frame.offset, frame.length);
        }
        if (reordered && !overtakes) {
            counters().count(LinkCounter.IMPAIRED_OUT_REORDERED);
            hold(frame);
        } else {
            super.transmit(frame);
        }
        if (second != null) {
            super.transmit(second);
        }
        if (overtakes) {
            sendHeld();
        }
    }

    private void hold(FrameBuffer frame) {
        MemorySegment.copy(frame.memory, frame.offset, held, 0, frame.length);
        heldBytes = frame.length;
        heldUntilNs = System.nanoTime() + ImpairedLink.HOLD_NS;
        super.release(frame);
        // Whoever waits now has a time to wait for.
        wakeUp();
    }

    private @Nullable FrameBuffer copy(MemorySegment memory, long offset, int length) {
        FrameBuffer copy = super.allocate(length);
        if (copy != null) {
            MemorySegment.copy(memory, offset, copy.memory, copy.offset, length);
        }
        return copy;
    }

    private void sendHeld() {
        FrameBuffer copy = copy(held, 0, heldBytes);
        heldBytes = 0;
        if (copy != null) {
            super.transmit(copy);
        }
    }

    @Override
    public boolean await(long timeoutNs) {
        long leftNs = untilDueNs();
        boolean came = super.await(Math.min(timeoutNs, leftNs));
        return came || leftNs <= timeoutNs;
    }

    /** Time till the frame that is held must go, {@link #FOREVER} when none is. */
    private synchronized long untilDueNs() {
        return heldBytes == 0 ? FOREVER : heldUntilNs - System.nanoTime();
    }

    private synchronized void sendHeldWhenDue() {
        if (untilDueNs() <= 0) {
            sendHeld();
        }
    }

    @Override
    public int poll(FrameHandler handler, int budget) {
        sendHeldWhenDue();
        return super.poll(handler, budget);
    }

    @Override
    public void close() {
        super.close();
        arena.close();
    }
}
