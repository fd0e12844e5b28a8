package org.machbed.testbed.node;

import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.machbed.testbed.launch.RunDirectory;
import org.machbed.testbed.peer.CommandLines;

import static org.assertj.core.api.Assertions.assertThat;

/** The nodes of two hosts as processes of this machine, as containers would run them; each host has memory of its own. */
final class LocalNodes {
    private static final Pattern LISTENS = Pattern.compile("listens on \\[.*:([0-9]+)\\]");
    private static final long PATIENCE_SECONDS = 120;

    private final Path directory;
    private final Map<NodeName, Process> processes = new LinkedHashMap<>();
    private final Map<NodeName, Integer> ports = new LinkedHashMap<>();

    LocalNodes(String topology) throws Exception {
        // Short, since the path of a Unix-domain socket in it may have 107 bytes (unix(7)).
        directory = Files.createDirectory(RunDirectory.SHARED_MEMORY.resolve(
                "nodes-" + ProcessHandle.current().pid()));
        for (NodeRole role : List.of(NodeRole.KERNEL_NODE, NodeRole.PROTOCOL_SERVER, NodeRole.CLIENT_APP)) {
            for (String host : List.of("a", "b")) {
                start(new NodeName(host, role), topology);
            }
            // As with depends_on: service_healthy.
            for (String host : List.of("a", "b")) {
                awaitServing(new NodeName(host, role));
            }
        }
    }

    private void start(NodeName name, String topology) throws IOException {
        Path memory = directory.resolve(name.host());
        Files.createDirectories(memory);
        var builder = new ProcessBuilder(CommandLines.machbed(
                        "node",
                        "--host=" + name.host(),
                        "--role=" + name.role().label(),
                        "--port=0",
                        "--memory=" + memory,
                        "--topology=" + topology,
                        "--wire=segment:" + directory + "/w"))
                .redirectErrorStream(true);
        builder.environment()
                .put("MACHBED_STANDING_HOST", standingHost(name.host()).toString());
        Process process = builder.start();
        processes.put(name, process);
        BufferedReader lines = process.inputReader();
        String first = lines.readLine();
        Matcher listens = LISTENS.matcher(String.valueOf(first));
        assertThat(listens.find()).as("%s said: %s", name, first).isTrue();
        ports.put(name, Integer.parseInt(listens.group(1)));
        Thread.ofVirtual().start(() -> lines.lines().forEach(line -> System.out.println("    " + line)));
    }

    private void awaitServing(NodeName name) throws Exception {
        ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", port(name))
                .usePlaintext()
                .build();
        try {
            var statuses = HealthGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS)
                    .watch(HealthCheckRequest.getDefaultInstance());
            while (statuses.next().getStatus() != ServingStatus.SERVING) {
                assertThat(process(name.toString()).isAlive())
                        .as("%s lives", name)
                        .isTrue();
            }
        } finally {
            channel.shutdownNow();
        }
    }

    private int port(NodeName name) {
        return java.util.Objects.requireNonNull(ports.get(name));
    }

    Process process(String name) {
        return java.util.Objects.requireNonNull(
                processes.get(NodeName.parse(name).orElseThrow()));
    }

    /** As {@code --nodes} takes it. */
    String text() {
        return ports.entrySet().stream()
                .map(entry -> entry.getKey() + "=127.0.0.1:" + entry.getValue())
                .collect(Collectors.joining(","));
    }

    /** Where programs beside the application of a host find it. */
    Path standingHost(String host) {
        return directory.resolve("standing-" + host);
    }

    /** What is in the memory of a host besides the standing topology. */
    List<Path> memoryOf(String host) throws IOException {
        try (var entries = Files.list(directory.resolve(host))) {
            return entries.filter(entry -> !entry.endsWith("standing")).toList();
        }
    }

    /** Ends them as Docker does, and shows that they obey and leave nothing. */
    void end() throws Exception {
        List<ProcessHandle> started = processes.values().stream()
                .flatMap(process -> process.descendants())
                .toList();
        processes.values().stream().filter(Process::isAlive).forEach(Process::destroy);
        for (Map.Entry<NodeName, Process> entry : processes.entrySet()) {
            assertThat(entry.getValue().waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .as("%s ends", entry.getKey())
                    .isTrue();
        }
        assertThat(started).noneMatch(ProcessHandle::isAlive);
        assertThat(memoryOf("a")).isEmpty();
        List<Path> all;
        try (var files = Files.walk(directory)) {
            all = files.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : all) {
            Files.delete(file);
        }
    }
}
