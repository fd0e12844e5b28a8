package org.machbed.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.ipc.trap.CallGate;
import org.machbed.ipc.trap.TrapCaller;
import org.machbed.link.LinkEnd;
import org.machbed.link.LinkSpecification;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.tcp.congestion.CongestionAlgorithm;

/** Two kernels of one JVM on a segment in memory, each with its call gate and its threads. */
final class TwoHosts implements AutoCloseable {
    static final int A = 0xC0000201;
    static final int B = 0xC0000202;
    static final int SLOTS = 16;
    private static final int BARE_SLOTS = 2_048;

    final Host a;
    final Host b;
    private final Path directory;
    private final String wire;

    TwoHosts() throws Exception {
        this("");
    }

    /** Hosts on a wire with these options. */
    TwoHosts(String wireOptions) throws Exception {
        this(wireOptions, link -> link);
    }

    /** Hosts whose ends of the wire are what {@code decorator} makes of them. */
    TwoHosts(String wireOptions, UnaryOperator<LinkEnd> decorator) throws Exception {
        directory = Files.createTempDirectory(Path.of("/dev/shm"), "machbed-kernel-test");
        wire = "segment:" + directory.resolve("wire") + wireOptions;
        a = new Host("a", wire, "02:00:00:00:00:01", "192.0.2.1/24", decorator);
        b = new Host("b", wire, "02:00:00:00:00:02", "192.0.2.2/24", decorator);
    }

    /** One host: what KernelNode opens, less the ports. */
    final class Host {
        final CallGate gate;
        final LinkEnd link;
        final Kernel kernel;
        final Crossings crossings = Crossings.unshared();
        final TrapCaller caller;
        final List<String> failures = new ArrayList<>();

        Host(String name, String wire, String mac, String address, UnaryOperator<LinkEnd> decorator) throws Exception {
            HostDirectory host = HostDirectory.create(directory.resolve(name));
            KernelArguments arguments = new KernelArguments(
                    host.path(),
                    "kernel",
                    wire,
                    Optional.empty(),
                    Optional.of(MacAddress.parse(mac)),
                    Optional.of(address),
                    Optional.empty(),
                    1500,
                    Optional.empty(),
                    KernelArguments.Sockets.IN_KERNEL,
                    false,
                    false,
                    false,
                    true,
                    CongestionAlgorithm.CUBIC);
            gate = CallGate.create(host.kernelGate(), SLOTS, CallGate.DEFAULT_DATA_BYTES, BARE_SLOTS);
            link = decorator.apply(arguments.link().open(MacAddress.parse(mac), arguments.mtu(), null));
            kernel = new Kernel(arguments, link, gate, crossings, failures::add);
            caller = gate.caller(crossings);
        }

        void close() throws IOException {
            caller.close();
            kernel.close();
            link.close();
            gate.close();
        }
    }

    /** A station on their wire without a kernel; the caller closes it. */
    LinkEnd station(String mac) throws IOException {
        return LinkSpecification.parse(wire).open(MacAddress.parse(mac), 1500, null);
    }

    /** The threads of both that serve their wires and gates. */
    List<Thread> kernelThreads() {
        List<Thread> threads = new ArrayList<>(a.kernel.threads());
        threads.addAll(b.kernel.threads());
        return threads;
    }

    @Override
    public void close() throws IOException {
        a.close();
        b.close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
        if (!a.failures.isEmpty() || !b.failures.isEmpty()) {
            throw new AssertionError("kernel threads failed: " + a.failures + b.failures);
        }
    }
}
