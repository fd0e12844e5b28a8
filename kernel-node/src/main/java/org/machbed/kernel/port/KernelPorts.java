package org.machbed.kernel.port;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.mach.MemoryObjectStore;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;

/**
 * The kernel's ports: the name spaces of the host's tasks, the transports that tasks attach through, and the ports that the
 * kernel itself answers on. Any thread may call it.
 */
public final class KernelPorts implements AutoCloseable {
    private final Relay relay;
    private final @Nullable ChronicleKernel chronicle;
    private final GrpcKernel grpc;
    private final AtomicBoolean closed = new AtomicBoolean();

    private KernelPorts(Relay relay, @Nullable ChronicleKernel chronicle, GrpcKernel grpc) {
        this.relay = relay;
        this.chronicle = chronicle;
        this.grpc = grpc;
    }

    /**
     * Serves tasks in a host's directory: the gRPC socket is up when this returns, Chronicle queues are when asked for.
     *
     * @param serveChronicle whether tasks may attach through Chronicle queues too
     * @param crossings where messages relayed, and messages of the kernel itself, are counted
     * @param onFailure told when the kernel cannot relay any more
     */
    public static KernelPorts open(
            HostDirectory host, boolean serveChronicle, Crossings crossings, Consumer<String> onFailure)
            throws IOException {
        MemoryObjectStore store = MemoryObjectStore.of(host.path());
        store.create();
        Relay relay = new Relay(store, new PortCounters(crossings));
        ChronicleKernel chronicle = serveChronicle ? ChronicleKernel.start(host, relay, onFailure) : null;
        try {
            return new KernelPorts(relay, chronicle, GrpcKernel.start(host, relay, chronicle));
        } catch (IOException | RuntimeException e) {
            if (chronicle != null) {
                chronicle.close();
            }
            throw e;
        }
    }

    /** Allocates a port whose messages {@code handler} takes. */
    public KernelPort createKernelPort(KernelMessageHandler handler) {
        return new KernelPort(relay, handler);
    }

    /**
     * Registers a kernel port under a service name; tasks can neither replace nor remove it.
     *
     * @throws IllegalStateException when the name is taken
     */
    public void registerBootstrap(String service, KernelPort port) {
        if (!relay.locked(() -> relay.directory.register(service, port.port(), true))) {
            throw new IllegalStateException("a service named " + service + " is registered already");
        }
    }

    /** What was relayed, refused and dropped, by name, for the log and the {@code counters} command. */
    public PortCounters counters() {
        return relay.counters;
    }

    /** Ends all transports: the tasks' waiting calls fail with KERN_TERMINATED. A second call is ignored. */
    @Override
    public void close() {
        if (closed.getAndSet(true)) {
            return;
        }
        grpc.close();
        if (chronicle != null) {
            chronicle.close();
        }
    }
}
