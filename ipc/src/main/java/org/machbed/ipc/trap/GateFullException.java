package org.machbed.ipc.trap;

/** Every slot of a call gate was taken for longer than a caller waits for one. */
public final class GateFullException extends TrapException {
    public GateFullException(String message) {
        super(message);
    }
}
