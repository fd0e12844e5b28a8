package org.machbed.link;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicBoolean;
import org.machbed.netstack.MacAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The device level of reynolds91's figure: an Ethernet interface's interrupt side. It sheds and counts what an interface can
 * tell to be damaged or foreign, and hands the rest to the family level above.
 *
 * <p>One thread of the owner runs {@link #runInterruptLoop}; {@link #stop} and {@link #counters} are for any thread. What is sent
 * goes straight to the {@link LinkEnd}.
 */
public final class EtherDriver {
    /** Frames that one turn of the loop hands over before it looks at its timer and whether to stop. */
    public static final int POLL_BUDGET = 64;

    private static final Logger LOG = LoggerFactory.getLogger(EtherDriver.class);

    /** How often a frame whose handling failed is logged: whoever sends it may send more. */
    private static final long FAILURE_LOG_INTERVAL_NS = 10_000_000_000L;

    private static final ValueLayout.OfInt NETWORK_INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfShort NETWORK_SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final int SOURCE_OFFSET = 6;

    private final LinkEnd link;
    private final FrameHandler family;
    private final Runnable endOfTurn;
    private final FrameHandler device = this::onFrame;
    private final DriverCounters counters = new DriverCounters();
    private final LogLimit failureLog = new LogLimit(FAILURE_LOG_INTERVAL_NS);
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final long addressBits;
    private final int maximumFrameBytes;

    /** Whether this turn has handed up a frame; the receiving thread's. */
    private boolean handedUp;

    /** A driver on {@code link} below {@code family}, which gets frames as {@link FrameHandler} describes. */
    public EtherDriver(LinkEnd link, FrameHandler family) {
        this(link, family, () -> {});
    }

    /**
     * The same for a family that gathers what frames come in one turn.
     *
     * @param endOfTurn runs after the frames of a turn, by the same thread; not where none was handed up
     */
    public EtherDriver(LinkEnd link, FrameHandler family, Runnable endOfTurn) {
        this.link = link;
        this.family = family;
        this.endOfTurn = endOfTurn;
        this.addressBits = link.address().bits();
        this.maximumFrameBytes = LinkEnd.HEADER_BYTES + link.mtuBytes();
    }

    /** Waits for frames and hands them up, until {@link #stop}. */
    public void runInterruptLoop() {
        while (!stopped.get()) {
            link.await(LinkEnd.FOREVER);
            interrupt();
        }
    }

    /**
     * Waits for frames and hands them up, and calls {@code timer} when it is due, until {@link #stop}. The timer is asked for
     * its deadline once a turn, before the wait; an {@link AlarmClock} ends the wait then.
     *
     * @param eachTurn runs once a turn, after the frames: what else this thread serves ({@link LinkEnd#awaitAlso})
     */
    public void runInterruptLoop(DriverTimer timer, Runnable eachTurn) {
        try (AlarmClock clock = AlarmClock.start(link::wakeUp)) {
            while (!stopped.get()) {
                long deadlineNs = timer.nextDeadlineNs();
                if (isDue(deadlineNs)) {
                    timer.onTimer(System.nanoTime());
                    link.await(0);
                } else {
                    clock.set(deadlineNs);
                    link.await(LinkEnd.FOREVER);
                }
                interrupt();
                eachTurn.run();
            }
        }
    }

    /** MIN_VALUE means at once, and its distance from now would overflow. */
    private static boolean isDue(long deadlineNs) {
        return deadlineNs != Long.MAX_VALUE && (deadlineNs == Long.MIN_VALUE || deadlineNs - System.nanoTime() <= 0);
    }

    /** Hands up the frames that are there, at most {@link #POLL_BUDGET}; answers how many the link delivered. Never waits. */
    public int interrupt() {
        try {
            return link.poll(device, POLL_BUDGET);
        } finally {
            // Also when the link fails amid the turn.
            if (handedUp) {
                handedUp = false;
                endOfTurn.run();
            }
        }
    }

    /** Ends {@link #runInterruptLoop}, which may be waiting. */
    public void stop() {
        stopped.set(true);
        link.wakeUp();
    }

    public DriverCounters counters() {
        return counters;
    }

    private void onFrame(MemorySegment memory, long offset, int length) {
        counters.count(DriverCounter.RECEIVED);
        DriverCounter fate = judge(memory, offset, length);
        counters.count(fate);
        if (fate == DriverCounter.PASSED) {
            handUp(memory, offset, length);
        }
    }

    /**
     * The levels above look at memory that another station can write and cut short, which is an {@link InternalError}: what they
     * do not withstand costs them this frame, and not the host its interrupts.
     */
    private void handUp(MemorySegment memory, long offset, int length) {
        handedUp = true;
        try {
            family.onFrame(memory, offset, length);
        } catch (RuntimeException | InternalError | StackOverflowError e) {
            counters.count(DriverCounter.FAILED);
            int leftOut = failureLog.admit(System.nanoTime());
            if (leftOut != LogLimit.LEAVE_OUT) {
                LOG.error("the handling of a frame failed ({} more before)", leftOut, e);
            }
        }
    }

    private DriverCounter judge(MemorySegment memory, long offset, int length) {
        if (length < LinkEnd.MINIMUM_FRAME_BYTES) {
            return DriverCounter.RUNT;
        }
        if (length > maximumFrameBytes) {
            return DriverCounter.OVERSIZE;
        }
        if (!MacAddress.isStation(address(memory, offset + SOURCE_OFFSET))) {
            return DriverCounter.INVALID_SOURCE;
        }
        long destination = address(memory, offset);
        if (destination == addressBits || destination == MacAddress.MASK) {
            return DriverCounter.PASSED;
        }
        return MacAddress.isGroup(destination) ? DriverCounter.FOREIGN_MULTICAST : DriverCounter.FOREIGN_UNICAST;
    }

    private static long address(MemorySegment memory, long offset) {
        return (memory.get(NETWORK_SHORT, offset) & 0xffffL) << 32
                | (memory.get(NETWORK_INT, offset + 2) & 0xffff_ffffL);
    }
}
