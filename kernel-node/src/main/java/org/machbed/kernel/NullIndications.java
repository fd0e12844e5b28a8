package org.machbed.kernel;

import com.google.protobuf.ByteString;
import org.machbed.ipc.descriptor.DescriptorTable;
import org.machbed.ipc.trap.TrapFrame;
import org.machbed.kernel.device.DeviceError;
import org.machbed.kernel.port.KernelMessage;
import org.machbed.kernel.port.KernelPorts;
import org.machbed.kernel.port.SendRight;
import org.machbed.netstack.socket.Errno;
import org.machbed.proto.device.DeviceCall;
import org.machbed.proto.device.NullIndicationReply;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Messages that the kernel sends of its own accord, without anything in them: what one from the packet filter costs ("receiving
 * a message from the packet filter", maeda92 section 2.2) when nothing is filtered. A task hands over a send right and asks
 * for each message by a trap. Any thread.
 */
final class NullIndications {
    private static final Logger LOG = LoggerFactory.getLogger(NullIndications.class);
    private static final int CAPACITY = 16;

    private final DescriptorTable<SendRight> rights = new DescriptorTable<>(CAPACITY);

    /** Takes rights under {@link DeviceCall#NULL_INDICATIONS}. */
    void serve(KernelPorts ports) {
        ports.registerBootstrap(DeviceCall.NULL_INDICATIONS, ports.createKernelPort(this::onMessage));
    }

    private void onMessage(KernelMessage message) {
        try (message) {
            int handle = take(message);
            DeviceError error = handle == DescriptorTable.NONE ? DeviceError.INVALID_OPERATION : DeviceError.SUCCESS;
            message.reply(
                    message.id() + DeviceCall.REPLY,
                    NullIndicationReply.newBuilder()
                            .setError(error.number())
                            .setTrapHandle(handle)
                            .build()
                            .toByteString());
        }
    }

    private int take(KernelMessage message) {
        try {
            return add(message.takeRight(0));
        } catch (IllegalStateException e) {
            LOG.info("task {} asks for indications without a right to send them to", message.senderTask());
            return DescriptorTable.NONE;
        }
    }

    private int add(SendRight right) {
        int handle;
        synchronized (rights) {
            handle = rights.add(right);
        }
        if (handle == DescriptorTable.NONE) {
            right.release();
        } else {
            right.onDeath(() -> remove(handle));
        }
        return handle;
    }

    private void remove(int handle) {
        SendRight right;
        synchronized (rights) {
            right = rights.remove(handle);
        }
        if (right != null) {
            right.release();
        }
    }

    void onTrap(TrapFrame frame) {
        SendRight right;
        synchronized (rights) {
            right = rights.get(frame.a0());
        }
        if (right == null) {
            frame.complete(-Errno.EINVAL.number());
        } else if (right.send(DeviceCall.NULL, ByteString.EMPTY)) {
            frame.complete(0);
        } else {
            frame.complete(-Errno.ENOBUFS.number());
        }
    }
}
