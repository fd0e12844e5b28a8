package org.machbed.server.unix;

/**
 * A call found the session elsewhere than it took it to be ({@link org.machbed.proto.bsd.BsdCall#ERESTART}). Unchecked, since it is
 * none of the errors that BSD's calls have, and the library that made the call makes it again where the session is.
 */
final class SessionMovedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    SessionMovedException(String message) {
        super(message, null, false, false);
    }
}
