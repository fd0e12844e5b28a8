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
                    request.getWhat() == DeviceMapRequest.What.LINK_END
                            ? "the kernel keeps the end of the link that its driver runs on; a server that wants the"
                                    + " driver opens the wire itself, on a host whose kernel has none"
                            : "there is nothing of number " + request.getWhatValue() + " to map");
        }
        int pools = request.getPools() == 0 ? DEFAULT_POOLS : request.getPools();
        if (pools < 1 || pools > MAX_POOLS) {
            throw refusal("a window has 1 to " + MAX_POOLS + " buffer pools, not " + pools);
        }
        if (request.getEtherTypesCount() == 0) {
            throw refusal("a window without EtherTypes would get no frames");
        }
        int bufferBytes = Math.max(CLUSTER_BYTES, (frameBytes + LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES);
        int buffersPerPool = Math.clamp(BUFFERS_BYTES / (pools * bufferBytes), 1, MAX_BUFFERS_PER_POOL);
        return new WindowShape(
                new WindowConfiguration(
                        queue(request.getQueue()), pools, buffersPerPool, bufferBytes, QUEUE_DESCRIPTORS),
                List.copyOf(request.getEtherTypesList()));
    }

    private static QueueKind queue(String name) throws DeviceException {
        return switch (name) {
            case "", "chronicle" -> QueueKind.CHRONICLE;
            case "subqueue" -> QueueKind.SUBQUEUE;
            default -> throw refusal("a window's queue is chronicle or subqueue, not \"" + name + "\"");
        };
    }

    private static DeviceException refusal(String reason) {
        return new DeviceException(DeviceError.INVALID_OPERATION, reason);
    }
}
