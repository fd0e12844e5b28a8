package org.machbed.ipc.mach;

/** Takes the messages of a port or port set that a task serves. */
@FunctionalInterface
public interface MessageHandler {
    /**
     * Handles one message, on the transport's own thread: it must not wait, and so may {@link MachTask#reply reply} and
     * {@link MachTask#post post} but not call any method that waits for the kernel. The handler owns the message and closes
     * it, now or later, if it carries regions. One that throws has given the message up: that is logged, and its regions are
     * closed.
     */
    void onMessage(ReceivedMessage message);
}
