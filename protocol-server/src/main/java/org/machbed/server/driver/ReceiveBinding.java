package org.machbed.server.driver;

/** How a frame gets from the driver to the stack. */
public enum ReceiveBinding {
    /** A packet filter in the kernel sends each frame as a message. */
    MESSAGE,
    /** The server is the driver. */
    CALL,
    /** A queue and buffers in memory shared with the driver (reynolds91). */
    WINDOW
}
