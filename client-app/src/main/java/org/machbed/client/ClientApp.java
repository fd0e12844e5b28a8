package org.machbed.client;

import java.time.Duration;
import org.machbed.client.binding.ApplicationSockets;
import org.machbed.client.binding.Binding;
import org.machbed.client.primitive.Surroundings;
import org.machbed.client.service.ServiceCommand;
import org.machbed.ipc.process.Arguments;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.ipc.process.ProcessLifecycle;
import org.machbed.ipc.trial.RoleCommands;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The application's process. READY once its binding is open; then serves the commands of {@link ApplicationRoles} and
 * {@link ServiceCommand} until standard input closes or SIGTERM comes. Its arguments are those of {@link ClientArguments}.
 */
public final class ClientApp {
    private static final Logger LOG = LoggerFactory.getLogger(ClientApp.class);

    /** Of what a process may take for its stop ({@link ProcessLifecycle}). */
    private static final Duration LINGER = Duration.ofSeconds(1);

    private ClientApp() {}

    public static void main(String[] arguments) {
        ProcessLifecycle.run(
                "client-app",
                arguments,
                (words, lifecycle) -> run(Arguments.parse(words, ClientArguments.class), lifecycle));
    }

    private static void run(ClientArguments arguments, ProcessLifecycle lifecycle) throws Exception {
        LOG.info(
                "application on {}: binding {}, ipc {}",
                arguments.hostDirectory(),
                arguments.binding(),
                arguments.ipc());
        HostDirectory host = HostDirectory.open(arguments.hostDirectory());
        try (Crossings crossings = Crossings.create(host.crossings(arguments.processName()));
                ApplicationSockets sockets = arguments.open(host, crossings, LINGER);
                ServiceCommand services = new ServiceCommand(sockets::provider);
                RoleCommands commands = new RoleCommands(new ApplicationRoles(
                        sockets, arguments.buffers(), new Surroundings(host, arguments.ipc(), crossings)))) {
            lifecycle.onCounters("crossings", crossings::tell);
            if (arguments.binding() == Binding.LIBRARY) {
                lifecycle.onCounters("stack", sockets::tellStackCounters);
            }
            commands.register(lifecycle);
            services.register(lifecycle);
            lifecycle.ready("binding", arguments.binding().label());
            lifecycle.awaitStop();
        }
    }
}
