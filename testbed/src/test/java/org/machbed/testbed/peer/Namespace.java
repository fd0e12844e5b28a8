package org.machbed.testbed.peer;

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
        exec("ip", "address", "add", address, "dev", device);
        exec("ip", "link", "set", device, "up");
    }

    /** Runs a program within the namespace; answers what it wrote on standard output and error. */
    String exec(String... words) throws IOException, InterruptedException {
        return run(within(words));
    }

    /** Starts a program within the namespace, with its standard error on its output. */
    Process start(String... words) throws IOException {
        return new ProcessBuilder(within(words)).redirectErrorStream(true).start();
    }

    private List<String> within(String... words) {
        List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", name));
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
