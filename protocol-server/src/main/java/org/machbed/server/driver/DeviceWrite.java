package org.machbed.server.driver;

import com.google.protobuf.InvalidProtocolBufferException;
import java.time.Duration;
import org.machbed.ipc.mach.MachException;
import org.machbed.ipc.mach.MachMessage;
import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.mach.ReceivedMessage;
import org.machbed.proto.device.DeviceWriteReply;

/** device_write as a call by message, and what becomes of frames that it does not take. */
final class DeviceWrite {
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    private final MachTask task;
    private final DroppedFrames dropped;

    DeviceWrite(MachTask task, DroppedFrames dropped) {
        this.task = task;
        this.dropped = dropped;
    }

    /** Sends one frame and waits for the answer; a failure is counted, as a frame lost on the wire would be by nobody. */
    void write(MachMessage request) {
        try (ReceivedMessage reply = task.rpc(request, TIMEOUT)) {
            int error = DeviceWriteReply.parseFrom(reply.body()).getError();
            if (error != 0) {
                dropped.dropped("the kernel answers device_write with error " + error);
            }
        } catch (MachException | InvalidProtocolBufferException e) {
            dropped.dropped("device_write failed: " + e.getMessage());
        }
    }
}
