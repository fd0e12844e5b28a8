package org.machbed.kernel.device;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.mach.MachException;
import org.machbed.ipc.mach.MemoryObject;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.kernel.port.KernelMessage;
import org.machbed.kernel.port.KernelMessageHandler;
import org.machbed.kernel.port.KernelPort;
import org.machbed.kernel.port.KernelPorts;
import org.machbed.kernel.port.SendRight;
import org.machbed.netstack.filter.FilterException;
import org.machbed.netstack.filter.PacketFilter;
import org.machbed.proto.device.DeviceCall;
import org.machbed.proto.device.DeviceMapReply;
import org.machbed.proto.device.DeviceMapRequest;
import org.machbed.proto.device.DeviceOpenReply;
import org.machbed.proto.device.DeviceOpenRequest;
import org.machbed.proto.device.DeviceSetFilterReply;
import org.machbed.proto.device.DeviceSetFilterRequest;
import org.machbed.proto.device.DeviceWriteReply;
import org.machbed.proto.device.DeviceWriteRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The device calls as Mach messages: device_open on the device master port; device_write, device_set_filter and dev_map on the
 * port of an open device. Handlers run on the thread of the transport. Whatever a message holds, it gets a reply that says
 * what was wrong with it.
 */
public final class DeviceMessages {
    private static final Logger LOG = LoggerFactory.getLogger(DeviceMessages.class);

    private final KernelPorts ports;
    private final @Nullable NetworkDevice device;
    private final DeviceTable table;
    private final HostDirectory host;

    private final @Nullable SessionMessages sessions;

    private DeviceMessages(KernelPorts ports, @Nullable NetworkDevice device, DeviceTable table, HostDirectory host) {
        this.ports = ports;
        this.device = device;
        this.table = table;
        this.host = host;
        this.sessions = SessionMessages.serve(ports, device, table, host);
    }

    /**
     * Puts the device master port into the bootstrap directory, and the one for session windows where the device has sessions.
     *
     * @param device what {@link DeviceCall#NETWORK_DEVICE} opens, {@code null} on a host whose kernel has no wire
     */
    public static void serve(KernelPorts ports, @Nullable NetworkDevice device, DeviceTable table, HostDirectory host) {
        DeviceMessages messages = new DeviceMessages(ports, device, table, host);
        ports.registerBootstrap(DeviceCall.MASTER_PORT, ports.createKernelPort(messages::onMasterMessage));
    }

    private void onMasterMessage(KernelMessage message) {
        try (message) {
            if (message.id() == DeviceCall.OPEN) {
                open(message);
            } else if (message.id() == DeviceCall.NULL) {
                reply(message, ByteString.EMPTY);
            } else {
                refuseUnknown(message);
            }
        }
    }

    private void open(KernelMessage message) {
        try {
            DeviceOpenRequest request = DeviceOpenRequest.parseFrom(message.body());
            String name = request.getDeviceName();
            NetworkDevice opened = device;
            if (opened == null || !name.equals(DeviceCall.NETWORK_DEVICE)) {
                throw new DeviceException(DeviceError.NO_SUCH_DEVICE, "this host has no device \"" + name + "\"");
            }
            OpenDevice open = table.open(opened, request.getExclusive());
            OpenDevicePort handler = new OpenDevicePort(open);
            handler.own(message);
            KernelPort port = ports.createKernelPort(handler);
            boolean told = message.reply(
                    DeviceCall.OPEN + DeviceCall.REPLY,
                    DeviceOpenReply.newBuilder()
                            .setMacAddress(macBytes(opened))
                            .setMtuBytes(opened.mtuBytes())
                            .setTrapHandle(open.isExclusive() ? 0 : open.handle())
                            .build()
                            .toByteString(),
                    port);
            if (!told) {
                // Nobody has the right, so nobody can ever give it up.
                handler.onNoSenders(port);
            }
        } catch (InvalidProtocolBufferException e) {
            reply(message, openError(DeviceError.INVALID_OPERATION));
        } catch (DeviceException e) {
            LOG.info("device_open of task {} refused: {}", message.senderTask(), e.getMessage());
            reply(message, openError(e.error()));
        }
    }

    private static ByteString openError(DeviceError error) {
        return DeviceOpenReply.newBuilder().setError(error.number()).build().toByteString();
    }

    static ByteString macBytes(NetworkDevice device) {
        byte[] octets = new byte[6];
        long bits = device.address().bits();
        for (int i = 0; i < octets.length; i++) {
            octets[i] = (byte) (bits >>> (8 * (octets.length - 1 - i)));
        }
        return ByteString.copyFrom(octets);
    }

    /** Every reply has its error in the same field, so one that fits no request still reads as an error. */
    static void refuseUnknown(KernelMessage message) {
        LOG.info("task {} sent a device port unknown message {}", message.senderTask(), message.id());
        reply(message, writeReply(DeviceError.INVALID_OPERATION, 0));
    }

    static void reply(KernelMessage message, ByteString body) {
        if (message.hasReplyPort()) {
            message.reply(message.id() + DeviceCall.REPLY, body);
        }
    }

    private static ByteString writeReply(DeviceError error, int bytesWritten) {
        return DeviceWriteReply.newBuilder()
                .setError(error.number())
                .setBytesWritten(bytesWritten)
                .build()
                .toByteString();
    }

    /** The port of one open device. */
    private final class OpenDevicePort implements KernelMessageHandler {
        private final OpenDevice open;

