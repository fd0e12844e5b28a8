package org.machbed.testbed.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.machbed.testbed.compare.ComparisonJson;
import org.machbed.testbed.compare.ComparisonText;
import org.machbed.testbed.compare.ResultsFile;
import org.machbed.testbed.compare.RunComparison;
import org.machbed.testbed.launch.RunFailure;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "compare",
        description =
                "Puts two runs side by side, row by row: whether the second is faster, slower, or one cannot tell.",
        mixinStandardHelpOptions = true)
final class CompareCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "A", description = "results.json of a run, or the directory that has it.")
    @SuppressWarnings("NullAway.Init") // Set by picocli.
    private Path a;

    @Parameters(index = "1", paramLabel = "B", description = "The same of the run to compare with it.")
    @SuppressWarnings("NullAway.Init") // Set by picocli.
    private Path b;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli.
    private CommandSpec spec;

    @Override
    public Integer call() throws RunFailure {
        RunComparison comparison = RunComparison.of(ResultsFile.read(a), ResultsFile.read(b));
        if (comparison.rows().isEmpty()) {
            throw new RunFailure(
                    comparison.a().path() + " and " + comparison.b().path() + " have no row in common.");
        }
        PrintWriter out = spec.commandLine().getOut();
        out.print(json ? ComparisonJson.of(comparison) : ComparisonText.of(comparison));
        out.flush();
        return Machbed.DONE;
    }
}
