package org.machbed.server.driver;

/** How a frame gets from the stack to the driver. */
public enum TransmitBinding {
    /** device_write with the frame in a memory object of its own (maeda92 table 1: "IPC, VM"). */
    MESSAGE_OOL,
    /** device_write with the frame in the message (maeda92 table 2: "IPC, no VM"). */
    MESSAGE,
    /** A trap straight into the driver (maeda92 table 2: "syscall, no IPC, no VM"). */
    TRAP,
    /** The server is the driver (maeda92 table 2: "mapped driver"). */
    CALL,
    /** A queue and buffers in memory shared with the driver (reynolds91). */
    WINDOW;

    /** Whether sending a frame waits for a message, which the transport's own thread must not do. */
    public boolean waitsForMessages() {
        return this == MESSAGE || this == MESSAGE_OOL;
    }
}
