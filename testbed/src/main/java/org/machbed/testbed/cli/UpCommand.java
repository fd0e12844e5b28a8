package org.machbed.testbed.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.machbed.testbed.launch.ChildProcess;
import org.machbed.testbed.launch.Ending;
import org.machbed.testbed.launch.Pinning;
import org.machbed.testbed.launch.Reply;
import org.machbed.testbed.launch.RowProcesses;
import org.machbed.testbed.launch.Run;
import org.machbed.testbed.launch.RunFailure;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "up",
        description = {
            "Keeps a host of a topology up until Ctrl-C, with the services echo (7), discard (9), daytime (13) and chargen"
                    + " (19).",
            "On a tap or bridge wire this machine's kernel and its programs can reach it."
        },
        mixinStandardHelpOptions = true)
final class UpCommand implements Callable<Integer> {
    private static final Duration SERVICES_LIMIT = Duration.ofSeconds(20);

    @Mixin
    private HostOptions options = new HostOptions();

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli.
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        HostOptions.Wanted wanted = options.wanted(Pinning.ofThisMachine());
        TerminalProgress progress = TerminalProgress.onStandardError();
        try (HostRun host = HostRun.open(wanted)) {
            host.endWith(new Stopped(host.run()));
            Reply services;
            try {
                progress.stage("starting a host of " + wanted.topology().name());
                RowProcesses processes = host.start(host.host().whole());
                ChildProcess application = processes.client(wanted.settings().name());
                services = application.ask("services", "SERVICES", SERVICES_LIMIT);
            } finally {
                progress.finish();
            }
            PrintWriter out = spec.commandLine().getOut();
            out.print(new HostNotice(wanted, services.json()).text());
            out.flush();
            throw awaitFailure(host.run());
        }
    }

    /** It ends by a signal, or because it failed. */
    private static RunFailure awaitFailure(Run run) throws InterruptedException {
        try {
            return run.failure().get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /** To be stopped is its ordinary end. */
    private record Stopped(Run run) implements Ending {
        @Override
        public void finish() {
            run.removeLogs();
            System.err.println("machbed: stopped; nothing of the host is left.");
            // An exit would give the signal's code.
            Runtime.getRuntime().halt(Machbed.DONE);
        }
    }
}
