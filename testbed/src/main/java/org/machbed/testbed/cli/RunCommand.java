package org.machbed.testbed.cli;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.machbed.testbed.launch.Ending;
import org.machbed.testbed.launch.Pinning;
import org.machbed.testbed.launch.RowProcesses;
import org.machbed.testbed.launch.Run;
import org.machbed.testbed.launch.RunFailure;
import org.machbed.testbed.launch.UnmodifiedProgram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "run",
        description = {
            "Runs an unmodified Java program whose channels are those of a host of a topology.",
            "The host is up as long as the program runs. The exit code is the program's.",
            "Without a topology, beside a node of a client-app: on the host that stands there."
        },
        customSynopsis = "machbed run [OPTIONS] [TOPOLOGY] -- java ARGUMENT...",
        mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
    /** For what a program may want to do when it is told to end. */
    private static final Duration END_LIMIT = Duration.ofSeconds(10);

    /** As long as a peer may take to acknowledge the last bytes over a bad wire. */
    private static final Duration DELIVERY_LIMIT = Duration.ofSeconds(30);

    @Mixin
    private HostOptions options = new HostOptions();

    @Parameters(
            index = "1..*",
            arity = "0..*",
            paramLabel = "COMMAND",
            description =
                    "Behind --: java and its arguments, or a command that runs java. It needs a JDK 25 or later; java"
                            + " without a path is the one that runs machbed.")
    private List<String> command = List.of();

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli.
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        List<String> behind = wordsBehindDashes();
        if (behind.size() == command.size() + 1) {
            return new StandingProgram(behind).run();
        }
        if (command.isEmpty()) {
            throw new UsageError("a command is missing: machbed run TOPOLOGY -- java ARGUMENT...");
        }
        HostOptions.Wanted wanted = options.wanted(Pinning.ofThisMachine());
        try (HostRun host = HostRun.open(wanted)) {
            RowProcesses processes = host.start(host.host().underApplication());
            Process program = new UnmodifiedProgram(command)
                    .start(host.run().directory(), host.host().applicationArguments());
            host.endWith(new Told(host.run(), program));
            int code = awaitEnd(program, host.run());
            if (!new Delivery(processes).await(DELIVERY_LIMIT)) {
                spec.commandLine()
                        .getErr()
                        .println("machbed: not all that the program sent has arrived within "
                                + DELIVERY_LIMIT.toSeconds() + " s");
            }
            return code;
        }
    }

    /** All parameters, where none stands before the dashes. */
    private List<String> wordsBehindDashes() {
        List<String> words = spec.commandLine().getParseResult().originalArgs();
        int dashes = words.indexOf("--");
        return dashes < 0 ? List.of() : words.subList(dashes + 1, words.size());
    }

    /** The program's exit code; when the host fails under it, the program is ended. */
    private static int awaitEnd(Process program, Run run) throws RunFailure, InterruptedException {
        CompletableFuture<?> first = CompletableFuture.anyOf(program.onExit(), run.failure());
        if (first.join() instanceof RunFailure failure && program.isAlive()) {
            program.destroy();
            if (!program.waitFor(END_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                program.destroyForcibly();
            }
            throw failure;
        }
        return program.waitFor();
    }

    /** Whoever ends the launcher means the program: it is told too, and keeps its sockets until it has ended. */
    private record Told(Run run, Process program) implements Ending {
        @Override
        public void prepare() {
            program.destroy();
            try {
                if (!program.waitFor(END_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                    program.destroyForcibly().waitFor();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void finish() {
            run.removeLogs();
            // An exit would give the signal's code.
            Runtime.getRuntime().halt(program.exitValue());
        }
    }
}
