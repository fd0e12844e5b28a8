package org.machbed.kernel.device;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.List;
import org.machbed.proto.device.DeviceCall;
import org.machbed.proto.device.ReceivedFrame;

/** A port of a filter that keeps what comes, up to its queue limit. */
class RecordingDestination implements FrameDestination {
    private final int queueLimit;
    final List<byte[]> frames = new ArrayList<>();
    boolean dead;

    RecordingDestination(int queueLimit) {
        this.queueLimit = queueLimit;
    }

    @Override
    public boolean send(int id, ByteString body) {
        if (dead || frames.size() == queueLimit) {
            return false;
        }
        if (id != DeviceCall.RECEIVED_FRAME) {
            throw new AssertionError("message " + id);
        }
        try {
            frames.add(ReceivedFrame.parseFrom(body).getFrame().toByteArray());
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
        return true;
    }

    @Override
    public boolean isDead() {
        return dead;
    }
}
