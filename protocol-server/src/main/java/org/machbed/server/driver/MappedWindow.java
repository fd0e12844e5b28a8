package org.machbed.server.driver;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.ipc.trap.TrapCaller;
import org.machbed.ipc.trap.TrapException;
import org.machbed.ipc.window.Window;
import org.machbed.link.window.WindowOutput;
import org.machbed.netstack.link.FrameOutput;
import org.machbed.proto.device.DeviceMapReply;
import org.machbed.proto.device.DeviceMapRequest;
import org.machbed.proto.trap.TrapNumber;

/** A window that the kernel's driver and this server share: its server side. */
final class MappedWindow implements AutoCloseable {
    private static final int ETHERTYPE_IPV4 = 0x0800;
    private static final int ETHERTYPE_ARP = 0x0806;

    private final Window window;
    private final int trapHandle;

    private MappedWindow(Window window, int trapHandle) {
        this.window = window;
        this.trapHandle = trapHandle;
    }

    /** Maps a window, to which the frames of our protocols then go. */
    static MappedWindow map(KernelDevice device, HostDirectory host, DriverConfiguration configuration)
            throws DriverException {
        DeviceMapRequest request = DeviceMapRequest.newBuilder()
                .setWhat(DeviceMapRequest.What.WINDOW)
                .setQueue(configuration.queue())
                .addEtherTypes(ETHERTYPE_IPV4)
                .addEtherTypes(ETHERTYPE_ARP)
                .build();
        DeviceMapReply reply = device.map(request);
        try {
            Path path = host.path().resolve(reply.getPath());
            if (!host.path().equals(path.getParent())) {
                throw new DriverException("the kernel made a window outside the host: " + path);
            }
            return new MappedWindow(Window.open(path), reply.getTrapHandle());
        } catch (IOException e) {
            throw new DriverException("the window that the kernel made cannot be opened: " + e.getMessage(), e);
        }
    }

    FrameOutput output(TrapCaller caller, int maximumFrameBytes, DroppedFrames dropped) {
        return new WindowOutput(
                window, window.producer(() -> startDriver(caller, dropped)), maximumFrameBytes, dropped::dropped);
    }

    private void startDriver(TrapCaller caller, DroppedFrames dropped) {
        try {
            long result = caller.trap(TrapNumber.WINDOW_START, trapHandle);
            if (TrapNumber.isError(result)) {
                dropped.dropped("the kernel answers the trap that starts the driver with " + result);
            }
        } catch (TrapException e) {
            dropped.dropped("the trap that starts the driver failed: " + e.getMessage());
        }
    }

    /** @param taken told how many descriptors have been dealt with, {@code null} where nobody asks */
    FrameSource source(@Nullable TakenFrames taken) {
        return new WindowSource(window, taken);
    }

    @Override
    public void close() {
        window.close();
    }
}
