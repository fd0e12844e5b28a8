package org.machbed.testbed.launch;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** A virtual machine that was started for a run, wherever that is: lines go in and come out, and its end is noticed. */
public interface HostedProcess {
    /** The exit code of a process that went with its node: nobody knows its own. */
    int LOST = -1;

    /** Its number where it runs. */
    long pid();

    /**
     * Has every line of its standard output taken in order, one at a time. Called once.
     *
     * @param name names whatever thread does it
     */
    void readLines(String name, Consumer<String> taker);

    /**
     * Sends a line to its standard input.
     *
     * @throws IOException when it no longer takes any
     */
    void write(String line) throws IOException;

    /** Closes its standard input, which asks it to stop. */
    void closeInput() throws IOException;

    /** Completes when it has ended, for whatever reason; then {@link #exitCode} is known. */
    CompletableFuture<?> onExit();

    boolean isAlive();

    /** As a shell has it: 128 and the signal's number when a signal ended it. Only once it has ended. */
    int exitCode();

    /** Kills it with whatever it started itself. */
    void kill();

    /** Waits until it has ended; {@code false} when it has not by the deadline of {@link System#nanoTime}. */
    boolean awaitExit(long deadlineNanos) throws InterruptedException;

    /** The CPUs that it may run on, as the kernel prints them: {@code 0-2,5}. */
    String allowedCpus() throws IOException;

    /** Opens what one of the processes that it is has counted; there once that is ready. */
    ProcessMeter meter(ProcessPlan part) throws IOException;
}
