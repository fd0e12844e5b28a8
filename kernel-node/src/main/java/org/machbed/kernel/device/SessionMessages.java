package org.machbed.kernel.device;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.kernel.port.KernelMessage;
import org.machbed.kernel.port.KernelMessageHandler;
import org.machbed.kernel.port.KernelPort;
import org.machbed.kernel.port.KernelPorts;
import org.machbed.kernel.port.SendRight;
import org.machbed.kernel.port.TaskWatch;
import org.machbed.netstack.session.SessionTemplate;
import org.machbed.proto.device.DeviceCall;
import org.machbed.proto.device.DeviceMapReply;
import org.machbed.proto.device.DeviceMapRequest;
import org.machbed.proto.device.DeviceSetSessionReply;
import org.machbed.proto.device.DeviceSetSessionRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The calls about session windows as messages: dev_map on the port where applications get them, and device_set_session, which comes
 * on the port of an open device.
 */
final class SessionMessages {
    private static final Logger LOG = LoggerFactory.getLogger(SessionMessages.class);

    private final KernelPorts ports;
    private final NetworkDevice device;
    private final SessionLevel level;
    private final DeviceTable table;
    private final HostDirectory host;

    private SessionMessages(
            KernelPorts ports, NetworkDevice device, SessionLevel level, DeviceTable table, HostDirectory host) {
        this.ports = ports;
        this.device = device;
        this.level = level;
        this.table = table;
        this.host = host;
    }

    /** Puts the port of session windows into the bootstrap directory, where the device has sessions. */
    static @Nullable SessionMessages serve(
            KernelPorts ports, @Nullable NetworkDevice device, DeviceTable table, HostDirectory host) {
        SessionLevel level = device == null ? null : device.sessions();
        if (device == null || level == null) {
            return null;
        }
        SessionMessages messages = new SessionMessages(ports, device, level, table, host);
        ports.registerBootstrap(DeviceCall.SESSION_PORT, ports.createKernelPort(messages::onMessage));
        return messages;
    }

    private void onMessage(KernelMessage message) {
        try (message) {
            if (message.id() == DeviceCall.MAP) {
                map(message);
            } else {
                DeviceMessages.refuseUnknown(message);
            }
        }
    }

    private void map(KernelMessage message) {
        try {
            DeviceMapRequest request = DeviceMapRequest.parseFrom(message.body());
            SessionWindow window = level.open(host, request, message.senderTask());
            WindowPort handler = new WindowPort(window);
            int handle = enter(window);
            KernelPort port = ports.createKernelPort(handler);
            boolean told = message.reply(DeviceCall.MAP + DeviceCall.REPLY, mapped(window, handle), port);
            if (!told) {
                // Nobody has the right, so nobody can ever give it up.
                handler.close(port);
                return;
            }
            handler.watch(message.watchSender(() -> handler.close(port)));
        } catch (InvalidProtocolBufferException e) {
            DeviceMessages.reply(
                    message, DeviceMessages.mapRefusal(DeviceError.INVALID_OPERATION, String.valueOf(e.getMessage())));
        } catch (DeviceException e) {
            LOG.info("dev_map of a session window for task {} refused: {}", message.senderTask(), e.getMessage());
            DeviceMessages.reply(message, DeviceMessages.mapRefusal(e.error(), String.valueOf(e.getMessage())));
        }
    }

    private int enter(SessionWindow window) throws DeviceException {
        try {
            return table.enter(window.window());
        } catch (DeviceException e) {
            level.close(window);
            throw e;
        }
    }

    private ByteString mapped(SessionWindow window, int handle) {
        return DeviceMapReply.newBuilder()
                .setPath(window.window().path().toString())
                .setTrapHandle(handle)
                .setMacAddress(DeviceMessages.macBytes(device))
                .setMtuBytes(device.mtuBytes())
                .setWindow(window.number())
                .build()
                .toByteString();
    }

    /** The port of one session window: a right to it names the window. */
    private final class WindowPort implements KernelMessageHandler {
        private final SessionWindow window;
        private @Nullable TaskWatch owner;
        private boolean isClosed;

        WindowPort(SessionWindow window) {
            this.window = window;
        }

        @Override
        public void onMessage(KernelMessage message) {
            try (message) {
                DeviceMessages.refuseUnknown(message);
            }
        }

        @Override
        public void onNoSenders(KernelPort port) {
            close(port);
        }

        synchronized void watch(TaskWatch watch) {
            if (isClosed) {
                watch.cancel();
            } else {
                owner = watch;
            }
        }

        private synchronized @Nullable TaskWatch closeOnce() {
            isClosed = true;
            TaskWatch watch = owner;
            owner = null;
            return watch;
        }

        void close(KernelPort port) {
            TaskWatch watch = closeOnce();
            if (watch != null) {
                watch.cancel();
            }
            table.leave(window.window());
            level.close(window);
            port.destroy();
        }
    }

    /** device_set_session; answers the body of the reply. */
    ByteString setSession(KernelMessage message) {
        try {
            DeviceSetSessionRequest request = DeviceSetSessionRequest.parseFrom(message.body());
            SessionWindow window = message.rightCount() == 0 ? null : window(message);
            OptionalLong expected =
                    request.hasExpectedWindow() ? OptionalLong.of(request.getExpectedWindow()) : OptionalLong.empty();
            SessionLevel.Change change = level.setSession(template(request), window, expected);
            return DeviceSetSessionReply.newBuilder()
                    .setWindow(change.window())
                    .setWindowBefore(change.windowBefore())
                    .setFramesBefore(change.framesBefore())
                    .build()
                    .toByteString();
        } catch (InvalidProtocolBufferException | IllegalArgumentException | IllegalStateException e) {
            return refusal(DeviceError.INVALID_OPERATION, String.valueOf(e.getMessage()));
        } catch (DeviceException e) {
            return refusal(e.error(), String.valueOf(e.getMessage()));
        }
    }

    private SessionWindow window(KernelMessage message) throws DeviceException {
        SendRight right = message.takeRight(0);
        try {
            // The kernel's own object behind the right says which window it is: a task cannot make one up.
            if (right.kernelHandler() instanceof WindowPort named) {
                return named.window;
            }
            throw new DeviceException(
                    right.isDead() ? DeviceError.NO_SUCH_DEVICE : DeviceError.INVALID_OPERATION,
                    right.isDead() ? "the window is gone" : "the message's right is not to a session window");
        } finally {
            right.release();
        }
    }

    private static SessionTemplate template(DeviceSetSessionRequest request) {
        return new SessionTemplate(
                request.getProtocol(),
                request.getLocalIpv4(),
                request.getLocalPort(),
                request.getRemoteIpv4(),
                request.getRemotePort());
    }

    static ByteString refusal(DeviceError error, String reason) {
        return DeviceSetSessionReply.newBuilder()
                .setError(error.number())
                .setReason(reason)
                .build()
                .toByteString();
    }
}
