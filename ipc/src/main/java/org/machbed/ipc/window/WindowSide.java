package org.machbed.ipc.window;

/** The two domains of a window (reynolds91, "Software Mutex"). */
public enum WindowSide {
    /** The protocol server: consumes the IN queue, produces on the OUT queue, may wait. */
    PROTOCOL,
    /** The driver's interrupt handler: produces on the IN queue, consumes the OUT queue, never waits for the other side. */
    INTERRUPT
}