        OpenDevicePort(OpenDevice open) {
            this.open = open;
        }

        @Override
        public void onMessage(KernelMessage message) {
            try (message) {
                switch (message.id()) {
                    case DeviceCall.WRITE -> reply(message, write(message));
                    case DeviceCall.SET_FILTER -> reply(message, setFilter(message));
                    case DeviceCall.MAP -> reply(message, map(message));
                    case DeviceCall.SET_SESSION -> reply(message, setSession(message));
                    default -> refuseUnknown(message);
                }
            }
        }

        /** Who has the device to itself owns the sessions, and is told of what happens to windows. */
        void own(KernelMessage message) throws DeviceException {
            SessionLevel level = open.device().sessions();
            if (open.isExclusive() && level != null) {
                try {
                    level.owned(message.rightCount() == 0 ? null : sendRight(message));
                } catch (DeviceException | IllegalStateException e) {
                    table.close(open);
                    throw new DeviceException(DeviceError.INVALID_OPERATION, String.valueOf(e.getMessage()));
                }
            }
        }

        @Override
        public void onNoSenders(KernelPort port) {
            SessionLevel level = open.device().sessions();
            if (open.isExclusive() && level != null) {
                level.disowned();
            }
            table.close(open);
            port.destroy();
        }

        private ByteString setSession(KernelMessage message) {
            SessionMessages calls = sessions;
            return calls == null || !open.isExclusive()
                    ? SessionMessages.refusal(
                            DeviceError.INVALID_OPERATION,
                            calls == null
                                    ? "this kernel knows no sessions"
                                    : "only who has the device to itself may say whose a session is")
                    : calls.setSession(message);
        }

        private ByteString write(KernelMessage message) {
            try {
                CodedInputStream input = message.body().newCodedInput();
                // The frame stays in the message, from where the one copy to the wire takes it.
                input.enableAliasing(true);
                ByteString frame = DeviceWriteRequest.parseFrom(input).getFrame();
                if (!frame.isEmpty()) {
                    return write(MemorySegment.ofBuffer(frame.asReadOnlyByteBuffer()));
                }
                return message.regions().size() == 1
                        ? writeOutOfLine(message.regions().getFirst())
                        : writeReply(DeviceError.INVALID_SIZE, 0);
            } catch (IOException e) {
                return writeReply(DeviceError.INVALID_OPERATION, 0);
            }
        }

        private ByteString writeOutOfLine(MemoryObject region) {
            try {
                return write(region.map());
            } catch (MachException e) {
                return writeReply(DeviceError.INVALID_OPERATION, 0);
            } catch (InternalError e) {
                // The sender has cut the object short since it was mapped.
                return writeReply(DeviceError.IO_ERROR, 0);
            }
        }

        private ByteString write(MemorySegment frame) {
            DeviceError error = open.device().write(frame, 0, frame.byteSize());
            return writeReply(error, error == DeviceError.SUCCESS ? (int) frame.byteSize() : 0);
        }

        private ByteString setFilter(KernelMessage message) {
            try {
                DeviceSetFilterRequest request = DeviceSetFilterRequest.parseFrom(message.body());
                int[] words = request.getWordsList().stream()
                        .mapToInt(Integer::intValue)
                        .toArray();
                PacketFilter filter = PacketFilter.compile(words, request.getPriority());
                if (message.rightCount() == 0) {
                    throw new DeviceException(DeviceError.INVALID_OPERATION, "the message carries no send right");
                }
                open.device().filterPorts().install(filter, sendRight(message));
                return filterReply(DeviceError.SUCCESS, "");
            } catch (InvalidProtocolBufferException | FilterException | IllegalStateException e) {
                return filterReply(DeviceError.INVALID_OPERATION, String.valueOf(e.getMessage()));
            } catch (DeviceException e) {
                return filterReply(e.error(), String.valueOf(e.getMessage()));
            }
        }

        /** A send-once right would be used up by the first message, and its filter stay for ever. */
        private static SendRight sendRight(KernelMessage message) throws DeviceException {
            SendRight right = message.takeRight(0);
            if (right.isSendOnce()) {
                right.release();
                throw new DeviceException(
                        DeviceError.INVALID_OPERATION,
                        "what is sent more than once needs a send right: a send-once right does not do");
            }
            return right;
        }

        private static ByteString filterReply(DeviceError error, String reason) {
            return DeviceSetFilterReply.newBuilder()
                    .setError(error.number())
                    .setReason(reason)
                    .build()
                    .toByteString();
        }

        private ByteString map(KernelMessage message) {
            try {
                DeviceMapRequest request = DeviceMapRequest.parseFrom(message.body());
                KernelWindow window = KernelWindow.map(open.device(), host, request);
                try {
                    int handle = table.map(open, window);
                    return DeviceMapReply.newBuilder()
                            .setPath(window.path().toString())
                            .setTrapHandle(handle)
                            .build()
                            .toByteString();
                } catch (DeviceException e) {
                    window.close();
                    throw e;
                }
            } catch (InvalidProtocolBufferException e) {
                return mapRefusal(DeviceError.INVALID_OPERATION, String.valueOf(e.getMessage()));
            } catch (DeviceException e) {
                return mapRefusal(e.error(), String.valueOf(e.getMessage()));
            }
        }
    }

    static ByteString mapRefusal(DeviceError error, String reason) {
        return DeviceMapReply.newBuilder()
                .setError(error.number())
                .setReason(reason)
                .build()
                .toByteString();
    }
}
