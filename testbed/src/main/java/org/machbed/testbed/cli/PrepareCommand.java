package org.machbed.testbed.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "prepare",
        description = {
            "Makes the ahead-of-time caches that let processes start in half the time.",
            "The first measurement makes those that it needs; up and run use those that are there."
        },
        mixinStandardHelpOptions = true)
final class PrepareCommand implements Callable<Integer> {
    @Option(names = "--out", paramLabel = "DIR", description = "Where logs stay when something fails.")
    private @Nullable Path out;

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli.
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        TerminalProgress progress = TerminalProgress.onStandardError();
        Path caches;
        try {
            caches = new Session(progress, new LocalVenue()).prepare(OutputDirectory.of(out), RowsOfRun.ofAll());
        } finally {
            progress.finish();
        }
        var terminal = spec.commandLine().getOut();
        terminal.println("Caches: " + caches);
        terminal.flush();
        return Machbed.DONE;
    }
}
