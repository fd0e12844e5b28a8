package org.machbed.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.kernel.KernelNode;

import static org.assertj.core.api.Assertions.assertThat;

/** The server as a process, beside a kernel that is one too: how it starts, answers and ends. */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ProtocolServerTest {
    private final List<Process> processes = new ArrayList<>();
    private Path run = Path.of("");
    private String host = "";

    @BeforeEach
    void makeHost() throws Exception {
        run = Files.createTempDirectory(Path.of("/dev/shm"), "machbed-test-");
        Files.createDirectories(run.resolve("wire"));
        host = HostDirectory.create(run.resolve("a")).toString();
    }

    @AfterEach
    void removeHost() throws Exception {
        for (Process process : processes) {
            process.destroyForcibly().waitFor();
        }
        try (Stream<Path> files = Files.walk(run)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    private Process start(Class<?> main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--add") || argument.startsWith("--enable"))
                .forEach(command::add);
        command.addAll(List.of(
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path")));
        command.add(main.getName());
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectError(run.resolve(main.getSimpleName() + ".log").toFile())
                .start();
        processes.add(process);
        return process;
    }

    private Process kernel() throws IOException {
        Process kernel = start(
                KernelNode.class,
                "--host-directory=" + host,
                "--process-name=kernel",
                "--wire=segment:" + run.resolve("wire"),
                "--mac=02:00:00:00:00:01");
        assertThat(reader(kernel).readLine()).startsWith("READY");
        return kernel;
    }

    private Process server(String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(
                "--host-directory=" + host,
                "--process-name=server",
                "--ipc=grpc",
                "--transmit=trap",
                "--receive=message",
                "--mac=02:00:00:00:00:01",
                "--address=192.0.2.1/24"));
        arguments.addAll(List.of(more));
        return start(ProtocolServer.class, arguments.toArray(String[]::new));
    }

    private static BufferedReader reader(Process process) {
        return process.inputReader(StandardCharsets.UTF_8);
    }

    private String log() throws IOException {
        return Files.readString(run.resolve("ProtocolServer.log"));
    }

    private static int exitCode(Process process) throws InterruptedException {
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    @Test
    void itServesUntilItsInputCloses() throws Exception {
        kernel();
        Process server = server("--server=unix");
        BufferedReader replies = reader(server);
        assertThat(replies.readLine()).isEqualTo("READY real-time=off");
        server.getOutputStream().write("counters\n".getBytes(StandardCharsets.UTF_8));
        server.getOutputStream().flush();
        assertThat(replies.readLine())
                .startsWith("COUNTERS {")
                .contains("\"crossings\":{", "\"server\":{", "\"malformedRequests\":0");
        server.getOutputStream().close();
        assertThat(exitCode(server)).isZero();
        assertThat(Crossings.read(Path.of(host, "crossings-server")).get(Crossing.TRAPS))
                .as("the announcement of its address")
                .isPositive();
    }

    @Test
    void itTimesTheSplPairOnCommand() throws Exception {
        int operations = 1_000;
        kernel();
        Process server = server("--server=unix");
        BufferedReader replies = reader(server);
        assertThat(replies.readLine()).startsWith("READY");
        assertThat(ask(server, replies, "connect primitive=doorbell"))
                .startsWith("FAILED {")
                .contains("there is splPair");
        assertThat(ask(server, replies, "connect primitive=splPair")).isEqualTo("CONNECTED {}");
        Path counters = Path.of(host, "crossings-server");
        long before = Crossings.read(counters).getOrDefault(Crossing.SPLS, -1L);
        assertThat(ask(server, replies, "trial operations=" + operations))
                .startsWith("DONE {\"operations\":" + operations + ",")
                .contains("\"nanosPerOperation\":", "\"medianNanosPerOperation\":", "\"histogram\":\"");
        assertThat(Crossings.read(counters).getOrDefault(Crossing.SPLS, -1L) - before)
                .as("the pairs of the trial, and what the server's own threads raised meanwhile")
                .isGreaterThanOrEqualTo(operations);
        assertThat(ask(server, replies, "stop")).isEqualTo("STOPPED {}");
        server.getOutputStream().close();
        assertThat(exitCode(server)).isZero();
    }

    private static String ask(Process process, BufferedReader replies, String command) throws IOException {
        process.getOutputStream().write((command + "\n").getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
        return replies.readLine();
    }

    @Test
    void itEndsWithTheKernel() throws Exception {
        Process kernel = kernel();
        Process server = server("--server=udp");
        assertThat(reader(server).readLine()).startsWith("READY");
        kernel.destroyForcibly();
        assertThat(exitCode(server)).isEqualTo(1);
        assertThat(log()).contains("protocol-server: failed: the kernel-node is gone");
    }

    @Test
    void withoutAKernelItSaysSo() throws Exception {
        assertThat(exitCode(server("--server=unix"))).isEqualTo(1);
        assertThat(log()).contains("no kernel-node of host " + host + " has answered");
    }

    @Test
    void itRefusesWrongArguments() throws Exception {
        assertThat(exitCode(server("--server=unix", "--threads=virtual"))).isEqualTo(2);
        assertThat(log()).contains("protocol-server: --threads is for --server=udp");
    }
}
