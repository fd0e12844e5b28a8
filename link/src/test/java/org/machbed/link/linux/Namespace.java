package org.machbed.link.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.machbed.ipc.memory.Native;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** A network namespace of this test alone: another Linux host. It goes with all its interfaces when it is closed. */
final class Namespace implements AutoCloseable {
    private static final int CLONE_NEWNET = 0x4000_0000;
    private static final long PATIENCE_SECONDS = 30;
    private static final AtomicInteger NAMES = new AtomicInteger();
    private static final MethodHandle SETNS = Native.functionWithErrno(
            "setns", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

    private final String name = newName();

    /** Without IPv6, which would send frames of its own accord. */
    Namespace() throws IOException, InterruptedException {
        run("ip", "netns", "add", name);
        exec("sh", "-c", "for i in all default; do echo 1 > /proc/sys/net/ipv6/conf/$i/disable_ipv6; done 2>&-; true");
        ip("link", "set", "lo", "up");
    }

    /** Skips the test where namespaces cannot be made. */
    static void assumePossible() throws IOException, InterruptedException {
        assumePresent("ip");
        assume(Files.isWritable(Path.of("/dev/net/tun")), "no access to /dev/net/tun");
        try (Namespace probe = new Namespace()) {
            assertThat(probe.name).isNotEmpty();
        } catch (AssertionError e) {
            assume(false, "no right to make network namespaces (" + e + ")");
        }
    }

    static void assumePresent(String program) {
        boolean present = List.of(System.getenv().getOrDefault("PATH", "").split(":", -1)).stream()
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
        assume(present, program + " is not installed");
    }

    /** Skips the test, or fails it where Linux has to be a peer ({@code -Dmachbed.linux-peer=required}). */
    private static void assume(boolean possible, String problem) {
        String message = "not tested with Linux as a peer: " + problem;
        if (!possible && System.getProperty("machbed.linux-peer", "").equals("required")) {
            fail(message);
        }
        assumeTrue(possible, message);
    }

    /** A name for an interface or a namespace that nobody else has. */
    static String newName() {
        return "mbt" + Long.toHexString(ProcessHandle.current().pid()) + "n" + NAMES.incrementAndGet();
    }

    /**
     * A pair of Ethernet interfaces, both up: {@code outer} here, {@code inner} in the other namespace, where it has the address. Not
     * in the machine's own namespace, where Linux would answer for addresses that it happens to have.
     */
    void veth(Namespace other, String outer, String inner, String address) throws IOException, InterruptedException {
        ip("link", "add", outer, "type", "veth", "peer", "name", inner, "netns", other.name);
        ip("link", "set", outer, "up");
        other.up(inner, address);
    }

    /** Takes an interface into the namespace, where it gets the address and is set up. */
    void take(String iface, String address) throws IOException, InterruptedException {
        run("ip", "link", "set", iface, "netns", name);
        up(iface, address);
    }

    private void up(String iface, String address) throws IOException, InterruptedException {
        ip("address", "add", address, "dev", iface);
        ip("link", "set", iface, "up");
    }

    /** Runs {@code ip} within the namespace. */
    String ip(String... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("ip", "-n", name));
        command.addAll(List.of(words));
        return run(command.toArray(String[]::new));
    }

    /** Runs a program within the namespace; answers what it wrote. */
    String exec(String... words) throws IOException, InterruptedException {
        return finish(start(words), String.join(" ", words));
    }

    /** Starts a program within the namespace. */
    Process start(String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", name));
        command.addAll(List.of(words));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    static String run(String... words) throws IOException, InterruptedException {
        return finish(new ProcessBuilder(words).redirectErrorStream(true).start(), String.join(" ", words));
    }

    private static String finish(Process process, String command) throws IOException, InterruptedException {
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .as(command)
                .isTrue();
        assertThat(process.exitValue()).as(command + ": " + output).isZero();
        return output;
    }

    /** Calls on a thread that is within the namespace, so that sockets opened there belong to it. */
    <T> T call(Callable<T> task) throws InterruptedException {
        FutureTask<T> future = new FutureTask<>(() -> {
            enter();
            return task.call();
        });
        Thread.ofPlatform().start(future);
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw new AssertionError("within namespace " + name, e);
        }
    }

    private void enter() {
        try (Arena arena = Arena.ofConfined()) {
            int descriptor = new SystemCalls(arena).open("/run/netns/" + name, 0);
            assertThat(descriptor).isPositive();
            int result = (int) SETNS.invokeExact(Native.callState(arena), descriptor, CLONE_NEWNET);
            SystemCalls.close(descriptor);
            assertThat(result).as("setns").isZero();
        } catch (Throwable thrown) {
            throw new AssertionError("cannot enter namespace " + name, thrown);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            run("ip", "netns", "delete", name);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("namespace " + name + " may be left", e);
        }
    }
}
