package org.machbed.client;

import java.io.IOException;
import java.nio.channels.spi.SelectorProvider;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.machbed.client.binding.ApplicationSockets;
import org.machbed.client.binding.Binding;
import org.machbed.ipc.process.Arguments;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;

/** The sockets of a host for a program that knows nothing of it; see {@link org.machbed.client.agent.SystemProvider}. */
public final class HostProvider {
    /** As long as a peer may take to acknowledge the last bytes over a bad wire. */
    private static final Duration LINGER = Duration.ofSeconds(30);

    private HostProvider() {}

    /**
     * Opens them for as long as the process lives: when it ends, whoever holds the sockets on its behalf closes them. Where that is a
     * library in the process, it delivers what was sent before the virtual machine ends.
     *
     * @param arguments keys and values of {@link ClientArguments}
     * @throws org.machbed.ipc.process.UsageException when they are malformed
     */
    public static SelectorProvider open(Map<String, String> arguments) throws IOException {
        var own = new HashMap<>(arguments);
        // A program may start others of its kind, and each counts for itself.
        own.merge("process-name", "-" + ProcessHandle.current().pid(), String::concat);
        ClientArguments parsed = Arguments.parse(own, ClientArguments.class);
        HostDirectory host = HostDirectory.open(parsed.hostDirectory());
        Crossings crossings = Crossings.create(host.crossings(parsed.processName()));
        try {
            ApplicationSockets sockets = parsed.open(host, crossings, LINGER);
            if (parsed.binding() == Binding.LIBRARY) {
                ProgramEnd.afterShutdownHooks(sockets::close);
            }
            return sockets.provider();
        } catch (IOException | RuntimeException e) {
            crossings.close();
            throw e;
        }
    }
}
