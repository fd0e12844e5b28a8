package org.machbed.testbed.cli;

import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.machbed.testbed.predict.Primitive;
import org.machbed.testbed.predict.PrimitiveCosts;
import org.machbed.testbed.report.ResultsJson;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "calibrate",
        description = "Measures the primitives of this machine alone: traps, messages, doorbells, copies.",
        mixinStandardHelpOptions = true)
final class CalibrateCommand implements Callable<Integer> {
    @Option(names = "--quick", description = "Shorter warm-up.")
    private boolean quick;

    @Option(names = "--out", paramLabel = "DIR", description = "Where logs stay when something fails.")
    private @Nullable Path out;

    @Option(names = "--json", description = "Print JSON, in nanoseconds.")
    private boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli.
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        TerminalProgress progress = TerminalProgress.onStandardError();
        PrimitiveCosts costs;
        try {
            costs = new Session(progress, new LocalVenue()).calibrate(OutputDirectory.of(out), quick);
        } finally {
            progress.finish();
        }
        var terminal = spec.commandLine().getOut();
        if (json) {
            terminal.print(ResultsJson.text(costs));
        } else {
            for (Primitive primitive : Primitive.values()) {
                OptionalDouble nanos = costs.of(primitive);
                if (nanos.isPresent()) {
                    terminal.printf(
                            "  %-24s %12.1f ns   %s%n", primitive.label(), nanos.getAsDouble(), primitive.meaning());
                }
            }
        }
        terminal.flush();
        return Machbed.DONE;
    }
}
