package org.machbed.testbed.launch;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.machbed.ipc.process.SharedProcess;

/** A virtual machine of a run. It is one process of a row, or plays the same part in several rows (see {@link SharedProcess}). */
final class JvmProcess {
    private static final Map<Integer, String> SIGNALS = Map.of(
            2, "SIGINT", 4, "SIGILL", 6, "SIGABRT", 7, "SIGBUS", 8, "SIGFPE", 9, "SIGKILL", 11, "SIGSEGV", 15,
            "SIGTERM");
    private static final int SIGNAL_BASE = 128;

    /** How lines begin that a virtual machine writes to its standard output when it dies of a fault: no replies. */
    private static final String LAST_WORDS = "#";

    private static final Pattern SIGBUS = Pattern.compile("^#\\s+SIGBUS");

    private final HostedProcess process;
    private final Path log;
    private final boolean shared;
    private final Map<String, ChildProcess> parts = new ConcurrentHashMap<>();
    private volatile boolean metSigbus;

    /**
     * A virtual machine that has been started.
     *
     * @param log takes its standard error
     */
    JvmProcess(HostedProcess process, Path log, boolean shared) {
        this.process = process;
        this.log = log;
        this.shared = shared;
    }

    /** Has it be a process of a row from now on: the only one, or one more. */
    ChildProcess part(ProcessPlan plan) {
        String name = shared ? "@" + parts.size() : "";
        var part = new ChildProcess(plan, this, name);
        parts.put(name, part);
        if (parts.size() == 1) {
            process.readLines("replies-" + plan.row() + "-" + plan.host() + "-" + plan.name(), this::onLine);
        }
        if (shared) {
            write(name + " start" + SharedProcess.SEPARATOR + String.join(SharedProcess.SEPARATOR, plan.arguments()));
        }
        return part;
    }

    private void onLine(String line) {
        if (line.startsWith(LAST_WORDS)) {
            metSigbus |= SIGBUS.matcher(line).find();
            return;
        }
        int space = shared ? line.indexOf(' ') : 0;
        ChildProcess part = parts.get(line.substring(0, Math.max(0, space)));
        if (part != null) {
            part.onReply(Reply.parse(shared ? line.substring(space + 1) : line));
        }
    }

    /** Sends a line; one that a dying process no longer takes is lost, and its death is noticed elsewhere. */
    void write(String line) {
        try {
            process.write(line);
        } catch (IOException e) {
            // It is dying, and its death will complete what is owed.
        }
    }

    /** Has an action run once when it ends, for whatever reason; at once when it has ended already. */
    void onExit(Consumer<JvmProcess> action) {
        var _ = process.onExit().thenAccept(_ -> action.accept(this));
    }

    /** Asks one part to stop, and the virtual machine when it was the last one. */
    void requestStop(ChildProcess part, String name) {
        if (goesOnWithout(part)) {
            write(name + " stop");
            return;
        }
        try {
            process.closeInput();
        } catch (IOException e) {
            process.kill();
        }
    }

    /** Whether other parts have not been asked to stop. */
    boolean goesOnWithout(ChildProcess part) {
        return parts.values().stream().anyMatch(other -> !other.equals(part) && !other.stopRequested());
    }

    HostedProcess hosted() {
        return process;
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    void kill() {
        process.kill();
    }

    boolean awaitExit(long deadlineNanos) throws InterruptedException {
        return process.awaitExit(deadlineNanos);
    }

    boolean wasKilled() {
        return !process.isAlive() && process.exitCode() > SIGNAL_BASE;
    }

    /** As messages call it: "kernel-node of host b (server-ipc)". */
    String title() {
        ProcessPlan any = parts.values().iterator().next().plan();
        String rows =
                parts.values().stream().map(part -> part.plan().row()).sorted().collect(Collectors.joining(", "));
        return any.program() + " of host " + any.host() + " (" + rows + ")";
    }

    /** How it ended. */
    String fate() {
        int code = process.exitCode();
        if (code == HostedProcess.LOST) {
            return "was lost with its node";
        }
        return code > SIGNAL_BASE
                ? "was killed by " + SIGNALS.getOrDefault(code - SIGNAL_BASE, "signal " + (code - SIGNAL_BASE))
                : "ended with exit code " + code;
    }

    /** Whether it died of SIGBUS, as who touches mapped memory that the file system has no room for. */
    boolean metSigbus() {
        return metSigbus;
    }

    List<String> log() {
        try {
            return Files.readString(log, StandardCharsets.UTF_8).lines().toList();
        } catch (IOException e) {
            return List.of("(its log " + log + " cannot be read: " + e.getMessage() + ")");
        }
    }
}
