package org.machbed.server.driver;

import org.machbed.ipc.mach.PortName;
import org.machbed.netstack.session.SessionTemplate;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.proto.device.DeviceSetSessionReply;
import org.machbed.proto.device.DeviceSetSessionRequest;

/** Says in the kernel whose the frames of sessions are: this server's or a session window's. Any thread but the transport's may call. */
public final class SessionSwitch {
    private final KernelDevice device;
    private final PortName events;
    private final TakenFrames taken;

    SessionSwitch(KernelDevice device, PortName events, TakenFrames taken) {
        this.device = device;
        this.events = events;
        this.taken = taken;
    }

    /**
     * What the kernel has switched.
     *
     * @param window number of the window that has the session now, 0 for this server
     * @param windowBefore the same of before
     * @param framesBefore frames that the kernel had ever put on the IN queue of whoever had it before
     */
    public record Switched(long window, long windowBefore, long framesBefore) {}

    /**
     * Gives a session of this server's to a window.
     *
     * @param window a send right to the window's port
     * @throws SocketLayerException with ENOBUFS when the kernel refuses, EIO when it does not answer; nothing is changed then
     */
    public Switched give(SessionTemplate session, PortName window) throws SocketLayerException {
        return call(request(session).setExpectedWindow(0), window);
    }

    /** Makes a session this server's, whoever has it; throws as {@link #give}. */
    public Switched takeBack(SessionTemplate session) throws SocketLayerException {
        return call(request(session), PortName.NULL);
    }

    private static DeviceSetSessionRequest.Builder request(SessionTemplate session) {
        return DeviceSetSessionRequest.newBuilder()
                .setProtocol(session.protocol())
                .setLocalIpv4(session.localIpv4())
                .setLocalPort(session.localPort())
                .setRemoteIpv4(session.remoteIpv4())
                .setRemotePort(session.remotePort());
    }

    private Switched call(DeviceSetSessionRequest.Builder request, PortName window) throws SocketLayerException {
        DeviceSetSessionReply reply;
        try {
            reply = device.setSession(request.build(), window);
        } catch (DriverException e) {
            throw new SocketLayerException(Errno.EIO, String.valueOf(e.getMessage()));
        }
        if (reply.getError() != 0) {
            throw new SocketLayerException(
                    Errno.ENOBUFS,
                    "the kernel refuses device_set_session with error " + reply.getError() + ": " + reply.getReason());
        }
        return new Switched(reply.getWindow(), reply.getWindowBefore(), reply.getFramesBefore());
    }

    KernelDevice device() {
        return device;
    }

    /** Where the kernel tells of session windows: a port of this task's. */
    public PortName events() {
        return events;
    }

    /** How far this server's own window is taken in. */
    public TakenFrames taken() {
        return taken;
    }
}
