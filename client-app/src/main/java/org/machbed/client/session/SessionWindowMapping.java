package org.machbed.client.session;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.machbed.ipc.mach.MachMessage;
import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.mach.PortName;
import org.machbed.ipc.mach.ReceivedMessage;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.ipc.window.QueueKind;
import org.machbed.netstack.MacAddress;
import org.machbed.proto.device.DeviceCall;
import org.machbed.proto.device.DeviceMapReply;
import org.machbed.proto.device.DeviceMapRequest;

/**
 * A session window as the kernel has made it for this task (dev_map).
 *
 * @param port names the window: whoever is given a copy of this right can have the kernel switch sessions to it
 */
record SessionWindowMapping(PortName port, DeviceMapReply reply) {
    private static final int MAC_BYTES = 6;

    /** For the kernel to answer; it never waits for anything outside itself. */
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(5);

    /**
     * Asks the kernel for the task's one session window.
     *
     * @param queue what its queues are made of
     * @throws IOException when there is no such kernel, or it refuses
     */
    static SessionWindowMapping map(MachTask task, QueueKind queue) throws IOException {
        PortName kernel = task.lookUp(DeviceCall.SESSION_PORT, CALL_TIMEOUT);
        ByteString body = DeviceMapRequest.newBuilder()
                .setWhat(DeviceMapRequest.What.SESSION_WINDOW)
                .setQueue(queue.label())
                .build()
                .toByteString();
        ReceivedMessage message = task.rpc(MachMessage.of(kernel, DeviceCall.MAP, body), CALL_TIMEOUT);
        DeviceMapReply reply;
        try {
            reply = DeviceMapReply.parseFrom(message.body());
        } catch (InvalidProtocolBufferException e) {
            throw new IOException("dev_map of a session window was answered with something else", e);
        }
        if (reply.getError() != 0) {
            throw new IOException(
                    "the kernel refuses a session window with error " + reply.getError() + ": " + reply.getReason());
        }
        if (message.rights().isEmpty() || reply.getMacAddress().size() != MAC_BYTES) {
            throw new IOException("dev_map of a session window was answered without a port or a station address");
        }
        return new SessionWindowMapping(message.rights().getFirst().name(), reply);
    }

    /** Where the window is. */
    Path path(HostDirectory host) throws IOException {
        Path path = host.path().resolve(reply.getPath());
        if (!host.path().equals(path.getParent())) {
            throw new IOException("the kernel made a window outside the host: " + path);
        }
        return path;
    }

    MacAddress address() {
        long bits = 0;
        for (byte octet : reply.getMacAddress()) {
            bits = bits << 8 | (octet & 0xFF);
        }
        return new MacAddress(bits);
    }
}
