package org.machbed.server;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.mach.MachTransport;
import org.machbed.ipc.process.Arguments;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.kernel.KernelHost;
import org.machbed.netstack.MacAddress;
import org.machbed.server.ServerArguments.ServerKind;
import org.machbed.server.driver.Driver;
import org.machbed.server.driver.Drivers;
import org.machbed.server.udp.UdpServer;
import org.machbed.server.unix.UnixServer;

/** One host of a test: a kernel, and a protocol server on it, both in this process. */
final class TestHost implements AutoCloseable {
    private static final int MTU = 1500;

    final HostDirectory directory;
    final int ipv4;
    final KernelHost kernel;
    final Crossings crossings;
    final CopyOnWriteArrayList<String> failures = new CopyOnWriteArrayList<>();
    private final ServerArguments arguments;
    private final MachTask task;
    private final Driver driver;
    private final Server server;

    /** What a row of a test varies. */
    record Structure(
            ServerKind server,
            Optional<ServerThreadKind> threads,
            String transmit,
            String receive,
            MachTransport transport,
            boolean sessions) {
        Structure(
                ServerKind server,
                Optional<ServerThreadKind> threads,
                String transmit,
                String receive,
                MachTransport transport) {
            this(server, threads, transmit, receive, transport, false);
        }

        /** A Unix server with a window, whose sessions may leave it. */
        static Structure ofSessions(MachTransport transport) {
            return new Structure(ServerKind.UNIX, Optional.empty(), "window", "window", transport, true);
        }

        boolean ownsWire() {
            return transmit.equals("call");
        }

        boolean isUnix() {
            return server == ServerKind.UNIX;
        }

        @Override
        public String toString() {
            return server + threads.map(kind -> " " + kind).orElse("") + " " + transmit + "/" + receive + " "
                    + transport;
        }
    }

    /** @param number 1 or 2: the last byte of its addresses */
    TestHost(Path run, int number, Structure structure) throws Exception {
        directory = HostDirectory.create(run.resolve(number == 1 ? "a" : "b"));
        MacAddress mac = new MacAddress(0x020000000000L + number);
        String wire = "segment:" + run.resolve("wire");
        arguments = Arguments.parse(arguments(directory.path(), wire, mac, number, structure), ServerArguments.class);
        ipv4 = arguments.address().ipv4();
        kernel = new KernelHost(directory, structure.ownsWire() ? "none" : wire, mac, MTU, structure.sessions());
        crossings = Crossings.create(directory.crossings("server"));
        task = StartingKernel.connect(directory, structure.transport(), "server");
        driver = Drivers.open(arguments.driver(), task, directory, crossings);
        server = structure.isUnix()
                ? new UnixServer(task, driver, directory, arguments.stack(), crossings, false, failures::add)
                : new UdpServer(task, driver, arguments.stack(), crossings, arguments.threadKind(), failures::add);
        task.onKernelDeath(() -> failures.add("the kernel is gone"));
        server.start();
    }

    static Map<String, String> arguments(Path directory, String wire, MacAddress mac, int number, Structure structure) {
        Map<String, String> arguments = new LinkedHashMap<>();
        arguments.put("host-directory", directory.toString());
        arguments.put("process-name", "server");
        arguments.put("server", structure.isUnix() ? "unix" : "udp");
        arguments.put("ipc", structure.transport() == MachTransport.GRPC ? "grpc" : "chronicle");
        arguments.put("transmit", structure.transmit());
        arguments.put("receive", structure.receive());
        arguments.put("wire", structure.ownsWire() ? wire : "none");
        arguments.put("mac", mac.toString());
        arguments.put("address", "192.0.2." + number + "/24");
        arguments.put("mtu", String.valueOf(MTU));
        arguments.put("sessions", String.valueOf(structure.sessions()));
        structure
                .threads()
                .ifPresent(kind -> arguments.put("threads", kind.name().toLowerCase(java.util.Locale.ROOT)));
        return arguments;
    }

    ServerArguments arguments() {
        return arguments;
    }

    long counter(String name) {
        Map<String, Long> counters = new HashMap<>();
        server.tellCounters(counters::put);
        return counters.getOrDefault(name, -1L);
    }

    /** Everything that is not 0, for the message of a failure. */
    String counters() {
        StringBuilder text = new StringBuilder(server.getClass().getSimpleName());
        server.tellCounters((name, value) -> text.append(value == 0 ? "" : " " + name + "=" + value));
        text.append("; its crossings");
        crossings.tell((name, value) -> text.append(value == 0 ? "" : " " + name + "=" + value));
        text.append("; the kernel's");
        kernel.crossings.tell((name, value) -> text.append(value == 0 ? "" : " " + name + "=" + value));
        return text.append(' ').append(kernel.failures()).append(failures).toString();
    }

    /** Waits until a counter has a value; the test's time limit bounds it. */
    void awaitCounter(String name, long value) {
        while (counter(name) != value) {
            Thread.onSpinWait();
        }
    }

    /** Waits until so many receives wait and nothing else goes on, so that what comes next takes the same path every time. */
    void awaitQuiet(int receives) {
        awaitCounter("waitingCalls", receives);
        if (arguments.server() == ServerKind.UNIX) {
            // The receives and the netisr thread.
            awaitCounter("sleepingThreads", receives + 1L);
        }
    }

    @Override
    public void close() throws IOException {
        closeServer();
        kernel.close();
        crossings.close();
    }

    /** Closes all but the kernel. */
    void closeServer() {
        server.close();
        driver.close();
        task.close();
    }
}
