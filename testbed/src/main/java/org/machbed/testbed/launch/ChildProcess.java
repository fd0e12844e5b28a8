package org.machbed.testbed.launch;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A process of a run: commands go in line by line, one reply line comes back for each, and its death is noticed at once.
 *
 * <p>One command may be outstanding at a time.
 */
public final class ChildProcess {
    private static final int LOG_LINES_SHOWN = 8;
    private static final int SIGNAL_BASE = 128;
    private static final Map<Integer, String> SIGNALS = Map.of(
            2, "SIGINT", 4, "SIGILL", 6, "SIGABRT", 7, "SIGBUS", 8, "SIGFPE", 9, "SIGKILL", 11, "SIGSEGV", 15,
            "SIGTERM");

    private final ProcessPlan plan;
    private final Process process;
    private final Path log;
    private final CompletableFuture<Reply> ready = new CompletableFuture<>();
    private @Nullable CompletableFuture<Reply> outstanding; // guarded by this
    private @Nullable RunFailure failure; // guarded by this

    private ChildProcess(ProcessPlan plan, Process process, Path log) {
        this.plan = plan;
        this.process = process;
        this.log = log;
    }

    /**
     * @param log takes its standard error
     */
    static ChildProcess start(ProcessPlan plan, List<String> command, Path log) throws IOException {
        Process process =
                new ProcessBuilder(command).redirectError(log.toFile()).start();
        var child = new ChildProcess(plan, process, log);
        Thread.ofPlatform()
                .daemon()
                .name("replies-" + plan.row() + "-" + plan.host() + "-" + plan.name())
                .stackSize(256 * 1024)
                .start(child::readReplies);
        return child;
    }

    /** Has an action run once when it ends, for whatever reason; at once when it has ended already. */
    void onDeath(Consumer<ChildProcess> action) {
        var _ = process.onExit().thenAccept(_ -> action.accept(this));
    }

    public ProcessPlan plan() {
        return plan;
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    private void readReplies() {
        try (var reader = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                onLine(line);
            }
        } catch (IOException e) {
            // The pipe breaks when the process dies, which onExit tells.
        }
    }

    private void onLine(String line) {
        Reply reply = Reply.parse(line);
        if (reply.keyword().equals("READY")) {
            ready.complete(reply);
            return;
        }
        CompletableFuture<Reply> waiting;
        synchronized (this) {
            waiting = outstanding;
            outstanding = null;
        }
        if (waiting != null) {
            waiting.complete(reply);
        }
    }

    /** What it said when it was ready: {@code key=value} words. */
    Map<String, String> awaitReady(Duration limit) throws RunFailure, InterruptedException {
        Reply reply = await(ready, limit, "to be ready");
        var details = new HashMap<String, String>();
        for (String word : reply.rest().split(" ", -1)) {
            int equals = word.indexOf('=');
            if (equals > 0) {
                details.put(word.substring(0, equals), word.substring(equals + 1));
            }
        }
        return Map.copyOf(details);
    }

    /** Sends a command; the reply comes later. */
    public synchronized CompletableFuture<Reply> submit(String command) throws RunFailure {
        if (failure != null) {
            throw failure;
        }
        if (outstanding != null) {
            throw new IllegalStateException(plan.title() + " still owes a reply, and is asked: " + command);
        }
        var reply = new CompletableFuture<Reply>();
        outstanding = reply;
        try {
            OutputStream pipe = process.getOutputStream();
            pipe.write((command + "\n").getBytes(StandardCharsets.UTF_8));
            pipe.flush();
        } catch (IOException e) {
            // It is dying, and its death will complete the reply.
            return reply;
        }
        return reply;
    }

    /** Sends a command and waits for its reply, which must begin with a keyword. */
    public Reply ask(String command, String keyword, Duration limit) throws RunFailure, InterruptedException {
        return expect(submit(command), command, keyword, limit);
    }

    /** Waits for the reply to a command submitted before. */
    public Reply expect(CompletableFuture<Reply> submitted, String command, String keyword, Duration limit)
            throws RunFailure, InterruptedException {
        Reply reply = await(submitted, limit, "to answer '" + command + "'");
        if (!reply.keyword().equals(keyword)) {
            String said = reply.keyword().equals("FAILED")
                    ? reply.json().path("message").asText(reply.rest())
                    : reply.keyword() + " " + reply.rest();
            throw new RunFailure(plan.title() + " answered '" + command + "': " + said, logTail(), null);
        }
        return reply;
    }

    private Reply await(CompletableFuture<Reply> future, Duration limit, String what)
            throws RunFailure, InterruptedException {
        try {
            return future.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new RunFailure(
                    plan.title() + " took more than " + limit.toSeconds() + " s " + what + ".", logTail(), e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RunFailure cause) {
                throw cause;
            }
            throw new IllegalStateException(e);
        }
    }

    /** Lets whoever waits for this process, now or later, know that the run has failed. */
    void fail(RunFailure reason) {
        CompletableFuture<Reply> waiting;
        synchronized (this) {
            failure = reason;
            waiting = outstanding;
            outstanding = null;
        }
        ready.completeExceptionally(reason);
        if (waiting != null) {
            waiting.completeExceptionally(reason);
        }
    }

    synchronized boolean owesReply() {
        return outstanding != null;
    }

    /** How it ended, as a sentence with the last lines of its log. */
    RunFailure obituary() {
        int code = process.exitValue();
        String how = code > SIGNAL_BASE
                ? "was killed by " + SIGNALS.getOrDefault(code - SIGNAL_BASE, "signal " + (code - SIGNAL_BASE))
                : "ended with exit code " + code;
        return new RunFailure(
                plan.title() + ", process " + pid() + ", " + how + " while the run was on.", logTail(), null);
    }

    private List<String> logTail() {
        try {
            List<String> lines =
                    Files.readString(log, StandardCharsets.UTF_8).lines().toList();
            return lines.subList(Math.max(0, lines.size() - LOG_LINES_SHOWN), lines.size());
        } catch (IOException e) {
            return List.of("(its log " + log + " cannot be read: " + e.getMessage() + ")");
        }
    }

    /** Closes its standard input, which asks it to stop. */
    void requestStop() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            process.destroy();
        }
    }

    void kill() {
        process.destroyForcibly();
    }

    boolean awaitExit(long deadlineNanos) throws InterruptedException {
        return process.waitFor(Math.max(0, deadlineNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
    }

    int exitCode() {
        return process.exitValue();
    }
}
