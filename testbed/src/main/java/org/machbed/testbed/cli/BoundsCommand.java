package org.machbed.testbed.cli;

import java.util.Optional;
import java.util.concurrent.Callable;
import org.machbed.testbed.suite.Suite;
import org.machbed.testbed.suite.SuiteCatalog;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "bounds",
        description =
                "Measures what this testbed promises of a part of itself, several workloads in one run, and judges whether"
                        + " it keeps it.",
        mixinStandardHelpOptions = true)
final class BoundsCommand implements Callable<Integer> {
    @Option(
            names = "--suite",
            paramLabel = "NAME",
            defaultValue = "tcp",
            description = "Which part (${DEFAULT-VALUE}, the default, is the only one yet).")
    private String name = "tcp";

    @Mixin
    private RunOptions options = new RunOptions();

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli.
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        Suite suite = SuiteCatalog.find(name)
                .orElseThrow(() -> new UsageError(
                        "unknown suite '" + name + "'; known: " + String.join(", ", SuiteCatalog.names())));
        options.run(
                new Session.Request(
                        "machbed bounds --suite " + suite.name() + (options.quick() ? " --quick" : ""),
                        suite.title(),
                        RowsOfRun.of(suite),
                        options.settings().withTrial(suite.trial()),
                        Optional.empty(),
                        suite.claims(),
                        options.directory()),
                spec.commandLine());
        return Machbed.DONE;
    }
}
