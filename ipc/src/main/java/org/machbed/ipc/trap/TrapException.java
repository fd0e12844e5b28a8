package org.machbed.ipc.trap;

/** A trap did not reach the kernel or did not come back; what the kernel itself refuses is a negative result instead. */
public class TrapException extends RuntimeException {
    public TrapException(String message) {
        super(message);
    }
}
