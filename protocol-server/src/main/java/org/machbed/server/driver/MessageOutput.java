package org.machbed.server.driver;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.UnsafeByteOperations;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.mach.MachMessage;
import org.machbed.ipc.mach.PortName;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.netstack.link.FrameOutput;
import org.machbed.proto.device.DeviceCall;
import org.machbed.proto.device.DeviceWriteRequest;

/**
 * device_write with the frame in line. The stack composes the frame inside the message's body, laid out beforehand, so that the
 * binding adds no copy of its own. Guarded by the lock of the stack's owner.
 */
final class MessageOutput implements FrameOutput {
    private static final int LENGTH_DELIMITED = 2;

    private final DeviceWrite deviceWrite;
    private final PortName device;
    private final int maximumFrameBytes;
    private final FrameBuffer frame = new FrameBuffer();
    private byte[] body = {};
    private boolean isLent;

    MessageOutput(DeviceWrite deviceWrite, PortName device, int maximumFrameBytes) {
        this.deviceWrite = deviceWrite;
        this.device = device;
        this.maximumFrameBytes = maximumFrameBytes;
    }

    @Override
    public @Nullable FrameBuffer allocate(int lengthBytes) {
        if (isLent || lengthBytes > maximumFrameBytes) {
            return null;
        }
        int headBytes = CodedOutputStream.computeTagSize(DeviceWriteRequest.FRAME_FIELD_NUMBER)
                + CodedOutputStream.computeUInt32SizeNoTag(lengthBytes);
        body = new byte[headBytes + lengthBytes];
        CodedOutputStream head = CodedOutputStream.newInstance(body, 0, headBytes);
        try {
            head.writeTag(DeviceWriteRequest.FRAME_FIELD_NUMBER, LENGTH_DELIMITED);
            head.writeUInt32NoTag(lengthBytes);
            head.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("an array of the computed size was too small", e);
        }
        isLent = true;
        frame.memory = MemorySegment.ofArray(body);
        frame.offset = headBytes;
        frame.length = lengthBytes;
        return frame;
    }

    @Override
    public void transmit(FrameBuffer sent) {
        byte[] message = body;
        release(sent);
        deviceWrite.write(MachMessage.of(device, DeviceCall.WRITE, UnsafeByteOperations.unsafeWrap(message)));
    }

    @Override
    public void release(FrameBuffer unsent) {
        isLent = false;
        unsent.memory = MemorySegment.NULL;
    }
}
