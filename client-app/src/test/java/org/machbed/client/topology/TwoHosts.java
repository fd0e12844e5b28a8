package org.machbed.client.topology;

import java.io.IOException;
import java.nio.channels.spi.SelectorProvider;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.machbed.client.Child;
import org.machbed.client.ClientApp;
import org.machbed.client.binding.ApplicationSockets;
import org.machbed.client.binding.Binding;
import org.machbed.client.binding.EmulationLibrary;
import org.machbed.client.channel.Ends;
import org.machbed.client.channel.StreamEnds;
import org.machbed.client.session.SessionConfiguration;
import org.machbed.client.session.SessionSocketLayer;
import org.machbed.ipc.mach.MachTransport;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.ipc.window.QueueKind;
import org.machbed.kernel.KernelNode;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.StackConfiguration;
import org.machbed.server.ProtocolServer;

/** Two hosts of real processes on one segment; the applications are in the test's own process. */
final class TwoHosts implements AutoCloseable {
    private static final int STOP_SECONDS = 5;
    private static final List<String> NAMES = List.of("a", "b");

    /** The process of host a in the order of start, when kernels start first and servers next. */
    static final int KERNEL_A = 0;

    static final int SERVER_A = 2;

    private final Path directory;
    private final List<HostDirectory> hosts = new ArrayList<>();
    private final List<Child> processes = new ArrayList<>();
    private final List<SessionSocketLayer> layers = new ArrayList<>();
    private final List<ApplicationSockets> applications = new ArrayList<>();

    TwoHosts(Path directory) throws IOException {
        this.directory = directory;
        for (String name : NAMES) {
            hosts.add(HostDirectory.create(directory.resolve(name)));
        }
    }

    /** Starts both kernels. */
    TwoHosts kernels(String sockets, boolean withWire, MachTransport ipc) throws IOException {
        return kernels(sockets, withWire, ipc, false);
    }

    private TwoHosts kernels(String sockets, boolean withWire, MachTransport ipc, boolean sessions) throws IOException {
        return start(KernelNode.class, host -> {
            List<String> arguments = interfaceOf(host, withWire);
            arguments.add("--sessions=" + sessions);
            arguments.add("--process-name=kernel");
            arguments.add("--sockets=" + sockets);
            arguments.add("--chronicle=" + (ipc == MachTransport.CHRONICLE));
            return arguments;
        });
    }

    /** Starts both servers. */
    TwoHosts servers(String server, String transmit, String receive, MachTransport ipc) throws IOException {
        return servers(server, transmit, receive, ipc, false);
    }

    private TwoHosts servers(String server, String transmit, String receive, MachTransport ipc, boolean sessions)
            throws IOException {
        return start(ProtocolServer.class, host -> {
            List<String> arguments = interfaceOf(host, transmit.equals("call"));
            arguments.add("--sessions=" + sessions);
            arguments.add("--process-name=server");
            arguments.add("--server=" + server);
            arguments.add("--transmit=" + transmit);
            arguments.add("--receive=" + receive);
            arguments.add("--ipc=" + ipc.name().toLowerCase(Locale.ROOT));
            return arguments;
        });
    }

    private interface ArgumentsOfHost {
        List<String> of(int host);
    }

    private TwoHosts start(Class<?> main, ArgumentsOfHost arguments) throws IOException {
        List<Child> started = new ArrayList<>();
        for (int host = 0; host < NAMES.size(); host++) {
            Child child = Child.start(main, directory, arguments.of(host).toArray(String[]::new));
            processes.add(child);
            started.add(child);
        }
        for (Child child : started) {
            String line = child.line();
            if (!line.startsWith("READY")) {
                throw new IOException(main.getSimpleName() + " said " + line);
            }
        }
        return this;
    }

    private List<String> interfaceOf(int host, boolean withWire) {
        return new ArrayList<>(List.of(
                "--host-directory=" + hosts.get(host).path(),
                "--wire=" + (withWire ? "segment:" + directory.resolve("wire") : "none"),
                "--mac=02:00:00:00:00:0" + (host + 1),
                "--address=192.0.2." + (host + 1) + "/24"));
    }

