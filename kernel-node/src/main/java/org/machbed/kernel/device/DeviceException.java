package org.machbed.kernel.device;

/** A device call is refused; the message says why in words for whoever called. */
public final class DeviceException extends Exception {
    private final DeviceError error;

    public DeviceException(DeviceError error, String reason) {
        super(reason);
        this.error = error;
    }

    public DeviceError error() {
        return error;
    }
}
