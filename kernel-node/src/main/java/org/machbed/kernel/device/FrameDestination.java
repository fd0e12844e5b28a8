package org.machbed.kernel.device;

import com.google.protobuf.ByteString;

/** Where a filter's frames go: the port that device_set_filter named. */
public interface FrameDestination {
    /**
     * Sends a frame as a message, without waiting.
     *
     * @param body an encoded {@code ReceivedFrame}
     * @return false when the port's queue is full or the port is dead
     */
    boolean send(int id, ByteString body);

    boolean isDead();
}
