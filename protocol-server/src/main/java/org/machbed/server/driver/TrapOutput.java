package org.machbed.server.driver;

import org.jspecify.annotations.Nullable;
import org.machbed.ipc.trap.TrapCaller;
import org.machbed.ipc.trap.TrapException;
import org.machbed.ipc.trap.TrapSlot;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.netstack.link.FrameOutput;
import org.machbed.proto.trap.TrapNumber;

/**
 * device_write as a trap: the stack composes the frame in the call's data area, from where the kernel copies it in. Guarded by
 * the lock of the stack's owner. No garbage per frame.
 */
final class TrapOutput implements FrameOutput {
    private final TrapCaller caller;
    private final int deviceHandle;
    private final int maximumFrameBytes;
    private final DroppedFrames dropped;
    private final FrameBuffer frame = new FrameBuffer();
    private @Nullable TrapSlot slot;

    TrapOutput(TrapCaller caller, int deviceHandle, int maximumFrameBytes, DroppedFrames dropped) {
        this.caller = caller;
        this.deviceHandle = deviceHandle;
        this.maximumFrameBytes = Math.min(maximumFrameBytes, caller.dataBytes());
        this.dropped = dropped;
    }

    @Override
    public @Nullable FrameBuffer allocate(int lengthBytes) {
        if (slot != null || lengthBytes > maximumFrameBytes) {
            return null;
        }
        try {
            TrapSlot claimed = caller.claim();
            slot = claimed;
            frame.memory = claimed.data();
            frame.offset = 0;
            frame.length = lengthBytes;
            return frame;
        } catch (TrapException e) {
            dropped.dropped("no trap into the kernel: " + e.getMessage());
            return null;
        }
    }

    @Override
    public void transmit(FrameBuffer sent) {
        TrapSlot claimed = slot;
        if (claimed == null) {
            throw new IllegalStateException("no frame is being composed");
        }
        try {
            long result = claimed.call(TrapNumber.DEVICE_WRITE, deviceHandle, sent.length);
            if (TrapNumber.isError(result)) {
                dropped.dropped("the kernel answers the device_write trap with " + result);
            }
        } catch (TrapException e) {
            dropped.dropped("the device_write trap failed: " + e.getMessage());
        } finally {
            release(sent);
        }
    }

    @Override
    public void release(FrameBuffer unsent) {
        TrapSlot claimed = slot;
        slot = null;
        if (claimed != null) {
            claimed.close();
        }
    }
}
