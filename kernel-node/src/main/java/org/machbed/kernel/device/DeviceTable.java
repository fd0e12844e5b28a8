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

    /** Windows of the host: as many as there can be families with an owner. */
    static final int MAX_WINDOWS = FamilyTable.MAX_FAMILIES;

    private final ReentrantLock kernelLock;
    private final DescriptorTable<OpenDevice> devices = new DescriptorTable<>(MAX_OPEN);
    private final DescriptorTable<KernelWindow> windows = new DescriptorTable<>(MAX_WINDOWS);

    public DeviceTable(ReentrantLock kernelLock) {
        this.kernelLock = kernelLock;
    }

    /** Enters an open device. */
    OpenDevice open(NetworkDevice device) throws DeviceException {
        kernelLock.lock();
        try {
            OpenDevice open = new OpenDevice(device);
            int handle = devices.add(open);
            if (handle == DescriptorTable.NONE) {
                throw new DeviceException(DeviceError.NO_MEMORY, "the device is open " + MAX_OPEN + " times already");
            }
            open.handle(handle);
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
            int handle = windows.add(window);
            if (handle == DescriptorTable.NONE) {
                throw new DeviceException(DeviceError.NO_MEMORY, "the host has " + MAX_WINDOWS + " windows already");
            }
            window.handle(handle);
            open.windows().add(window);
            return handle;
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
            if (open == null) {
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
