package org.machbed.ipc.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One virtual machine that plays the same part on several pairs of hosts. Each part has arguments, host directory and control
 * channel of its own, as if it were alone; what they share is the compiled code, so that it is compiled but once.
 *
 * <p>The control channel of {@link ProcessLifecycle}, each line preceded by {@code @name}. {@code @name start} begins a part, its
 * arguments set off by {@link #SEPARATOR}; {@code @name stop} ends it, which {@code @name ENDED} confirms. A part that fails ends
 * all of them, with its exit code.
 */
public final class SharedProcess {
    /** The one argument of a process that is to be shared. */
    public static final String ARGUMENT = "--shared";

    /** Unit separator: between the arguments of a part. */
    public static final String SEPARATOR = "\u001f";

    private static final String START = "start" + SEPARATOR;

    private final String programName;
    private final ProcessMain main;
    private final Map<String, Part> parts = new ConcurrentHashMap<>();
    private final AtomicBoolean stopping = new AtomicBoolean();

    private SharedProcess(String programName, ProcessMain main) {
        this.programName = programName;
        this.main = main;
    }

    private record Part(ProcessLifecycle lifecycle, Thread thread) {}

    static void run(String programName, ProcessMain main) {
        var shared = new SharedProcess(programName, main);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> shared.stop(ProcessLifecycle.EXIT_STOPPED), "shutdown"));
        try (var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.isBlank()) {
                    shared.onLine(line);
                }
            }
        } catch (IOException e) {
            System.err.println(programName + ": standard input broke: " + e);
        }
        shared.stop(ProcessLifecycle.EXIT_STOPPED);
    }

    private void onLine(String line) {
        String[] words = line.split(" ", 2);
        if (!line.startsWith("@") || words.length < 2) {
            System.err.println(programName + ": whom is this for: " + line);
            return;
        }
        String name = words[0];
        if (words[1].startsWith(START)) {
            start(name, words[1].substring(START.length()).split(SEPARATOR, -1));
            return;
        }
        Part part = part(name);
        if (part == null) {
            System.err.println(programName + ": there is no part " + name + " for: " + line);
        } else if (words[1].equals("stop")) {
            part.lifecycle.requestStop();
        } else {
            part.lifecycle.submit(words[1]);
        }
    }

    private void start(String name, String[] arguments) {
        var lifecycle = new ProcessLifecycle(programName, name + " ", System.out, System.err);
        Thread thread =
                Thread.ofPlatform().daemon().name("part-" + name).unstarted(() -> live(name, lifecycle, arguments));
        if (parts.putIfAbsent(name, new Part(lifecycle, thread)) != null) {
            System.err.println(programName + ": there is a part " + name + " already");
            return;
        }
        thread.start();
    }

    private void live(String name, ProcessLifecycle lifecycle, String[] arguments) {
        int code = ProcessLifecycle.EXIT_FAILED;
        try {
            code = lifecycle.live(own -> main.run(arguments, own));
        } finally {
            ended(name, lifecycle, code);
        }
    }

    /** Confirms the end of a part, and forgets one that ended well: a run has hundreds of them in one virtual machine. */
    private void ended(String name, ProcessLifecycle lifecycle, int code) {
        if (code == ProcessLifecycle.EXIT_STOPPED) {
            synchronized (this) {
                lifecycle.reply("ENDED");
                parts.remove(name);
            }
        } else {
            lifecycle.reply("ENDED");
            // Alone, the process would end with it, so the others end too.
            stop(code);
        }
    }

    /** The part of a name, no longer once its end is confirmed. */
    private synchronized @Nullable Part part(String name) {
        return parts.get(name);
    }

    /**
     * Stops all parts and ends the virtual machine; whoever comes second waits for that end, unless it is a part that must
     * stop.
     */
    private void stop(int code) {
        if (!stopping.compareAndSet(false, true)) {
            if (parts.values().stream().noneMatch(part -> part.thread.equals(Thread.currentThread()))) {
                awaitHalt();
            }
            return;
        }
        parts.values().forEach(part -> part.lifecycle.requestStop());
        long deadlineNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ProcessLifecycle.STOP_LIMIT_MILLIS);
        boolean inTime = true;
        for (Part part : parts.values()) {
            inTime &= part.thread.equals(Thread.currentThread()) || joined(part.thread, deadlineNanos);
        }
        if (!inTime) {
            System.err.println(programName + ": did not stop within " + ProcessLifecycle.STOP_LIMIT_MILLIS + " ms");
        }
        System.out.flush();
        System.err.flush();
        Runtime.getRuntime().halt(inTime ? code : ProcessLifecycle.EXIT_FAILED);
    }

    /**
     * Somebody else is stopping the parts and then ends the virtual machine; a shutdown hook that returned before would end it
     * too soon.
     */
    private static void awaitHalt() {
        try {
            Thread.sleep(2 * ProcessLifecycle.STOP_LIMIT_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean joined(Thread thread, long deadlineNanos) {
        try {
            long millis = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime());
            thread.join(Math.max(1, millis));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return !thread.isAlive();
    }
}
