package org.machbed.kernel.inkernel;

import org.jspecify.annotations.Nullable;
import org.machbed.ipc.trap.CallGate;
import org.machbed.ipc.trap.TrapFrame;
import org.machbed.netstack.time.TimerWheel;
import org.machbed.netstack.time.WheelTimer;

/**
 * The traps that wait on all sockets. One that waits keeps its slot of the gate. Of the slots with room for data no more than
 * half may be kept, so that calls which move data always find one however many applications wait; the bare slots are there
 * to be kept. Guarded by the kernel lock.
 */
final class Waits {
    private final int mostWithData;
    private Completions completions;
    private @Nullable WaitingTrap free;
    private int keptWithData;
    private int keptBare;
    private final TimerWheel timers = new TimerWheel();

    /**
     * Nothing waits yet.
     *
     * @param slotsWithData of the gate
     */
    Waits(int slotsWithData, Completions completions) {
        mostWithData = Math.max(1, slotsWithData / 2);
        this.completions = completions;
    }

    /** Slots of a gate: no more traps can wait, or be completed at once. */
    static int atMost(CallGate gate) {
        return gate.slots() + gate.bareSlots();
    }

    /** Where traps completed from now on go: the list of the thread that has just taken the kernel lock. */
    void completeInto(Completions ofThread) {
        completions = ofThread;
    }

    /** Has a trap wait; {@code null} when its slot may not be kept. */
    @Nullable
    WaitingTrap take(TrapFrame frame) {
        if (isBare(frame)) {
            keptBare++;
        } else if (keptWithData == mostWithData) {
            return null;
        } else {
            keptWithData++;
        }
        WaitingTrap trap = free;
        if (trap == null) {
            trap = new WaitingTrap();
        } else {
            free = trap.next;
        }
        trap.frame = frame;
        trap.next = null;
        return trap;
    }

    /** Sets a limit to a trap's wait. */
    void limit(WaitingTrap trap, long deadlineNs, long nowNs) {
        WheelTimer timer = trap.timer;
        if (timer == null) {
            timer = new WheelTimer(_ -> timeOut(trap));
            trap.timer = timer;
        }
        timers.schedule(timer, deadlineNs, nowNs);
    }

    private static void timeOut(WaitingTrap trap) {
        WaitQueue queue = trap.queue;
        if (queue != null) {
            queue.timeOut(trap);
        }
    }

    /** When {@link #onTimer} wants to be called; {@link Long#MAX_VALUE} for never. */
    long nextDeadlineNs() {
        return timers.nextDeadlineNs();
    }

    void onTimer(long nowNs) {
        timers.advance(nowNs);
    }

    void complete(WaitingTrap trap, long result) {
        TrapFrame frame = trap.trap();
        if (trap.timer != null) {
            timers.cancel(trap.timer);
        }
        trap.queue = null;
        if (isBare(frame)) {
            keptBare--;
        } else {
            keptWithData--;
        }
        trap.frame = null;
        trap.next = free;
        free = trap;
        completions.add(frame, result);
    }

    private static boolean isBare(TrapFrame frame) {
        return frame.data().byteSize() == 0;
    }

    /** How many wait now. */
    int kept() {
        return keptWithData + keptBare;
    }
}
