package org.machbed.kernel;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
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
import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.mach.MachTransport;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.ipc.trap.CallGate;
import org.machbed.ipc.trap.TrapCaller;
import org.machbed.proto.device.DeviceCall;
import org.machbed.proto.trap.TrapNumber;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

/** The kernel as a process of its own: READY, traps, messages, commands, and its exit codes. */
@Timeout(120)
class KernelNodeProcessTest {
    private static final long PATIENCE_SECONDS = 30;

    private Path directory;
    private Path errors;
    private final List<Process> processes = new ArrayList<>();

    @BeforeEach
    void makeHost() throws IOException {
        directory = Files.createTempDirectory(Path.of("/dev/shm"), "machbed-kernel-test");
        errors = directory.resolve("kernel.err");
        HostDirectory.create(directory.resolve("a"));
    }

    @AfterEach
    void clean() throws Exception {
        processes.forEach(Process::destroyForcibly);
        for (Process process : processes) {
            process.waitFor();
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private Process start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(option -> option.startsWith("--"))
                .forEach(command::add);
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        command.addAll(
                List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", classPath, KernelNode.class.getName()));
        command.addAll(List.of(arguments));
        Process process =
                new ProcessBuilder(command).redirectError(errors.toFile()).start();
        processes.add(process);
        return process;
    }

    private String[] inKernel() {
        return new String[] {
            "--host-directory=" + directory.resolve("a"),
            "--process-name=kernel",
            "--wire=segment:" + directory.resolve("wire"),
            "--mac=02:00:00:00:00:01",
            "--address=192.0.2.1/24",
            "--sockets=in-kernel",
            "--real-time=true",
            "--capture=" + directory.resolve("capture.pcapng"),
        };
    }

    private int exitCode(Process process) throws Exception {
        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .as("exits")
                .isTrue();
        return process.exitValue();
    }

    @Test
    void servesUntilStandardInputCloses() throws Exception {
        Process process = start(inKernel());
        BufferedReader output = process.inputReader(UTF_8);
        assertThat(output.readLine()).matches("READY real-time=(granted|refused)");
        HostDirectory host = HostDirectory.open(directory.resolve("a"));
        try (CallGate gate = CallGate.open(host.kernelGate());
                TrapCaller caller = gate.caller()) {
            assertThat(caller.trap(TrapNumber.NULL)).isZero();
            assertThat(caller.trap(TrapNumber.SOCKET)).isPositive();
        }
        try (MachTask task = MachTask.connect(host, MachTransport.GRPC, "test")) {
            assertThat(task.lookUp(DeviceCall.MASTER_PORT, null)).isNotNull();
        }
        process.getOutputStream().write("counters\nallocated\n".getBytes(UTF_8));
        process.getOutputStream().flush();
        assertThat(output.readLine())
                .startsWith("COUNTERS {")
                .contains("\"crossings\"")
                .contains("\"device\"")
                .contains("\"stack\"");
        assertThat(output.readLine()).matches("ALLOCATED [0-9]+");
        process.getOutputStream().close();
        assertThat(exitCode(process)).as(Files.readString(errors)).isZero();
        assertThat(directory.resolve("capture.pcapng")).isNotEmptyFile();
    }

    @Test
    void stopsOnSigterm() throws Exception {
        Process process = start("--host-directory=" + directory.resolve("a"), "--process-name=kernel", "--wire=none");
        assertThat(process.inputReader(UTF_8).readLine()).isEqualTo("READY real-time=off");
        process.destroy();
        assertThat(exitCode(process)).as(Files.readString(errors)).isZero();
    }

    @Test
    void wrongUseIsOneSentenceAndExitCodeTwo() throws Exception {
        assertRefused("--wire is missing", "--host-directory=" + directory.resolve("a"), "--process-name=kernel");
        assertRefused(
                "--sockets=in-kernel needs a --wire",
                "--host-directory=" + directory.resolve("a"),
                "--process-name=kernel",
                "--wire=none",
                "--sockets=in-kernel");
        String[] groupAddress = inKernel();
        groupAddress[3] = "--mac=01:00:5e:00:00:01";
        assertRefused("--mac is 01:00:5e:00:00:01", groupAddress);
        String[] unknownWire = inKernel();
        unknownWire[2] = "--wire=carrier-pigeon";
        assertRefused("carrier-pigeon", unknownWire);
    }

    private void assertRefused(String reason, String... arguments) throws Exception {
        Process process = start(arguments);
        assertThat(exitCode(process)).isEqualTo(2);
        assertThat(Files.readAllLines(errors)).singleElement().asString().contains(reason);
    }
}
