package org.machbed.testbed.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A process of a row: commands go in line by line, one reply line comes back for each, and its death is noticed at once. It may
 * share its virtual machine with the processes that play the same part in other rows.
 *
 * <p>One command may be outstanding at a time.
 */
public final class ChildProcess {
    private static final int LOG_LINES_SHOWN = 8;
    private static final int LOG_LINE_LENGTH = 240;

    private final ProcessPlan plan;
    private final JvmProcess jvm;
    private final String name;
    private final CompletableFuture<Reply> ready = new CompletableFuture<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private @Nullable CompletableFuture<Reply> outstanding; // guarded by this
    private @Nullable RunFailure failure; // guarded by this
    private final CompletableFuture<ChildProcess> endedUnasked = new CompletableFuture<>();
    private volatile boolean partFailed;
    private volatile boolean stopRequested;

    /**
     * A process that has been started.
     *
     * @param name tells it from others in its virtual machine; empty when it is alone
     */
    ChildProcess(ProcessPlan plan, JvmProcess jvm, String name) {
        this.plan = plan;
        this.jvm = jvm;
        this.name = name;
        jvm.onExit(_ -> ended.countDown());
    }

    /**
     * Starts a process that belongs to no run, in a virtual machine of its own.
     *
     * @param logs where it logs
     */
    public static ChildProcess startAlone(ProcessPlan plan, JvmCommand jvm, Path logs) throws IOException {
        Files.createDirectories(logs);
        Path log = logs.resolve(plan.host() + "-" + plan.name() + ".log");
        var child = new JvmProcess(LocalProcess.start(jvm.of(plan, logs), log), log, false).part(plan);
        child.onDeath(dead -> dead.fail(dead.obituary()));
        return child;
    }

    /** Has an action run once when it ends, with the reason; at once when it has ended. */
    public void onEnd(Consumer<RunFailure> action) {
        onDeath(dead -> action.accept(dead.obituary()));
    }

    /** Stops it, by force when it takes longer than the limit. */
    public void stop(Duration limit) throws InterruptedException {
        requestStop();
        if (!awaitExit(System.nanoTime() + limit.toNanos())) {
            kill();
        }
    }

    /**
     * Has an action run once when it ends unasked or its virtual machine ends for whatever reason; at once when that has been.
     */
    void onDeath(Consumer<ChildProcess> action) {
        jvm.onExit(_ -> endedUnasked.complete(this));
        var _ = endedUnasked.thenAccept(action);
    }

    public ProcessPlan plan() {
        return plan;
    }

    public long pid() {
        return jvm.pid();
    }

    /** The CPUs that its virtual machine may run on: asked of the kernel, not of our intentions. */
    public String allowedCpus() throws IOException {
        return jvm.hosted().allowedCpus();
    }

    /** Opens what it counts. */
    public ProcessMeter meter() throws IOException {
        return jvm.hosted().meter(plan);
    }

    public boolean isAlive() {
        return jvm.isAlive() && ended.getCount() > 0;
    }

    void onReply(Reply reply) {
        if (reply.keyword().equals("ENDED")) {
            ended.countDown();
            if (!stopRequested) {
                partFailed = true;
                fail(new RunFailure(plan.title() + " ended while the run was on.", logTail(), null));
                endedUnasked.complete(this);
            }
            return;
        }
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
    public Map<String, String> awaitReady(Duration limit) throws RunFailure, InterruptedException {
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
        jvm.write(name.isEmpty() ? command : name + " " + command);
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
        String reason = lastWords().map(words -> ": " + words).orElse(".");
        // A part that failed takes the others of its virtual machine along, which have no part in it.
        String title = partFailed ? plan.title() : jvm.title();
        String fate = jvm.isAlive() ? "ended" : jvm.fate();
        return new RunFailure(
                title + ", process " + pid() + ", " + fate + " while the run was on" + reason, logTail(), null);
    }

    /** What the process itself gave as the reason, after its program's name: {@code kernel-node: failed: no space left}. */
    private Optional<String> lastWords() {
        String prefix = plan.program() + ": ";
        return jvm.log().stream()
                .filter(line -> line.startsWith(prefix))
                .reduce((_, later) -> later)
                .map(line -> line.substring(prefix.length()));
    }

    /** Whether it wrote down that a file system is full. */
    boolean sawNoSpace() {
        return jvm.log().stream().anyMatch(line -> line.contains("no space is left") || line.contains("No space left"));
    }

    /** Whether its virtual machine died of SIGBUS, as who touches mapped memory that the file system has no room for. */
    boolean metSigbus() {
        return jvm.metSigbus();
    }

    /** The last lines of its log that a user can read: no stack traces, nothing of the virtual machine's own. */
    private List<String> logTail() {
        List<String> lines = jvm.log().stream()
                .filter(line ->
                        !line.startsWith("\t") && !line.startsWith("Picked up ") && !line.startsWith("Caused by: "))
                .map(line -> line.length() > LOG_LINE_LENGTH ? line.substring(0, LOG_LINE_LENGTH) + "..." : line)
                .toList();
        return lines.subList(Math.max(0, lines.size() - LOG_LINES_SHOWN), lines.size());
    }

    /** Asks it to stop. */
    void requestStop() {
        stopRequested = true;
        jvm.requestStop(this, name);
    }

    boolean stopRequested() {
        return stopRequested;
    }

    /** Kills its virtual machine. */
    void kill() {
        jvm.kill();
    }

    /** Waits until it has ended, and with the last of them its virtual machine. */
    boolean awaitExit(long deadlineNanos) throws InterruptedException {
        if (!jvm.goesOnWithout(this)) {
            return jvm.awaitExit(deadlineNanos);
        }
        return ended.await(Math.max(0, deadlineNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
    }

    /** Whether a signal ended its virtual machine. */
    boolean wasKilled() {
        return jvm.wasKilled();
    }
}
