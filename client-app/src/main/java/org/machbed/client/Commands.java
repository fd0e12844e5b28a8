package org.machbed.client;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.machbed.client.binding.ApplicationSockets;
import org.machbed.client.primitive.Primitives;
import org.machbed.client.primitive.Surroundings;
import org.machbed.client.workload.Role;
import org.machbed.client.workload.UdpRoundTrips;
import org.machbed.ipc.process.CommandArguments;
import org.machbed.ipc.process.Json;
import org.machbed.ipc.process.ProcessLifecycle;
import org.machbed.ipc.process.UsageException;

/**
 * What the launcher can have an application do. One role is open at a time; opening another closes it.
 *
 * <pre>
 * serve workload=udp-rtt port=5001 bytes=1            SERVING {"port":5001}
 * connect workload=udp-rtt peer=192.0.2.2:5001 bytes=1  CONNECTED {}
 * serve primitive=doorbell                            SERVING {"path":...}
 * connect primitive=doorbell path=...                 CONNECTED {}
 * trial operations=1000                               DONE {"operations":1000,"histogram":...}
 * warm operations=1000                                the same
 * stop                                                STOPPED {}
 * </pre>
 */
final class Commands implements AutoCloseable {
    private static final long MAX_OPERATIONS = 1_000_000_000;

    private final ApplicationSockets sockets;
    private final Surroundings surroundings;

    /** Set on the command thread; closed also by the main thread when the process stops. */
    private volatile @Nullable Role role;

    Commands(ApplicationSockets sockets, Surroundings surroundings) {
        this.sockets = sockets;
        this.surroundings = surroundings;
    }

    void register(ProcessLifecycle lifecycle) {
        lifecycle.onCommand("serve", rest -> {
            close();
            Role opened = serve(CommandArguments.parse(rest));
            role = opened;
            Json reply = Json.object();
            opened.describe(reply);
            return "SERVING " + reply;
        });
        lifecycle.onCommand("connect", rest -> {
            close();
            role = connect(CommandArguments.parse(rest));
            return "CONNECTED " + Json.object();
        });
        lifecycle.onCommand("trial", rest -> "DONE " + trial(CommandArguments.parse(rest)));
        lifecycle.onCommand("warm", rest -> "DONE " + trial(CommandArguments.parse(rest)));
        lifecycle.onCommand("stop", rest -> {
            CommandArguments.parse(rest).requireNoOthers();
            close();
            return "STOPPED " + Json.object();
        });
    }

    private Role serve(CommandArguments arguments) throws IOException {
        String primitive = arguments.optional("primitive").orElse("");
        if (!primitive.isEmpty()) {
            return Primitives.serve(primitive, arguments, surroundings);
        }
        requireWorkload(arguments);
        return UdpRoundTrips.serve(sockets.provider(), arguments);
    }

    private Role connect(CommandArguments arguments) throws IOException {
        String primitive = arguments.optional("primitive").orElse("");
        if (!primitive.isEmpty()) {
            return Primitives.connect(primitive, arguments, surroundings);
        }
        requireWorkload(arguments);
        return UdpRoundTrips.connect(sockets.provider(), arguments);
    }

    private static void requireWorkload(CommandArguments arguments) {
        String workload = arguments.required("workload");
        if (!workload.equals(UdpRoundTrips.NAME)) {
            throw new UsageException("there is no workload \"" + workload + "\"; there is " + UdpRoundTrips.NAME);
        }
    }

    private Json trial(CommandArguments arguments) throws IOException, InterruptedException {
        long operations = arguments.requiredLong("operations");
        arguments.requireNoOthers();
        if (operations < 1 || operations > MAX_OPERATIONS) {
            throw new UsageException("operations is " + operations + ", which is not between 1 and " + MAX_OPERATIONS);
        }
        Role current = role;
        if (current == null) {
            throw new UsageException("nothing is open: serve or connect first");
        }
        return current.trial(operations);
    }

    /** Closes the role, if one is open; a trial under way ends. */
    @Override
    public void close() throws IOException {
        Role current = role;
        role = null;
        if (current != null) {
            current.close();
        }
    }
}
