package org.machbed.kernel.port;

/** The kernel's own code behind a port. */
@FunctionalInterface
public interface KernelMessageHandler {
    /**
     * Handles one message, on the thread of the transport that brought it and outside of all locks of this package: it must not
     * wait for a task. The handler owns the message: it replies now or later, and closes it in the end.
     */
    void onMessage(KernelMessage message);

    /** The last send right to the port is gone: no message will come until {@link KernelPort} is given away again. */
    default void onNoSenders(KernelPort port) {}
}
