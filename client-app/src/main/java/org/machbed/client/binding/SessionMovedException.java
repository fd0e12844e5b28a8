package org.machbed.client.binding;

/**
 * A session is not where a call takes it to be ({@link org.machbed.proto.bsd.BsdCall#ERESTART}). Never gets out of a layer that has moved
 * sessions: it repeats the call where the session is.
 */
public final class SessionMovedException extends RuntimeException {
    public SessionMovedException(String message) {
        super(message, null, false, false);
    }
}
