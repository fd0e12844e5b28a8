package org.machbed.kernel.device;

import java.util.List;
import org.machbed.ipc.window.QueueKind;
import org.machbed.ipc.window.WindowConfiguration;
import org.machbed.proto.device.DeviceMapRequest;

/** What a dev_map request for a window asks for, checked. */
record WindowShape(WindowConfiguration configuration, List<Integer> etherTypes) {
    private static final int CLUSTER_BYTES = 2_048;
    private static final int LINE_BYTES = 64;

    /** What a window's buffers take together, so that a host with a few windows stays under its bound. */
    private static final int BUFFERS_BYTES = 4 << 20;

    /** The same for a session window, of which a host may have {@link SessionLevel#MAX_WINDOWS}: 128 MiB of all. */
    private static final int SESSION_BUFFERS_BYTES = 2 << 20;

    private static final int DEFAULT_POOLS = 4;
    private static final int MAX_POOLS = 64;
    private static final int MAX_BUFFERS_PER_POOL = 256;
    private static final int QUEUE_DESCRIPTORS = 1_024;

    /**
     * The window that a request asks for; its buffers have room for a frame each.
     *
     * @throws DeviceException saying what in the request makes no sense
     */
    static WindowShape of(DeviceMapRequest request, int frameBytes) throws DeviceException {
        if (request.getWhat() != DeviceMapRequest.What.WINDOW) {
            throw refusal(
                    switch (request.getWhat()) {
                        case LINK_END ->
                            "the kernel keeps the end of the link that its driver runs on; a server that wants the"
                                    + " driver opens the wire itself, on a host whose kernel has none";
                        case SESSION_WINDOW -> "session windows are for applications, which get them from another port";
                        default -> "there is nothing of number " + request.getWhatValue() + " to map";
                    });
        }
        if (request.getEtherTypesCount() == 0) {
            throw refusal("a window without EtherTypes would get no frames");
        }
        return new WindowShape(
                configuration(request, frameBytes, BUFFERS_BYTES), List.copyOf(request.getEtherTypesList()));
    }

    /**
     * The session window that a request asks for.
     *
     * @throws DeviceException saying what in the request makes no sense
     */
    static WindowShape ofSessions(DeviceMapRequest request, int frameBytes) throws DeviceException {
        if (request.getWhat() != DeviceMapRequest.What.SESSION_WINDOW) {
            throw refusal("there are only session windows to be had here, not number " + request.getWhatValue());
        }
        if (request.getEtherTypesCount() != 0) {
            throw refusal("a session window gets frames of sessions, not of EtherTypes");
        }
        return new WindowShape(configuration(request, frameBytes, SESSION_BUFFERS_BYTES), List.of());
    }

    private static WindowConfiguration configuration(DeviceMapRequest request, int frameBytes, int buffersBytes)
            throws DeviceException {
        int pools = request.getPools() == 0 ? DEFAULT_POOLS : request.getPools();
        if (pools < 1 || pools > MAX_POOLS) {
            throw refusal("a window has 1 to " + MAX_POOLS + " buffer pools, not " + pools);
        }
        int bufferBytes = Math.max(CLUSTER_BYTES, (frameBytes + LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES);
        int buffersPerPool = Math.clamp(buffersBytes / (pools * bufferBytes), 1, MAX_BUFFERS_PER_POOL);
        return new WindowConfiguration(
                queue(request.getQueue()), pools, buffersPerPool, bufferBytes, QUEUE_DESCRIPTORS);
    }

    private static QueueKind queue(String name) throws DeviceException {
        return name.isEmpty()
                ? QueueKind.CHRONICLE
                : QueueKind.find(name)
                        .orElseThrow(
                                () -> refusal("a window's queue is chronicle, ring or subqueue, not \"" + name + "\""));
    }

    private static DeviceException refusal(String reason) {
        return new DeviceException(DeviceError.INVALID_OPERATION, reason);
    }
}
