package org.machbed.testbed.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.machbed.testbed.topology.InvalidTopologyException;
import org.machbed.testbed.topology.Topology;
import org.machbed.testbed.topology.TopologyReader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "validate",
        description = "Checks a topology file and says what makes no sense in it, with file and line.",
        mixinStandardHelpOptions = true)
final class ValidateCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "A topology in YAML.")
    @SuppressWarnings("NullAway.Init") // Set by picocli.
    private Path file;

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli.
    private CommandSpec spec;

    @Override
    public Integer call() {
        try {
            Topology topology = TopologyReader.read(file);
            spec.commandLine().getOut().println(file + ": " + topology.name() + " is sound.");
            return Machbed.DONE;
        } catch (InvalidTopologyException e) {
            e.problems().forEach(spec.commandLine().getErr()::println);
            return Machbed.FAILED;
        }
    }
}
