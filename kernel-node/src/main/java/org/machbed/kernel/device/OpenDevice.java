package org.machbed.kernel.device;

import java.util.ArrayList;
import java.util.List;

/**
 * One device_open: what its owner may write to and what it has mapped. It lasts until the last send right to its port goes,
 * so a task that dies takes its handle and windows along. Guarded by the kernel lock.
 */
final class OpenDevice {
    private final NetworkDevice device;
    private final List<KernelWindow> windows = new ArrayList<>();
    private final boolean isExclusive;
    private int handle;

    OpenDevice(NetworkDevice device, boolean isExclusive) {
        this.device = device;
        this.isExclusive = isExclusive;
    }

    /** Whether nobody else may open the device meanwhile; then it cannot be written to by traps. */
    boolean isExclusive() {
        return isExclusive;
    }

    NetworkDevice device() {
        return device;
    }

    /** Its name in device traps; 0 before it has one. */
    int handle() {
        return handle;
    }

    void handle(int newHandle) {
        handle = newHandle;
    }

    List<KernelWindow> windows() {
        return windows;
    }
}
