package org.machbed.testbed.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.testbed.launch.RunFailure;
import org.machbed.testbed.report.MadeUpReport;
import picocli.CommandLine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class RunOptionsTest {
    private final StringWriter out = new StringWriter();
    private final CommandLine commandLine =
            Machbed.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(new StringWriter()));

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    @Test
    void resultsArePrintedAndLeft() throws Exception {
        new RunOptions().deliver(MadeUpReport.report(), directory, commandLine);

        assertThat(out.toString()).contains("Table 1:", "Claims");
        assertThat(directory.resolve("report.html")).exists();
        assertThat(directory.resolve("results.json")).exists();
    }

    @Test
    void resultsArePrintedWhereTheirFilesCannotBeWritten() throws Exception {
        Files.createDirectory(directory.resolve("results.json"));

        assertThatThrownBy(() -> new RunOptions().deliver(MadeUpReport.report(), directory, commandLine))
                .isInstanceOf(RunFailure.class)
                .hasMessageStartingWith("the results stand above, but cannot be written to " + directory);
        assertThat(out.toString()).contains("Table 1:", "Claims");
    }
}
