package org.machbed.ipc.trap;

import org.machbed.ipc.process.Crossing;

/**
 * Calls the kernel and does not wait: whoever goes on to wait for something else sleeps once, and is woken once, in place of twice.
 * A call that comes before the one before it is answered waits for that answer first. It is counted as the doorbell that it rings.
 * One thread at a time; no garbage.
 */
public final class OneWayTrap implements AutoCloseable {
    private final TrapSlot slot;
    private final int number;
    private boolean isUnderWay;

    OneWayTrap(TrapSlot slot, int number) {
        this.slot = slot;
        this.number = number;
    }

    /**
     * Calls with one argument.
     *
     * @return what the kernel has answered to the call before, 0 for the first; negative for an error
     * @throws DeadKernelException when it has not, and the kernel is dead
     */
    public long call(long a0) {
        long before = isUnderWay ? slot.awaitResult() : 0;
        isUnderWay = true;
        slot.request(Crossing.DOORBELLS, number, a0, 0, 0, 0, 0, 0);
        return before;
    }

    /** Gives the slot back, or where a call is under way leaves it to the end of the caller. */
    @Override
    public void close() {
        slot.close();
    }
}
