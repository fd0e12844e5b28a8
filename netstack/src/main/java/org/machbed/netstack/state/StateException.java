package org.machbed.netstack.state;

/** What claims to be the state of something is none; the message says what of it is wrong. */
public final class StateException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public StateException(String message) {
        super(message);
    }
}
