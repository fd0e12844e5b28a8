package org.machbed.testbed.report;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogWriter;
import org.machbed.testbed.claim.JudgedRow;
import org.machbed.testbed.measure.Trial;

/** Writes what a run leaves: results.json, report.html and the raw histograms of all trials. */
public final class ReportFiles {
    private ReportFiles() {}

    public static void write(RunReport report, Path directory) throws IOException {
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("results.json"), ResultsJson.text(report));
        Files.writeString(directory.resolve("report.html"), HtmlReport.text(report));
        Path histograms = Files.createDirectories(directory.resolve("histograms"));
        for (JudgedRow row : report.evidence().rows()) {
            histogram(row, histograms.resolve(row.result().spec().name() + ".hlog"));
        }
    }

    /** One interval per trial, in the log format of HdrHistogram. */
    private static void histogram(JudgedRow row, Path file) throws FileNotFoundException {
        var writer = new HistogramLogWriter(file.toFile());
        try {
            writer.outputComment("[latencies in nanoseconds, one interval per trial: "
                    + row.result().spec().name() + "]");
            writer.outputLogFormatVersion();
            writer.outputLegend();
            double second = 0;
            for (Trial trial : row.result().trials()) {
                double end = second + trial.elapsedNanos() / 1e9;
                Histogram histogram = trial.histogram();
                writer.outputIntervalHistogram(second, end, histogram, 1);
                second = end;
            }
        } finally {
            writer.close();
        }
    }
}
