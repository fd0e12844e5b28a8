package org.machbed.client;

import org.machbed.client.binding.ApplicationSockets;
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
                ApplicationSockets sockets = ApplicationSockets.open(
                        arguments.binding(),
                        host,
                        arguments.ipc(),
                        arguments.serverArguments().orElse(""),
                        crossings);
                ServiceCommand services = new ServiceCommand(sockets::provider);
                RoleCommands commands = new RoleCommands(
                        new ApplicationRoles(sockets, new Surroundings(host, arguments.ipc(), crossings)))) {
            lifecycle.onCounters("crossings", crossings::tell);
            commands.register(lifecycle);
            services.register(lifecycle);
            lifecycle.ready("binding", arguments.binding().label());
            lifecycle.awaitStop();
        }
    }
}
