package org.machbed.client;

import java.io.IOException;
import org.machbed.client.binding.ApplicationSockets;
import org.machbed.client.primitive.Primitives;
import org.machbed.client.primitive.Surroundings;
import org.machbed.client.workload.Buffers;
import org.machbed.client.workload.Workloads;
import org.machbed.ipc.process.CommandArguments;
import org.machbed.ipc.trial.Role;
import org.machbed.ipc.trial.RoleOpener;

/**
 * What the launcher can have an application do.
 *
 * <pre>
 * serve workload=udp-rtt port=5001 bytes=1              SERVING {"port":5001}
 * connect workload=udp-rtt peer=192.0.2.2:5001 bytes=1  CONNECTED {}
 * serve primitive=doorbell                              SERVING {"path":...}
 * connect primitive=doorbell path=...                   CONNECTED {}
 * </pre>
 */
final class ApplicationRoles implements RoleOpener {
    private final ApplicationSockets sockets;
    private final Buffers buffers;
    private final Surroundings surroundings;

    /** @param buffers whose memory messages of workloads are in */
    ApplicationRoles(ApplicationSockets sockets, Buffers buffers, Surroundings surroundings) {
        this.sockets = sockets;
        this.buffers = buffers;
        this.surroundings = surroundings;
    }

    @Override
    public Role serve(CommandArguments arguments) throws IOException {
        String primitive = arguments.optional("primitive").orElse("");
        if (!primitive.isEmpty()) {
            return Primitives.serve(primitive, arguments, surroundings);
        }
        return Workloads.serve(arguments.required("workload"), sockets.provider(), buffers, arguments);
    }

    @Override
    public Role connect(CommandArguments arguments) throws IOException {
        String primitive = arguments.optional("primitive").orElse("");
        if (!primitive.isEmpty()) {
            return Primitives.connect(primitive, arguments, surroundings);
        }
        return Workloads.connect(arguments.required("workload"), sockets.provider(), buffers, arguments);
    }
}
