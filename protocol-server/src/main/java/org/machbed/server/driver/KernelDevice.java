package org.machbed.server.driver;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Parser;
import java.time.Duration;
import org.machbed.ipc.mach.Disposition;
import org.machbed.ipc.mach.MachException;
import org.machbed.ipc.mach.MachMessage;
import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.mach.PortName;
import org.machbed.ipc.mach.ReceivedMessage;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.filter.PacketFilter;
import org.machbed.proto.device.DeviceCall;
import org.machbed.proto.device.DeviceMapReply;
import org.machbed.proto.device.DeviceMapRequest;
import org.machbed.proto.device.DeviceOpenReply;
import org.machbed.proto.device.DeviceOpenRequest;
import org.machbed.proto.device.DeviceSetFilterReply;
import org.machbed.proto.device.DeviceSetFilterRequest;
import org.machbed.proto.device.DeviceSetSessionReply;
import org.machbed.proto.device.DeviceSetSessionRequest;

/** The kernel's network device, opened: the calls of the device interface as messages. Any thread but the transport's may call. */
final class KernelDevice {
    /** For the kernel to answer a call; it never waits for anything outside itself. */
    static final Duration CALL_TIMEOUT = Duration.ofSeconds(5);

    private final MachTask task;
    private final PortName port;
    private final DeviceOpenReply opened;

    private KernelDevice(MachTask task, PortName port, DeviceOpenReply opened) {
        this.task = task;
        this.port = port;
        this.opened = opened;
    }

    /** Opens the host's network interface (device_open). */
    static KernelDevice open(MachTask task) throws DriverException {
        return open(task, PortName.NULL);
    }

    /**
     * Opens it for this task alone, which may then say whose sessions are.
     *
     * @param events a port of this task where the kernel tells of session windows
     */
    static KernelDevice openExclusively(MachTask task, PortName events) throws DriverException {
        return open(task, events);
    }

    private static KernelDevice open(MachTask task, PortName events) throws DriverException {
        try {
            PortName master = task.lookUp(DeviceCall.MASTER_PORT, CALL_TIMEOUT);
            boolean exclusive = events.isValid();
            ByteString body = DeviceOpenRequest.newBuilder()
                    .setDeviceName(DeviceCall.NETWORK_DEVICE)
                    .setExclusive(exclusive)
                    .build()
                    .toByteString();
            MachMessage request = MachMessage.of(master, DeviceCall.OPEN, body);
            ReceivedMessage reply =
                    task.rpc(exclusive ? request.withRight(events, Disposition.MAKE_SEND) : request, CALL_TIMEOUT);
            DeviceOpenReply opened = parse("device_open", DeviceOpenReply.parser(), reply);
            requireSuccess("device_open of " + DeviceCall.NETWORK_DEVICE, opened.getError(), "");
            if (reply.rights().isEmpty() || opened.getMacAddress().size() != 6) {
                throw new DriverException("device_open was answered without a port or a station address");
            }
            return new KernelDevice(task, reply.rights().getFirst().name(), opened);
        } catch (MachException e) {
            throw new DriverException("no kernel answers device_open: " + e.getMessage(), e);
        }
    }

    /** Where device_write goes. */
    PortName port() {
        return port;
    }

    MacAddress address() {
        long bits = 0;
        for (byte octet : opened.getMacAddress().toByteArray()) {
            bits = bits << 8 | (octet & 0xFF);
        }
        return new MacAddress(bits);
    }

    int mtuBytes() {
        return opened.getMtuBytes();
    }

    /** Names this device in traps. */
    int trapHandle() {
        return opened.getTrapHandle();
    }

    /** Has the frames that a filter matches sent to {@code receiver}, a port that this task receives from. */
    void setFilter(PacketFilter filter, PortName receiver) throws DriverException {
        DeviceSetFilterRequest.Builder request =
                DeviceSetFilterRequest.newBuilder().setPriority(filter.priority());
        for (int word : filter.words()) {
            request.addWords(word);
        }
        try {
            MachMessage message = MachMessage.of(
                            port, DeviceCall.SET_FILTER, request.build().toByteString())
                    .withRight(receiver, Disposition.MAKE_SEND);
            ReceivedMessage reply = task.rpc(message, CALL_TIMEOUT);
            DeviceSetFilterReply answer = parse("device_set_filter", DeviceSetFilterReply.parser(), reply);
            requireSuccess("device_set_filter", answer.getError(), answer.getReason());
        } catch (MachException e) {
            throw new DriverException("no kernel answers device_set_filter: " + e.getMessage(), e);
        }
    }

    /** Shares memory with the driver (dev_map). */
    DeviceMapReply map(DeviceMapRequest request) throws DriverException {
        try {
            ReceivedMessage reply =
                    task.rpc(MachMessage.of(port, DeviceCall.MAP, request.toByteString()), CALL_TIMEOUT);
            DeviceMapReply answer = parse("dev_map", DeviceMapReply.parser(), reply);
            requireSuccess("dev_map", answer.getError(), answer.getReason());
            return answer;
        } catch (MachException e) {
            throw new DriverException("no kernel answers dev_map: " + e.getMessage(), e);
        }
    }

    /**
     * Says whose the frames of a session are (device_set_session).
     *
     * @param window a send right to the port of a session window; {@link PortName#NULL} for this task's own window
     * @throws DriverException when no kernel answers; a refusal is in the reply
     */
    DeviceSetSessionReply setSession(DeviceSetSessionRequest request, PortName window) throws DriverException {
        try {
            MachMessage message = MachMessage.of(port, DeviceCall.SET_SESSION, request.toByteString());
            ReceivedMessage reply = task.rpc(
                    window.isValid() ? message.withRight(window, Disposition.COPY_SEND) : message, CALL_TIMEOUT);
            return parse("device_set_session", DeviceSetSessionReply.parser(), reply);
        } catch (MachException e) {
            throw new DriverException("no kernel answers device_set_session: " + e.getMessage(), e);
        }
    }

    private static <T> T parse(String call, Parser<T> parser, ReceivedMessage reply) throws DriverException {
        try {
            return parser.parseFrom(reply.body());
        } catch (InvalidProtocolBufferException e) {
            throw new DriverException(call + " was answered with something else: " + e.getMessage(), e);
        }
    }

    private static void requireSuccess(String call, int error, String reason) throws DriverException {
        if (error != 0) {
            throw new DriverException(
                    "the kernel refuses " + call + " with error " + error + (reason.isEmpty() ? "" : ": " + reason));
        }
    }
}
