package org.machbed.server.driver;

import java.io.IOException;

/** The driver, or the kernel that it is in, refused or is gone; the message says which call and why. */
public final class DriverException extends IOException {
    public DriverException(String message) {
        super(message);
    }

    public DriverException(String message, Throwable cause) {
        super(message, cause);
    }
}
