package org.machbed.ipc.trap;

/** The kernel behind a call gate has died or closed the gate; whoever waited for it is told. */
public final class DeadKernelException extends TrapException {
    public DeadKernelException(String message) {
        super(message);
    }
}
