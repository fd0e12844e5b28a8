package org.machbed.netstack.socket;

import java.io.IOException;

/** A socket call failed; {@link #errno()} says why. */
public final class SocketLayerException extends IOException {
    private final Errno errno;

    public SocketLayerException(Errno errno, String message) {
        super(errno + ": " + message);
        this.errno = errno;
    }

    /** The reason, the same in every placement of the socket layer. */
    public Errno errno() {
        return errno;
    }
}
