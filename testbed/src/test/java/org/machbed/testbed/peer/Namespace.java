package org.machbed.testbed.peer;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** A network namespace of one test: a Linux host that has nothing but what the test gives it. */
final class Namespace implements AutoCloseable {
    /** With the value {@code required} a machine that cannot be a peer fails the test instead of skipping it. */
    private static final String WANTED = "machbed.linux-peer";

    private static final long PATIENCE_SECONDS = 100;
    private static final AtomicInteger NAMES = new AtomicInteger();

    private final String name = newName();

    /** Without IPv6, which would send frames of its own accord. */
    Namespace() throws IOException, InterruptedException {
        run(List.of("ip", "netns", "add", name));
        exec("sh", "-c", "for i in all default; do echo 1 > /proc/sys/net/ipv6/conf/$i/disable_ipv6; done 2>&-; true");
        exec("ip", "link", "set", "lo", "up");
    }

    /** Skips the test where namespaces or TAP devices cannot be made. */
    static void assumePossible() throws IOException, InterruptedException {
        assumePresent("ip");
        assume(Files.isWritable(Path.of("/dev/net/tun")), "no access to /dev/net/tun");
        String problem = "";
        try (Namespace probe = new Namespace()) {
            assertThat(probe.name).isNotEmpty();
        } catch (AssertionError e) {
            problem = "no right to make network namespaces (it needs root): " + e.getMessage();
        }
        assume(problem.isEmpty(), problem);
    }

    /** Skips the test where a program is not installed. */
    static void assumePresent(String program) {
        boolean present = List.of(System.getenv().getOrDefault("PATH", "").split(":", -1)).stream()
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
        assume(present, program + " is not installed");
    }

    private static void assume(boolean possible, String problem) {
        String message = "not tested with Linux as a peer: " + problem;
        if (!possible && System.getProperty(WANTED, "").equals("required")) {
            fail(message + "; and -D" + WANTED + "=required");
        }
        assumeTrue(possible, message);
    }

    /** A name for an interface or a namespace that nobody else has. */
    static String newName() {
        return "mbu" + Long.toHexString(ProcessHandle.current().pid()) + "n" + NAMES.incrementAndGet();
    }

    /** Takes an interface into the namespace, where it gets the address and is set up. */
    void take(String device, String address) throws IOException, InterruptedException {
        run(List.of("ip", "link", "set", device, "netns", name));
        up(device, address);
    }

    /** Makes an Ethernet wire between this namespace and another one: an interface in each, both down. */
    void pair(String device, Namespace other, String otherDevice) throws IOException, InterruptedException {
        exec("ip", "link", "add", device, "type", "veth", "peer", "name", otherDevice, "netns", other.name);
    }

    void up(String device, String address) throws IOException, InterruptedException {
        exec("ip", "address", "add", address, "dev", device);
        up(device);
    }

    void up(String device) throws IOException, InterruptedException {
        exec("ip", "link", "set", device, "up");
    }

    /** Has it carry datagrams from one of its interfaces to another. */
    void forward() throws IOException, InterruptedException {
        exec("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward");
    }

    /** One of the counters of its TCP, by the name that Linux has for it; 0 where this Linux does not have it. */
    long tcpCounter(String counter) throws IOException, InterruptedException {
        List<List<String>> lines = exec("cat", "/proc/net/netstat")
                .lines()
                .filter(line -> line.startsWith("TcpExt:"))
                .map(line -> List.of(line.split(" ", -1)))
                .toList();
        int column = lines.get(0).indexOf(counter);
        return column < 0 ? 0 : Long.parseLong(lines.get(1).get(column));
    }

    /** Waits until a program in it listens on a port. */
    void awaitListener(int port) throws IOException, InterruptedException {
        String listening = ":%04X 00000000:0000 0A".formatted(port);
        while (!exec("cat", "/proc/net/tcp").contains(listening)) {
            Thread.onSpinWait();
        }
    }

    /** Runs a program within the namespace; answers what it wrote on standard output and error. */
    String exec(String... words) throws IOException, InterruptedException {
        return run(within(words));
    }

    /** Starts a program within the namespace, with its standard error on its output. */
    Process start(String... words) throws IOException {
        return new ProcessBuilder(within(words)).redirectErrorStream(true).start();
    }

    /** Starts a program within the namespace that reads a file. */
    Process start(File input, String... words) throws IOException {
        return new ProcessBuilder(within(words)).redirectInput(input).start();
    }

    /** The command that runs another one within the namespace, in its own place. */
    List<String> command() {
        return List.of("ip", "netns", "exec", name);
    }

    private List<String> within(String... words) {
        List<String> command = new ArrayList<>(command());
        command.addAll(List.of(words));
        return command;
    }

    private static String run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        return finish(process, String.join(" ", command));
    }

    /** What a program still writes until it ends well. */
    static String finish(Process process, String command) throws IOException, InterruptedException {
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .as(command)
                .isTrue();
        assertThat(process.exitValue()).as(command + ": " + output).isZero();
        return output;
    }

    @Override
    public void close() throws IOException {
        try {
            run(List.of("ip", "netns", "delete", name));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("namespace " + name + " may be left", e);
        }
    }
}
