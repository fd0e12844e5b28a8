package org.machbed.ipc.process;

import com.sun.management.ThreadMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.memory.ProcessGroup;

/**
 * The life of a process under a launcher. It says {@code READY} on standard output, answers the commands that come line by
 * line on standard input, and stops when standard input closes (the launcher has gone) or on SIGTERM. Standard output
 * carries nothing but replies; logs go to standard error.
 *
 * <p>Exit codes: 0 stopped as asked, 1 failed, 2 wrong arguments.
 */
public final class ProcessLifecycle {
    /** A stop that takes longer is cut off with exit code 1. */
    static final long STOP_LIMIT_MILLIS = 1_800;

    static final int EXIT_STOPPED = 0;
    static final int EXIT_FAILED = 1;
    private static final int EXIT_USAGE = 2;

    private static final int MAX_WAITING_COMMANDS = 64;

    private final String programName;
    private final String replyPrefix;
    private final PrintStream output;
    private final PrintStream errors;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final BlockingQueue<String> commands = new ArrayBlockingQueue<>(MAX_WAITING_COMMANDS);
    private final Map<String, CommandHandler> handlers = new ConcurrentHashMap<>();
    private final Map<String, Consumer<ObjLongConsumer<String>>> counters = new LinkedHashMap<>();
    private volatile @Nullable String failure;
    private volatile Runnable inputClosed = this::requestStop;

    /**
     * A life that has not begun.
     *
     * @param replyPrefix stands before every reply
     */
    ProcessLifecycle(String programName, String replyPrefix, PrintStream output, PrintStream errors) {
        this.programName = programName;
        this.replyPrefix = replyPrefix;
        this.output = output;
        this.errors = errors;
        onCommand("allocated", rest -> "ALLOCATED " + allocatedBytes());
        onCommand("counters", rest -> "COUNTERS " + countersJson());
    }

    /** Runs a program from its main method, once or as a {@link SharedProcess}; never returns. */
    public static void run(String programName, String[] arguments, ProcessMain main) {
        if (arguments.length == 1 && arguments[0].equals(SharedProcess.ARGUMENT)) {
            SharedProcess.run(programName, main);
        } else {
            run(programName, lifecycle -> main.run(arguments, lifecycle));
        }
    }

    /** Runs a process from its main method; never returns. Ctrl-C is the launcher's to answer. */
    public static void run(String programName, ProcessBody body) {
        ProcessGroup.lead();
        ProcessLifecycle lifecycle = new ProcessLifecycle(programName, "", System.out, System.err);
        AtomicInteger code = new AtomicInteger(EXIT_FAILED);
        CountDownLatch finished = new CountDownLatch(1);
        Runnable stopInTime = () -> lifecycle.stopInTime(finished, code);
        Runtime.getRuntime().addShutdownHook(new Thread(stopInTime, "shutdown"));
        lifecycle.inputClosed = stopInTime;
        try {
            Thread.ofPlatform().daemon().name("standard-input").start(() -> lifecycle.readCommands(System.in));
            code.set(lifecycle.live(body));
        } finally {
            finished.countDown();
            System.exit(code.get());
        }
    }