    /** Opens an application's sockets on both. */
    TwoHosts applications(Binding binding, MachTransport ipc) throws IOException {
        for (int host = 0; host < NAMES.size(); host++) {
            List<String> server = new ArrayList<>(interfaceOf(host, false));
            server.addAll(List.of(
                    "--process-name=application",
                    "--ipc=grpc",
                    "--server=udp",
                    "--transmit=trap",
                    "--receive=message"));
            server.replaceAll(argument -> argument.substring(2));
            applications.add(ApplicationSockets.open(
                    binding, hosts.get(host), ipc, String.join(";", server), Crossings.unshared()));
        }
        return this;
    }

    /** Starts kernels and servers that give sessions away, and opens the protocol library of an application on both. */
    TwoHosts withSessions(MachTransport ipc) throws IOException {
        kernels("none", true, ipc, true).servers("unix", "window", "window", ipc, true);
        for (int host = 0; host < NAMES.size(); host++) {
            SessionSocketLayer layer = sessions(host, ipc);
            layers.add(layer);
            applications.add(ApplicationSockets.of(layer, layer::tellCounters));
        }
        return this;
    }

    /** Opens another application's protocol library on a host, 0 or 1. */
    SessionSocketLayer sessions(int host, MachTransport ipc) throws IOException {
        StackConfiguration stack = new StackConfiguration(
                MacAddress.parse("02:00:00:00:00:0" + (host + 1)),
                Ipv4Address.parse("192.0.2." + (host + 1)),
                24,
                0,
                1_500,
                host + 1,
                true);
        Duration limit = Duration.ofSeconds(STOP_SECONDS);
        return SessionSocketLayer.open(new SessionConfiguration(
                hosts.get(host), ipc, QueueKind.RING, stack, limit, limit, Crossings.unshared()));
    }

    /** A counter of the protocol library of a host's application. */
    long counter(int host, String name) {
        long[] value = {-1};
        layers.get(host).tellCounters((counter, count) -> {
            if (counter.equals(name)) {
                value[0] = count;
            }
        });
        return value[0];
    }

    SessionSocketLayer layer(int host) {
        return layers.get(host);
    }

    /** Becomes a process of the Unix server's on a host, 0 or 1; whoever asked closes it. */
    EmulationLibrary unixProcess(int host, MachTransport ipc) throws IOException {
        return EmulationLibrary.open(hosts.get(host), ipc, Duration.ofSeconds(STOP_SECONDS), Crossings.unshared());
    }

    /** Where an application of a host, 0 or 1, gets its channels from. */
    SelectorProvider provider(int host) {
        return applications.get(host).provider();
    }

    Ends ends() {
        return new Ends(
                applications.get(0).provider(), "192.0.2.1", applications.get(1).provider(), "192.0.2.2");
    }

    /** Clients on host a, servers on host b. */
    StreamEnds streamEnds() {
        return new StreamEnds(
                applications.get(0).provider(), applications.get(1).provider(), "192.0.2.2");
    }

    /** Starts an application as a process of host a. */
    Child applicationProcess(Binding binding, MachTransport ipc) throws IOException {
        Child child = Child.start(
                ClientApp.class,
                directory,
                "--host-directory=" + hosts.getFirst().path(),
                "--process-name=killed",
                "--binding=" + binding.label(),
                "--ipc=" + ipc.name().toLowerCase(Locale.ROOT));
        processes.add(child);
        String line = child.line();
        if (!line.startsWith("READY")) {
            throw new IOException("the application said " + line);
        }
        return child;
    }

    /** Starts a process of another kind on a host, 0 or 1, which is given its directory first. */
    Child process(int host, Class<?> main, String... arguments) throws IOException {
        List<String> all = new ArrayList<>(List.of(hosts.get(host).path().toString()));
        all.addAll(List.of(arguments));
        Child child = Child.start(main, directory, all.toArray(String[]::new));
        processes.add(child);
        return child;
    }

    /** Kills a process without warning. */
    void kill(int process) {
        processes.get(process).kill();
    }

    Child process(int process) {
        return processes.get(process);
    }

    @Override
    public void close() throws IOException {
        applications.forEach(ApplicationSockets::close);
        List<Child> backwards = processes.reversed();
        for (Child process : backwards) {
            process.stop(STOP_SECONDS, TimeUnit.SECONDS);
        }
    }
}
