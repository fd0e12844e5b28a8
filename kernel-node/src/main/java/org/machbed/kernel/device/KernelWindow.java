package org.machbed.kernel.device;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.proto.device.DeviceMapRequest;

/** A window between the driver and a protocol server (reynolds91). */
final class KernelWindow implements FamilyOwner {
    private int handle;

    private final Path path;

    private KernelWindow(Path path) {
        this.path = path;
    }

    static KernelWindow map(NetworkDevice device, HostDirectory host, DeviceMapRequest request) throws DeviceException {
        if (request.getWhat() == DeviceMapRequest.What.LINK_END) {
            throw new DeviceException(
                    DeviceError.INVALID_OPERATION,
                    "the kernel keeps the end of the link while it runs the driver: a server that wants the driver opens the"
                            + " wire itself, on a host whose kernel has none");
        }
        return new KernelWindow(host.fresh("window"));
    }

    Path path() {
        return path;
    }

    int handle() {
        return handle;
    }

    void handle(int newHandle) {
        handle = newHandle;
    }

    @Override
    public void onFamilyFrame(MemorySegment memory, long offset, int lengthBytes) {}

    @Override
    public String ownerName() {
        return "a window";
    }

    void drainOutQueue() {}

    void close() {}
}
