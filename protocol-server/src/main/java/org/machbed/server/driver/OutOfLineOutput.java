package org.machbed.server.driver;

import com.google.protobuf.ByteString;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.mach.MachException;
import org.machbed.ipc.mach.MachMessage;
import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.mach.OutOfLine;
import org.machbed.ipc.mach.PortName;
import org.machbed.ipc.process.Crossings;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.netstack.link.FrameOutput;
import org.machbed.proto.device.DeviceCall;

/**
 * device_write with the frame out of line: a memory object for each frame, which the kernel maps and unmaps. Guarded by the lock
 * of the stack's owner.
 */
final class OutOfLineOutput implements FrameOutput {
    private final MachTask task;
    private final DeviceWrite deviceWrite;
    private final DroppedFrames dropped;
    private final Crossings crossings;
    private final PortName device;
    private final ByteBuffer buffer;
    private final MemorySegment memory;
    private final FrameBuffer frame = new FrameBuffer();
    private boolean isLent;

    OutOfLineOutput(
            MachTask task,
            DeviceWrite deviceWrite,
            DroppedFrames dropped,
            Crossings crossings,
            PortName device,
            int maximumFrameBytes) {
        this.task = task;
        this.deviceWrite = deviceWrite;
        this.dropped = dropped;
        this.crossings = crossings;
        this.device = device;
        buffer = ByteBuffer.allocateDirect(maximumFrameBytes);
        memory = MemorySegment.ofBuffer(buffer);
    }

    @Override
    public @Nullable FrameBuffer allocate(int lengthBytes) {
        if (isLent || lengthBytes > buffer.capacity()) {
            return null;
        }
        isLent = true;
        frame.memory = memory;
        frame.offset = 0;
        frame.length = lengthBytes;
        return frame;
    }

    @Override
    public void transmit(FrameBuffer sent) {
        isLent = false;
        try (OutOfLine region = task.outOfLine(buffer.limit(sent.length).position(0))) {
            crossings.copy(sent.length);
            deviceWrite.write(
                    MachMessage.of(device, DeviceCall.WRITE, ByteString.EMPTY).withRegion(region));
        } catch (MachException e) {
            dropped.dropped("no memory object for a frame: " + e.getMessage());
        }
    }

    @Override
    public void release(FrameBuffer unsent) {
        isLent = false;
    }
}
