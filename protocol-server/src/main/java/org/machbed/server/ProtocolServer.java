package org.machbed.server;

import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.process.Arguments;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.ipc.process.ProcessLifecycle;
import org.machbed.ipc.trial.RoleCommands;
import org.machbed.server.driver.Driver;
import org.machbed.server.driver.Drivers;
import org.machbed.server.udp.UdpServer;
import org.machbed.server.unix.UnixServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The protocol server process of a host. READY once its service is registered and frames come in; stops when standard input
 * closes, on SIGTERM, or with exit code 1 when the kernel dies. Its arguments are those of {@link ServerArguments}; beside the
 * service it has the primitives of {@link ServerPrimitives} timed on command.
 */
public final class ProtocolServer {
    private static final Logger LOG = LoggerFactory.getLogger(ProtocolServer.class);

    private ProtocolServer() {}

    public static void main(String[] arguments) {
        ProcessLifecycle.run(
                "protocol-server",
                arguments,
                (words, lifecycle) -> run(Arguments.parse(words, ServerArguments.class), lifecycle));
    }

    private static void run(ServerArguments arguments, ProcessLifecycle lifecycle) throws Exception {
        LOG.info(
                "{} server of {}: transmit {}, receive {}, ipc {}",
                arguments.server(),
                arguments.hostDirectory(),
                arguments.transmit(),
                arguments.receive(),
                arguments.ipc());
        HostDirectory host = HostDirectory.open(arguments.hostDirectory());
        try (Crossings crossings = Crossings.create(host.crossings(arguments.processName()));
                MachTask task = StartingKernel.connect(host, arguments.ipc(), arguments.processName());
                Driver driver = Drivers.open(arguments.driver(), task, host, crossings);
                Server server = server(arguments, task, driver, host, crossings, lifecycle);
                RoleCommands commands = new RoleCommands(new ServerPrimitives(crossings))) {
            task.onKernelDeath(() -> lifecycle.fail("the kernel-node is gone"));
            lifecycle.onCounters("crossings", crossings::tell);
            lifecycle.onCounters("server", server::tellCounters);
            commands.register(lifecycle);
            server.start();
            lifecycle.ready("real-time", server.realTime());
            lifecycle.awaitStop();
        }
    }

    private static Server server(
            ServerArguments arguments,
            MachTask task,
            Driver driver,
            HostDirectory host,
            Crossings crossings,
            ProcessLifecycle lifecycle)
            throws Exception {
        return switch (arguments.server()) {
            case UNIX ->
                new UnixServer(task, driver, host, arguments.stack(), crossings, arguments.realTime(), lifecycle::fail);
            case UDP ->
                new UdpServer(task, driver, arguments.stack(), crossings, arguments.threadKind(), lifecycle::fail);
        };
    }
}
