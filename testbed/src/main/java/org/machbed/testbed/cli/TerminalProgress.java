package org.machbed.testbed.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.machbed.testbed.measure.ProgressListener;

/**
 * Shows progress on standard error: one line that rewrites itself on a terminal, one plain line per stage elsewhere. Standard
 * output stays for results.
 */
final class TerminalProgress implements ProgressListener {
    private static final int WIDTH = 28;
    private static final String CLEAR_LINE = "\r\u001b[K";

    private final PrintStream out;
    private final boolean terminal;
    private final long startNanos = System.nanoTime();
    private final List<String> notes = new ArrayList<>(); // guarded by this
    private String stage = ""; // guarded by this

    TerminalProgress(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    /** For standard error, whatever it leads to. */
    static TerminalProgress onStandardError() {
        return new TerminalProgress(
                System.err, isTerminal(Path.of("/proc/self/fd/2")) && !"dumb".equals(System.getenv("TERM")));
    }

    /** System.console() asks about standard input and output, and we write to neither. */
    private static boolean isTerminal(Path descriptor) {
        try {
            String target = Files.readSymbolicLink(descriptor).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public synchronized void stage(String name) {
        stage = name;
        if (terminal) {
            show(name);
        } else {
            out.println(elapsed() + " " + name);
        }
    }

    @Override
    public synchronized void step(int done, int of, String what) {
        if (terminal) {
            int filled = WIDTH * done / Math.max(1, of);
            show("%s [%s%s] %d/%d %s".formatted(stage, "#".repeat(filled), ".".repeat(WIDTH - filled), done, of, what));
        }
    }

    @Override
    public synchronized void note(String text) {
        notes.add(text);
        if (terminal) {
            out.print(CLEAR_LINE);
        }
        out.println(elapsed() + " note: " + text);
    }

    /** Removes the moving line, so that what follows starts on a clean one. */
    synchronized void finish() {
        if (terminal) {
            out.print(CLEAR_LINE);
            out.flush();
        }
    }

    synchronized List<String> notes() {
        return List.copyOf(notes);
    }

    private void show(String text) {
        out.print(CLEAR_LINE + elapsed() + " " + text);
        out.flush();
    }

    private String elapsed() {
        Duration passed = Duration.ofNanos(System.nanoTime() - startNanos);
        return "%d:%02d".formatted(passed.toMinutes(), passed.toSecondsPart());
    }
}
