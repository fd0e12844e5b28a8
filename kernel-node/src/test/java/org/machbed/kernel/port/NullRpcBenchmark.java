package org.machbed.kernel.port;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.stub.StreamObserver;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.mach.GrpcTransport;
import org.machbed.ipc.mach.MachMessage;
import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.mach.MachTransport;
import org.machbed.ipc.mach.PortName;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.proto.mach.KernelFrame;
import org.machbed.proto.mach.KernelGrpc;
import org.machbed.proto.mach.TaskFrame;

/**
 * A null RPC between two tasks through the kernel against a bare gRPC stream round trip with the same settings: three, and two,
 * processes on one CPU. Run without arguments, under {@code taskset -c 0}; prints one line per trial.
 */
public final class NullRpcBenchmark {
    private static final int TRIALS = 12;
    private static final int OPERATIONS = 10_000;
    private static final int NULL = 1;

    private NullRpcBenchmark() {}

    /** One round trip. */
    private interface RoundTrip {
        void run() throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        if (arguments.length == 0) {
            launch();
            return;
        }
        Path directory = Path.of(arguments[1]);
        switch (arguments[0]) {
            case "kernel" -> kernel(directory);
            case "server" -> server(directory, MachTransport.valueOf(arguments[2]));
            case "echo" -> echo(directory.resolve("echo.sock"));
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    private static void launch() throws Exception {
        Path directory = Files.createTempDirectory(Path.of("/dev/shm"), "machbed-bench");
        List<Process> children = new ArrayList<>();
        try {
            start(children, "kernel", directory.toString());
            start(children, "echo", directory.toString());
            List<RoundTrip> roundTrips = new ArrayList<>();
            List<String> names = new ArrayList<>();
            ManagedChannel channel =
                    GrpcTransport.channel(directory.resolve("echo.sock"), GrpcTransport.newLoop("bare"));
            roundTrips.add(bare(channel));
            names.add("bare gRPC stream");
            HostDirectory host = HostDirectory.open(directory);
            for (MachTransport transport : transports()) {
                start(children, "server", directory.toString(), transport.name());
                MachTask task = MachTask.connect(host, transport, "client-" + transport);
                PortName port = task.lookUp("null-" + transport, null);
                MachMessage request = MachMessage.of(port, NULL, ByteString.EMPTY);
                roundTrips.add(() -> task.rpc(request, null));
                names.add("null RPC " + transport);
            }
            for (MachTransport transport : transports()) {
                MachTask task = MachTask.connect(host, transport, "caller-" + transport);
                MachMessage request = MachMessage.of(task.lookUp("kernel-null", null), NULL, ByteString.EMPTY);
                roundTrips.add(() -> task.rpc(request, null));
                names.add("kernel RPC " + transport);
            }
            trials(roundTrips, names);
            channel.shutdownNow();
        } finally {
            children.forEach(Process::destroyForcibly);
            try (Stream<Path> left = Files.walk(directory)) {
                for (Path path : left.sorted((a, b) -> b.compareTo(a)).toList()) {
                    Files.deleteIfExists(path);
                }
            }
        }
        System.exit(0);
    }

    private static List<MachTransport> transports() {
        String chosen = System.getProperty("transports", "GRPC,CHRONICLE");
        return Arrays.stream(chosen.split(",", -1)).map(MachTransport::valueOf).toList();
    }

    private static void trials(List<RoundTrip> roundTrips, List<String> names) throws Exception {
        long[] nanos = new long[OPERATIONS];
        for (int trial = 0; trial < TRIALS; trial++) {
            StringBuilder line = new StringBuilder();
            double bareP50 = 0;
            for (int i = 0; i < roundTrips.size(); i++) {
                RoundTrip roundTrip = roundTrips.get(i);
                for (int n = 0; n < OPERATIONS; n++) {
                    long startNs = System.nanoTime();
                    roundTrip.run();
                    nanos[n] = System.nanoTime() - startNs;
                }
                Arrays.sort(nanos);
                double p50 = nanos[OPERATIONS / 2] / 1000.0;
                bareP50 = i == 0 ? p50 : bareP50;
                line.append(String.format(
                        "%s p50 %.1f us p99 %.1f us (%.2fx)   ",
                        names.get(i), p50, nanos[OPERATIONS * 99 / 100] / 1000.0, p50 / bareP50));
            }
            System.out.println(line);
        }
    }

    private static void start(List<Process> children, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path")));
        command.addAll(java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.add(NullRpcBenchmark.class.getName());
        command.addAll(List.of(arguments));
        Process child = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        children.add(child);
        BufferedReader output =
                new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8));
        String ready = output.readLine();
        if (!"READY".equals(ready)) {
            throw new IOException(arguments[0] + " said " + ready);
        }
    }

    private static void ready() throws IOException {
        System.out.println("READY");
        while (System.in.read() >= 0) {
            // Until the launcher goes.
        }
        System.exit(0);
    }

    private static void kernel(Path directory) throws IOException {
        KernelPorts ports = KernelPorts.open(
                HostDirectory.open(directory),
                transports().contains(MachTransport.CHRONICLE),
                Crossings.unshared(),
                System.err::println);
        ports.registerBootstrap("kernel-null", ports.createKernelPort(message -> {
            message.reply(message.id(), ByteString.EMPTY);
            message.close();
        }));
        ready();
    }

    private static void server(Path directory, MachTransport transport) throws IOException {
        MachTask task = MachTask.connect(HostDirectory.open(directory), transport, "server-" + transport);
        PortName port = task.allocatePort(5);
        MachMessage reply = MachMessage.reply(NULL, ByteString.EMPTY);
        task.serve(port, request -> {
            try {
                task.reply(request, reply);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        task.register("null-" + transport, port);
        ready();
    }

    private static void echo(Path socket) throws IOException {
        KernelFrame answer = KernelFrame.newBuilder().setCall(1).build();
        Server server = GrpcTransport.server(socket, GrpcTransport.newLoop("echo"), new KernelGrpc.KernelImplBase() {
            @Override
            public StreamObserver<TaskFrame> attach(StreamObserver<KernelFrame> responses) {
                return new StreamObserver<>() {
                    @Override
                    public void onNext(TaskFrame frame) {
                        responses.onNext(answer);
                    }

                    @Override
                    public void onError(Throwable t) {}

                    @Override
                    public void onCompleted() {}
                };
            }
        });
        server.start();
        ready();
    }

    private static RoundTrip bare(ManagedChannel channel) {
        AtomicReference<@Nullable KernelFrame> answer = new AtomicReference<>();
        Thread caller = Thread.currentThread();
        StreamObserver<TaskFrame> requests = KernelGrpc.newStub(channel).attach(new StreamObserver<>() {
            @Override
            public void onNext(KernelFrame frame) {
                answer.set(frame);
                LockSupport.unpark(caller);
            }

            @Override
            public void onError(Throwable t) {
                // The benchmark is over, or the echo process died and the caller waits for ever.
            }

            @Override
            public void onCompleted() {}
        });
        TaskFrame request = TaskFrame.newBuilder().setCall(1).build();
        return () -> {
            requests.onNext(request);
            while (answer.getAndSet(null) == null) {
                LockSupport.park();
            }
        };
    }
}
