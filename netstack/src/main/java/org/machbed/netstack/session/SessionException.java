package org.machbed.netstack.session;

/** A session that a {@link SessionTable} does not take; the message says why. */
public final class SessionException extends Exception {
    private static final long serialVersionUID = 1;

    SessionException(String message) {
        super(message);
    }
}
