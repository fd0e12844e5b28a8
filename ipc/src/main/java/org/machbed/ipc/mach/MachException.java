package org.machbed.ipc.mach;

import java.io.IOException;

/** A Mach call failed; {@link #code()} says why. */
public final class MachException extends IOException {
    private final MachCode code;

    public MachException(MachCode code, String message) {
        super(code + ": " + message);
        this.code = code;
    }

    public MachException(MachCode code, String message, Throwable cause) {
        super(code + ": " + message, cause);
        this.code = code;
    }

    public MachCode code() {
        return code;
    }
}
