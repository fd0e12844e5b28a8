package org.machbed.kernel.port;

import java.io.IOException;
import java.nio.file.Path;

/**
 * The kernel's ports: the name spaces of the host's tasks, the transports that tasks attach through, and the ports that the
 * kernel itself answers on. Any thread may call it.
 */
public final class KernelPorts implements AutoCloseable {
    private KernelPorts() {}

    /**
     * Serves tasks in a host's directory: the gRPC socket is up when this returns, Chronicle queues are when asked for.
     *
     * @param hostDirectory exists, mode 0700
     * @param serveChronicle whether tasks may attach through Chronicle queues too
     */
    public static KernelPorts open(Path hostDirectory, boolean serveChronicle) throws IOException {
        return Unbuilt.yet(KernelPorts.class);
    }

    /** Allocates a port whose messages {@code handler} takes. */
    public KernelPort createKernelPort(KernelMessageHandler handler) {
        return Unbuilt.yet(KernelPort.class);
    }

    /** Registers a kernel port under a service name; tasks can neither replace nor remove it. */
    public void registerBootstrap(String service, KernelPort port) {
        Unbuilt.yet(Void.class);
    }

    /** What was relayed, refused and dropped, by name, for the log and the {@code counters} command. */
    public PortCounters counters() {
        return Unbuilt.yet(PortCounters.class);
    }

    /** Ends all transports: the tasks' waiting calls fail with KERN_TERMINATED. */
    @Override
    public void close() {
        Unbuilt.yet(Void.class);
    }
}
