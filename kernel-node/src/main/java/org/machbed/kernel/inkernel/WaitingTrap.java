package org.machbed.kernel.inkernel;

import org.jspecify.annotations.Nullable;
import org.machbed.ipc.trap.TrapFrame;
import org.machbed.netstack.time.WheelTimer;

/** A trap that waits: a link of a {@link WaitQueue}, taken from {@link Waits} and given back there. */
final class WaitingTrap {
    @Nullable
    TrapFrame frame;

    /** Bytes that the trap wants to move, or what else its socket call keeps in mind. */
    int wanted;

    /** How many of them have been moved. */
    int moved;

    @Nullable
    WaitingTrap next;

    /** Where it waits, while it does. */
    @Nullable
    WaitQueue queue;

    /** Of a wait with a limit; made with the first one. */
    @Nullable
    WheelTimer timer;

    /** The trap; only of one that waits. */
    TrapFrame trap() {
        TrapFrame waiting = frame;
        if (waiting == null) {
            throw new IllegalStateException("no trap waits here");
        }
        return waiting;
    }
}
