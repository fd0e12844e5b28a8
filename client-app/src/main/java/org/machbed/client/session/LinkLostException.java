package org.machbed.client.session;

/** Nothing comes through a session window any more, and nothing can be sent: the kernel is gone, or the window is spoilt. */
public final class LinkLostException extends RuntimeException {
    public LinkLostException(String message) {
        super(message);
    }
}
