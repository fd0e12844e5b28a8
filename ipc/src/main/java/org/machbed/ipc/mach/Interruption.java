package org.machbed.ipc.mach;

/** How a thread that is interrupted while it waits for a reply asks the server to end the call. */
@FunctionalInterface
public interface Interruption {
    /**
     * Asks, on the thread that waits. May make calls of its own, whose thread is not interrupted.
     *
     * @return whether the server heard it in time; when not, and no reply has come, it is asked again
     */
    boolean ask();
}
