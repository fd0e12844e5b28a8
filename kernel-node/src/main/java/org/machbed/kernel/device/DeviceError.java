package org.machbed.kernel.device;

import org.machbed.netstack.socket.Errno;

/** Errors of the device calls, numbered as Mach numbers them in device_types.h; traps answer with the matching errno. */
public enum DeviceError {
    SUCCESS(0, Errno.EIO),
    IO_ERROR(2500, Errno.EIO),
    WOULD_BLOCK(2501, Errno.ENOBUFS),
    NO_SUCH_DEVICE(2502, Errno.EBADF),
    ALREADY_OPEN(2503, Errno.EADDRINUSE),
    INVALID_OPERATION(2505, Errno.EINVAL),
    INVALID_SIZE(2507, Errno.EMSGSIZE),
    NO_MEMORY(2508, Errno.ENOMEM);

    private final int number;
    private final Errno errno;

    DeviceError(int number, Errno errno) {
        this.number = number;
        this.errno = errno;
    }

    /** The number in replies to device messages; 0 is success. */
    public int number() {
        return number;
    }

    /** The result of a trap that fails for this reason. */
    long trapResult() {
        return -errno.number();
    }
}
