package org.machbed.kernel.device;

import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.descriptor.DescriptorTable;
import org.machbed.ipc.trap.TrapFrame;
import org.machbed.netstack.socket.Errno;
import org.machbed.proto.trap.TrapNumber;

/** What tasks have opened and mapped, and the device traps on it. Any thread; inside, the kernel lock. */
public final class DeviceTable {
    /** Opens that may last at once. */
    static final int MAX_OPEN = 64;

    /** Windows of the host: families have up to 16, applications up to 64. A power of two. */
    static final int MAX_WINDOWS = 128;

    private final ReentrantLock kernelLock;
    private final DescriptorTable<OpenDevice> devices = new DescriptorTable<>(MAX_OPEN);
    private final DescriptorTable<KernelWindow> windows = new DescriptorTable<>(MAX_WINDOWS);

    /** Who has the device to itself. */
    private @Nullable OpenDevice exclusive;

    public DeviceTable(ReentrantLock kernelLock) {
        this.kernelLock = kernelLock;
    }

    /** Enters an open device, for whom nobody else may have it open where it is {@code exclusive}. */
    OpenDevice open(NetworkDevice device, boolean isExclusive) throws DeviceException {
        kernelLock.lock();
        try {
            if (exclusive != null) {
                throw new DeviceException(DeviceError.ALREADY_OPEN, "a server has the device to itself");
            }
            if (isExclusive && devices.size() > 0) {
                throw new DeviceException(DeviceError.ALREADY_OPEN, "somebody else has the device open");
            }
            OpenDevice open = new OpenDevice(device, isExclusive);
            int handle = devices.add(open);
            if (handle == DescriptorTable.NONE) {
                throw new DeviceException(DeviceError.NO_MEMORY, "the device is open " + MAX_OPEN + " times already");
            }
            open.handle(handle);
            exclusive = isExclusive ? open : null;
            return open;
        } finally {
            kernelLock.unlock();
        }
    }

    /** Enters a window of an open device; answers its handle. */
    int map(OpenDevice open, KernelWindow window) throws DeviceException {
        kernelLock.lock();
        try {
            if (devices.get(open.handle()) != open) {
                throw new DeviceException(DeviceError.NO_SUCH_DEVICE, "the device was closed meanwhile");
            }
            int handle = enter(window);
            open.windows().add(window);
            return handle;
        } finally {
            kernelLock.unlock();
        }
    }

    /** Enters a window, which {@link #leave} lets go of; answers its handle. */
    int enter(KernelWindow window) throws DeviceException {
        kernelLock.lock();
        try {
            int handle = windows.add(window);
            if (handle == DescriptorTable.NONE) {
                throw new DeviceException(DeviceError.NO_MEMORY, "the host has " + MAX_WINDOWS + " windows already");
            }
            window.handle(handle);
            return handle;
        } finally {
            kernelLock.unlock();
        }
    }

    void leave(KernelWindow window) {
        kernelLock.lock();
        try {
            windows.remove(window.handle());
        } finally {
            kernelLock.unlock();
        }
    }

    /** Closes an open device and its windows; a second close is ignored. */
    void close(OpenDevice open) {
        List<KernelWindow> closing;
        kernelLock.lock();
        try {
            closing = List.copyOf(open.windows());
            open.windows().clear();
            closing.forEach(window -> windows.remove(window.handle()));
            devices.remove(open.handle());
            if (open.equals(exclusive)) {
                exclusive = null;
            }
        } finally {
            kernelLock.unlock();
        }
        closing.forEach(KernelWindow::close);
    }

    /** Serves a device trap and completes it. */
    public void onTrap(TrapFrame frame) {
        frame.complete(
                switch (frame.number()) {
                    case TrapNumber.DEVICE_WRITE -> write(frame);
                    case TrapNumber.WINDOW_START -> start(frame);
                    default -> -Errno.EINVAL.number();
                });
    }

    private long write(TrapFrame frame) {
        kernelLock.lock();
        try {
            OpenDevice open = devices.get(frame.a0());
            if (open == null || open.isExclusive()) {
                return DeviceError.NO_SUCH_DEVICE.trapResult();
            }
            long lengthBytes = frame.a1();
            if (lengthBytes > frame.data().byteSize()) {
                return DeviceError.INVALID_SIZE.trapResult();
            }
            DeviceError error = open.device().write(frame.data(), 0, lengthBytes);
            return error == DeviceError.SUCCESS ? lengthBytes : error.trapResult();
        } finally {
            kernelLock.unlock();
        }
    }

    private long start(TrapFrame frame) {
        KernelWindow window = window(frame.a0());
        if (window == null) {
            return DeviceError.NO_SUCH_DEVICE.trapResult();
        }
        window.start();
        return 0;
    }

    private @Nullable KernelWindow window(long handle) {
        kernelLock.lock();
        try {
            return windows.get(handle);
        } finally {
            kernelLock.unlock();
        }
    }
}
