package org.machbed.client.service;

import java.io.IOException;
import java.nio.channels.spi.SelectorProvider;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.Json;
import org.machbed.ipc.process.ProcessLifecycle;
import org.machbed.ipc.process.UsageException;

/**
 * The command that opens the small services, until the process stops.
 *
 * <pre>
 * services     SERVICES {"udp":{"echo":7,...},"tcp":{...}}
 * </pre>
 */
public final class ServiceCommand implements AutoCloseable {
    private final Supplier<SelectorProvider> provider;
    private @Nullable Services services; // guarded by this
    private boolean ended; // guarded by this

    /**
     * A command that has not been given.
     *
     * @param provider where channels come from; may refuse with a {@link UsageException}
     */
    public ServiceCommand(Supplier<SelectorProvider> provider) {
        this.provider = provider;
    }

    /** Has a process answer the command. */
    public void register(ProcessLifecycle lifecycle) {
        lifecycle.onCommand("services", _ -> "SERVICES " + open(lifecycle));
    }

    private synchronized Json open(ProcessLifecycle lifecycle) throws IOException {
        if (ended) {
            throw new IOException("the process stops");
        }
        if (services != null) {
            throw new UsageException("the services are open already");
        }
        Services opened = Services.open(provider.get(), lifecycle::fail);
        services = opened;
        return opened.describe();
    }

    @Override
    public synchronized void close() throws IOException {
        ended = true;
        if (services != null) {
            services.close();
            services = null;
        }
    }
}