    /**
     * Waits for the body to return, but not for ever, and ends the virtual machine. A halt, because after SIGTERM an exit
     * would give 143 whatever the process did.
     */
    private void stopInTime(CountDownLatch finished, AtomicInteger code) {
        requestStop();
        boolean inTime = false;
        try {
            inTime = finished.await(STOP_LIMIT_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!inTime) {
            errors.println(programName + ": did not stop within " + STOP_LIMIT_MILLIS + " ms");
        }
        output.flush();
        errors.flush();
        Runtime.getRuntime().halt(inTime ? code.get() : EXIT_FAILED);
    }

    /** Answers commands while the body runs; answers the exit code. */
    int live(ProcessBody body) {
        Thread runner = Thread.ofPlatform().daemon().name("commands").start(this::runCommands);
        try {
            body.run(this);
        } catch (UsageException e) {
            errors.println(programName + ": " + e.getMessage());
            return EXIT_USAGE;
        } catch (Exception | Error e) {
            // An Error too: nobody else would say a word of it, because the process exits on the way to whoever might.
            errors.println(programName + ": failed: " + messageOf(e));
            e.printStackTrace(errors);
            return EXIT_FAILED;
        } finally {
            requestStop();
            runner.interrupt();
        }
        String reason = failure;
        if (reason != null) {
            errors.println(programName + ": failed: " + reason);
            return EXIT_FAILED;
        }
        return EXIT_STOPPED;
    }

    /**
     * Answers {@code name}, or the command that had it before.
     *
     * @throws IllegalArgumentException when the name is not one word
     */
    public void onCommand(String name, CommandHandler handler) {
        if (!name.matches("\\S+")) {
            throw new IllegalArgumentException("\"" + name + "\" is no name of a command");
        }
        handlers.put(name, handler);
    }

    /**
     * Adds a group to the reply to {@code counters}: {@code {"group":{"name":value,…},…}}.
     *
     * @param source tells each counter's name and value; called on the command thread
     */
    public void onCounters(String group, Consumer<ObjLongConsumer<String>> source) {
        synchronized (counters) {
            counters.put(group, source);
        }
    }

    /**
     * Prints the {@code READY} line, once everything answers.
     *
     * @param details keys and values in turn, printed as {@code key=value}; they must not contain white space
     */
    public void ready(String... details) {
        if (details.length % 2 != 0) {
            throw new IllegalArgumentException("details of READY must be keys and values");
        }
        StringBuilder line = new StringBuilder("READY");
        for (int i = 0; i < details.length; i += 2) {
            line.append(' ').append(details[i]).append('=').append(details[i + 1]);
        }
        reply(line.toString());
    }

    /** Waits until standard input closes, SIGTERM comes, or a part of the process asks. */
    public void awaitStop() throws InterruptedException {
        stop.await();
    }

    /** Asks the process to stop, from any thread. */
    public void requestStop() {
        stop.countDown();
    }

    /** Asks the process to stop and to exit with code 1, because a part of it failed. */
    public void fail(String reason) {
        failure = reason;
        requestStop();
    }

    public boolean stopRequested() {
        return stop.getCount() == 0;
    }

    /** Bytes that all threads of this process have allocated since it started. */
    public static long allocatedBytes() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getTotalThreadAllocatedBytes();
    }

    private void readCommands(InputStream input) {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(input, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.isBlank()) {
                    submit(line.strip());
                }
            }
        } catch (IOException e) {
            errors.println(programName + ": standard input broke: " + e);
        } finally {
            inputClosed.run();
        }
    }

    /** Has a command answered when those before it have been. */
    void submit(String command) {
        if (!commands.offer(command)) {
            reply(failed("more than " + MAX_WAITING_COMMANDS + " commands wait"));
        }
    }

    private void runCommands() {
        try {
            while (!stopRequested()) {
                reply(answer(commands.take()));
            }
        } catch (InterruptedException e) {
            // The process stops; commands still waiting are not answered.
            Thread.currentThread().interrupt();
        }
    }

    private String answer(String line) throws InterruptedException {
        String[] words = line.split("\\s+", 2);
        CommandHandler handler = handlers.get(words[0]);
        if (handler == null) {
            return failed("there is no command " + words[0]);
        }
        try {
            String reply = handler.onCommand(words.length > 1 ? words[1] : "");
            return reply.replaceAll("[\\r\\n]+", " ");
        } catch (InterruptedException e) {
            throw e;
        } catch (UsageException e) {
            return failed(words[0] + ": " + e.getMessage());
        } catch (Exception | Error e) {
            // An Error must not end the one thread that answers commands.
            e.printStackTrace(errors);
            return failed(words[0] + ": " + messageOf(e));
        }
    }

    private String countersJson() {
        Map<String, Consumer<ObjLongConsumer<String>>> groups;
        synchronized (counters) {
            groups = new LinkedHashMap<>(counters);
        }
        Json json = Json.object();
        groups.forEach((group, source) -> {
            Json values = Json.object();
            source.accept((name, value) -> values.put(name, value));
            json.put(group, values);
        });
        return json.toString();
    }

    void reply(String line) {
        synchronized (output) {
            output.println(replyPrefix + line);
            output.flush();
        }
    }

    private static String failed(String message) {
        return "FAILED " + Json.object().put("message", message);
    }

    /** An Error's message makes no sense without its name: of a class that is not there it is the class. */
    private static String messageOf(Throwable e) {
        if (e instanceof Error) {
            return e.toString();
        }
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }
}
