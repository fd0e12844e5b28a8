package org.machbed.testbed.node.server;

import io.grpc.Server;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.machbed.ipc.memory.SharedDirectory;
import org.machbed.proto.node.NodeDescription;
import org.machbed.testbed.launch.FileFailure;
import org.machbed.testbed.launch.JvmCommand;
import org.machbed.testbed.launch.RunFailure;
import org.machbed.testbed.machine.CpuList;
import org.machbed.testbed.machine.Machine;
import org.machbed.testbed.node.BuildIdentity;
import org.machbed.testbed.node.NodeRole;

/**
 * A node: gRPC service, health and standing process of one role of one host. It serves launchers as soon as it is up, and says
 * SERVING once its standing process is ready.
 */
public final class Node implements AutoCloseable {
    /** A run's processes, twice over; a launcher that asks for more is none of ours. */
    private static final int MOST_CALLS_PER_LAUNCHER = 256;

    private static final int LONGEST_MESSAGE_BYTES = 4 * 1024 * 1024;

    /** A launcher that has vanished without a word is noticed within twice this. */
    private static final int KEEP_ALIVE_SECONDS = 4;

    /** How often launchers may send theirs. */
    private static final int PERMITTED_KEEP_ALIVE_SECONDS = 5;

    private static final int SERVER_STOP_MILLIS = 500;

    private final NodeOptions options;
    private final PrintStream log;
    private final JvmCommand jvm;
    private final Path state;
    private final NodeRuns runs;
    private final Optional<StandingProcess> standing;
    private final HealthStatusManager health = new HealthStatusManager();
    private final Server server;
    private final CompletableFuture<RunFailure> failure = new CompletableFuture<>();
    private volatile int port;
    private volatile boolean closing;

    private Node(
            NodeOptions options,
            PrintStream log,
            JvmCommand jvm,
            Path state,
            NodeRuns runs,
            Optional<StandingProcess> standing,
            NodeService service) {
        this.options = options;
        this.log = log;
        this.jvm = jvm;
        this.state = state;
        this.runs = runs;
        this.standing = standing;
        health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, ServingStatus.NOT_SERVING);
        this.server = listening(options)
                .executor(Executors.newThreadPerTaskExecutor(
                        Thread.ofPlatform().daemon().name("call-", 0).factory()))
                .maxConcurrentCallsPerConnection(MOST_CALLS_PER_LAUNCHER)
                .maxInboundMessageSize(LONGEST_MESSAGE_BYTES)
                .keepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
                .keepAliveTimeout(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
                .permitKeepAliveTime(PERMITTED_KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true)
                .addService(service)
                .addService(health.getHealthService())
                .build();
    }

    private static NettyServerBuilder listening(NodeOptions options) {
        NettyServerBuilder builder = NettyServerBuilder.forAddress(
                new InetSocketAddress(options.bind().getFirst(), options.port()));
        options.bind().stream()
                .skip(1)
                .forEach(address -> builder.addListenAddress(new InetSocketAddress(address, options.port())));
        return builder;
    }

    /**
     * Makes a node that does not listen yet.
     *
     * @param mainClasses the main class of a program's name
     */
    public static Node create(NodeOptions options, JvmCommand jvm, UnaryOperator<String> mainClasses, PrintStream log)
            throws RunFailure {
        Path root = options.memory();
        if (!Files.isDirectory(root)) {
            throw new RunFailure(options.name() + ": there is no directory " + root + " for the memory of host "
                    + options.name().host() + ".");
        }
        try {
            var memory = new NodeMemory(root, options.name().host());
            if (options.role() == NodeRole.KERNEL_NODE) {
                memory.sweep();
            }
            NodeDescription description = describe(options);
            Path state = Files.createTempDirectory("machbed-node-");
            var processes = new NodeProcesses(
                    options.name(), memory, CpuList.allowed(), jvm, mainClasses, state.resolve("crashes"));
            var runs = new NodeRuns(options.name(), description.getBuild(), memory, processes);
            var service = new NodeService(options, description, memory, runs, processes);
            Optional<StandingProcess> standing =
                    options.standing().map(topology -> new StandingProcess(options, topology, memory));
            return new Node(options, log, jvm, state, runs, standing, service);
        } catch (IOException e) {
            throw new RunFailure(options.name() + " cannot begin: " + FileFailure.reason(e, root), e);
        }
    }

    private static NodeDescription describe(NodeOptions options) throws IOException {
        var description = NodeDescription.newBuilder()
                .setBuild(BuildIdentity.ofThisBuild())
                .setHost(options.name().host())
                .setRole(options.role().label())
                .setMemory(options.memory().toAbsolutePath().normalize().toString())
                .setCpu(options.cpu())
                .setAllowedCpus(CpuList.allowed().text())
                .setRealTime(Machine.mayRaisePriority());
        if (options.role() == NodeRole.KERNEL_NODE) {
            description
                    .setWire(options.wire())
                    .setSubnet(options.subnet().toString())
                    .setMachineAddress(options.subnet().ownAddress().orElse("127.0.0.1"))
                    .setMachineMtu(options.subnet()
                            .ownMtuBytes()
                            .orElseGet(() -> Machine.loopbackMtuBytes().orElse(0)));
        }
        return description.build();
    }

    /** Listens, and starts the standing process; returns when that is ready. */
    public void start() throws RunFailure, InterruptedException {
        try {
            server.start();
            port = server.getPort();
            log.println(
                    options.name() + ": listens on " + server.getListenSockets() + ", pinned to CPU " + options.cpu());
            String stands = standing.isEmpty()
                    ? "no topology stands"
                    : standing.get().start(jvm, state.resolve("standing"), this::onStandingDeath);
            log.println(options.name() + ": " + stands);
            health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, ServingStatus.SERVING);
        } catch (IOException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new RunFailure(options.name() + " cannot begin: " + cause.getMessage(), e);
        }
    }

    private void onStandingDeath(RunFailure reason) {
        if (!closing) {
            failure.complete(reason);
        }
    }

    /** The TCP port that it listens on. */
    public int port() {
        return port;
    }

    /** Completes when its standing process has ended unasked. */
    public CompletableFuture<RunFailure> failure() {
        return failure.copy();
    }

    public boolean closing() {
        return closing;
    }

    /** Ends its processes, within 5 s. Nothing of them is left. */
    @Override
    public synchronized void close() {
        if (closing) {
            return;
        }
        closing = true;
        health.enterTerminalState();
        // Cancels the calls, each of which takes its process along.
        server.shutdownNow();
        Thread stopping = Thread.ofPlatform().daemon().start(() -> standing.ifPresent(StandingProcess::close));
        runs.close();
        try {
            stopping.join();
            server.awaitTermination(SERVER_STOP_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try {
            SharedDirectory.delete(state);
        } catch (IOException e) {
            log.println(options.name() + ": cannot remove " + state + ": " + e.getMessage());
        }
    }
}
