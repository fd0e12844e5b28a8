package org.machbed.server.driver;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.machbed.ipc.mach.MachCode;
import org.machbed.ipc.mach.MachException;
import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.mach.PortName;
import org.machbed.ipc.mach.ReceivedMessage;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;
import org.machbed.proto.device.DeviceCall;
import org.machbed.proto.device.ReceivedFrame;

/** Frames that the kernel's packet filter sends to a port, each as a message; they stay in the message's memory. */
final class MessageSource implements FrameSource {
    /** Frames that wait in the port before the kernel drops them. */
    static final int QUEUE_LIMIT = 256;

    private static final int FRAME_TAG = ReceivedFrame.FRAME_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;

    private final MachTask task;
    private final PortName port;
    private final Crossings crossings;
    private final DroppedFrames dropped;
    private volatile boolean isStopped;

    MessageSource(MachTask task, PortName port, Crossings crossings, DroppedFrames dropped) {
        this.task = task;
        this.port = port;
        this.crossings = crossings;
        this.dropped = dropped;
    }

    @Override
    public void run(FrameSink sink) throws DriverException {
        try {
            while (!isStopped) {
                ReceivedMessage message = task.receive(port, null);
                // The transport's thread woke this one.
                crossings.count(Crossing.HAND_OFFS);
                deliver(message, sink);
            }
        } catch (MachException e) {
            if (!isStopped) {
                throw new DriverException("no more frames come from the kernel: " + e.getMessage(), e);
            }
        }
    }

    @Override
    public boolean serve(FrameSink sink) throws DriverException {
        try {
            task.serve(port, message -> deliver(message, sink));
            return true;
        } catch (MachException e) {
            throw new DriverException("no frames come from the kernel: " + e.getMessage(), e);
        }
    }

    @Override
    public boolean waitsForMessages() {
        return true;
    }

    private void deliver(ReceivedMessage message, FrameSink sink) {
        try (message) {
            if (message.id() != DeviceCall.RECEIVED_FRAME) {
                dropped.dropped("message " + message.id() + " is no frame");
                return;
            }
            ByteString frame = frame(message.body());
            sink.onFrame(
                    MemorySegment.ofBuffer(frame.asReadOnlyByteBuffer()), 0, frame.size(), FrameOwner.COLLECTED, 0);
        } catch (IOException e) {
            dropped.dropped("a message holds no frame: " + e.getMessage());
        }
    }

    /** The frame of a {@link ReceivedFrame}, sharing the body's memory. */
    static ByteString frame(ByteString body) throws IOException {
        CodedInputStream input = body.newCodedInput();
        input.enableAliasing(true);
        if (input.readTag() != FRAME_TAG) {
            throw new IOException("the first field is not the frame");
        }
        return input.readBytes();
    }

    @Override
    public void stop() {
        isStopped = true;
        try {
            task.destroy(port);
        } catch (MachException e) {
            if (e.code() != MachCode.KERN_TERMINATED && e.code() != MachCode.KERN_INVALID_NAME) {
                throw new IllegalStateException("a port that this task owns cannot be destroyed", e);
            }
        }
    }
}
