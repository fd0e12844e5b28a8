package org.machbed.testbed.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.machbed.testbed.claim.Claim;
import org.machbed.testbed.measure.MeasurementSettings;
import org.machbed.testbed.paper.Paper;
import org.machbed.testbed.paper.PaperCatalog;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "reproduce",
        description = "Measures all topologies of a paper, prints its tables beside ours, judges its claims, and leaves"
                + " report.html and results.json.",
        mixinStandardHelpOptions = true)
final class ReproduceCommand implements Callable<Integer> {
    private static final int MTU_BYTES = 1500;

    @Option(
            names = "--paper",
            paramLabel = "NAME",
            description = "Which paper: maeda92, the default, or maeda93; may be given several times.")
    private List<String> papers = List.of("maeda92");

    @Option(
            names = "--docker",
            description =
                    "Start both hosts in Docker's containers (docs/containers.md), measure between them, and remove them.")
    private boolean docker;

    @Mixin
    private RunOptions options = new RunOptions();

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli.
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        List<Paper> wanted = wanted();
        Path directory = options.directory();
        if (docker) {
            options.refuseNodes("--docker has nodes of its own");
            List<String> words = spec.commandLine().getParseResult().originalArgs();
            return new DockerReproduction(words, directory).run();
        }
        for (Paper paper : wanted) {
            reproduce(paper, wanted.size() == 1 ? directory : directory.resolve(paper.name()));
        }
        return Machbed.DONE;
    }

    private List<Paper> wanted() {
        var wanted = new ArrayList<Paper>();
        for (String name : papers.stream().distinct().toList()) {
            wanted.add(PaperCatalog.find(name)
                    .orElseThrow(() -> new UsageError(
                            "unknown paper '" + name + "'; known: " + String.join(", ", PaperCatalog.names()))));
        }
        return wanted;
    }

    private void reproduce(Paper paper, Path directory) throws Exception {
        MeasurementSettings settings = options.settings().withTrial(paper.trial());
        var claims = new ArrayList<Claim>(paper.claims());
        claims.addAll(PaperCatalog.ownBounds());
        options.run(
                new Session.Request(
                        "machbed reproduce --paper " + paper.name() + (options.quick() ? " --quick" : ""),
                        paper.title(),
                        RowsOfRun.of(paper, MTU_BYTES),
                        settings,
                        Optional.of(paper),
                        claims,
                        directory),
                spec.commandLine());
    }
}
