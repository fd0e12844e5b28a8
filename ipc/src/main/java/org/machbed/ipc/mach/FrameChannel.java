package org.machbed.ipc.mach;

import org.machbed.proto.mach.KernelFrame;
import org.machbed.proto.mach.TaskFrame;

/** The way from a task to its kernel; frames from there come on the transport's thread. */
interface FrameChannel extends AutoCloseable {
    /**
     * Sends a frame; never called by two threads at once.
     *
     * @throws MachException KERN_TERMINATED when the kernel is gone
     */
    void send(TaskFrame frame) throws MachException;

    /** The kernel has answered the ATTACH frame, which went through {@link #send}. */
    default void attached(KernelFrame answer) throws MachException {}

    /** Whether the calling thread is the transport's own. */
    boolean onTransportThread();

    /** Ends the connection and waits until the kernel knows, when called on another thread than the transport's. */
    @Override
    void close();
}
