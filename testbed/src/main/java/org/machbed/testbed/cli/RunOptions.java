package org.machbed.testbed.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.machbed.testbed.launch.FileFailure;
import org.machbed.testbed.launch.RunFailure;
import org.machbed.testbed.measure.MeasurementSettings;
import org.machbed.testbed.measure.RowSpec;
import org.machbed.testbed.node.NodeAddresses;
import org.machbed.testbed.report.ReportFiles;
import org.machbed.testbed.report.ResultsJson;
import org.machbed.testbed.report.RunReport;
import org.machbed.testbed.report.TerminalReport;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** What the commands that measure rows have in common: how long to measure, and what becomes of the results. */
final class RunOptions {
    @Option(
            names = "--quick",
            description =
                    "Shorter warm-up, fewer rounds, and rows share virtual machines: a paper within 3 minutes on 2 CPUs,"
                            + " once the first run of a build has made its caches.")
    private boolean quick;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where to leave files (default: machbed-results/<time>).")
    private @Nullable Path out;

    @Option(names = "--json", description = "Print results.json instead of the tables.")
    private boolean json;

    @Option(
            names = "--nodes",
            paramLabel = "NODES",
            defaultValue = "${env:MACHBED_NODES}",
            description = {
                "Have nodes start the processes (see: machbed node --help): docker for those of Docker's containers, or"
                        + " a-kernel-node=HOST:PORT,... for all of both hosts (default: MACHBED_NODES, else this machine)."
            })
    private @Nullable String nodes;

    boolean quick() {
        return quick;
    }

    MeasurementSettings settings() {
        return quick ? MeasurementSettings.quick() : MeasurementSettings.full();
    }

    Path directory() {
        return OutputDirectory.of(out);
    }

    /** Makes a run and delivers what it found out. */
    void run(Session.Request request, CommandLine commandLine) throws RunFailure, InterruptedException, IOException {
        Venue venue = venue();
        for (RowSpec row : request.rows()) {
            venue.check(row.system().topology());
        }
        TerminalProgress progress = TerminalProgress.onStandardError();
        RunReport report;
        try {
            report = new Session(progress, venue).measure(request);
        } finally {
            progress.finish();
        }
        deliver(report, request.out(), commandLine);
    }

    /**
     * For a command that cannot have nodes.
     *
     * @throws UsageError when some were given
     */
    void refuseNodes(String why) {
        if (nodes != null && !nodes.isEmpty()) {
            throw new UsageError("--nodes (or MACHBED_NODES) is given, and " + why);
        }
    }

    private Venue venue() {
        try {
            return nodes == null || nodes.isEmpty() ? new LocalVenue() : new NodeVenue(NodeAddresses.parse(nodes));
        } catch (IllegalArgumentException e) {
            throw new UsageError("--nodes: " + e.getMessage());
        }
    }

    /** Prints what a run found out before it leaves the files: a full disk must not cost the results. */
    void deliver(RunReport report, Path directory, CommandLine commandLine) throws RunFailure {
        PrintWriter terminal = commandLine.getOut();
        terminal.print(json ? ResultsJson.text(report) : TerminalReport.text(report));
        terminal.flush();
        try {
            ReportFiles.write(report, directory);
        } catch (IOException e) {
            throw new RunFailure(
                    "the results stand above, but cannot be written to " + directory + ": "
                            + FileFailure.reason(e, directory),
                    e);
        }
        commandLine
                .getErr()
                .println("\nReport: " + directory.resolve("report.html") + "\nData:   "
                        + directory.resolve("results.json"));
    }
}
