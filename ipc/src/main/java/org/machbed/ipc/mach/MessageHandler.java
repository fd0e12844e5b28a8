package org.machbed.ipc.mach;

/** Takes the messages of a port or port set that a task serves. */
@FunctionalInterface
public interface MessageHandler {
    /**
     * Handles one message, on the transport's own thread: it must not wait, and so may {@link MachTask#reply reply} and
     * {@link MachTask#post post} but not call any method that waits for the kernel. The handler owns the message and closes
     * it, now or later, if it carries regions.
     */
    void onMessage(ReceivedMessage message);
}
