package org.machbed.ipc.trap;

/** The kernel's side of a call gate. Called on the threads that run {@link TrapService#runLoop}. */
@FunctionalInterface
public interface TrapHandler {
    /**
     * Serves a trap: {@link TrapFrame#complete} now or later, from any thread, exactly once. A handler that throws has its
     * frame completed with -EIO.
     */
    void onTrap(TrapFrame frame);

    /**
     * A process that used the gate has died or closed its side. The handler lets go of what it holds for that caller and
     * completes frames of it that still wait; only then are their slots free again.
     *
     * @param caller the {@link TrapFrame#caller} of its frames; the number may be given to another process afterwards
     */
    default void onCallerDeath(int caller) {}
}
