package org.machbed.testbed.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.testbed.predict.Primitive;
import org.machbed.testbed.predict.PrimitiveCosts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/** What a run leaves, from rows that were made up. */
class ReportTest {
    private final RunReport report = MadeUpReport.report();

    @Test
    void resultsHaveSchemaOne() throws Exception {
        JsonNode root = new ObjectMapper().readTree(ResultsJson.text(report));

        assertThat(root.path("schema").asInt()).isEqualTo(1);
        assertThat(root.path("environment").path("cpu").asText()).isEqualTo("A <CPU> & more");
        assertThat(root.path("primitives").path("nullTrap").asDouble()).isEqualTo(5000);
        assertThat(root.path("rows")).hasSize(report.evidence().rows().size());
        JsonNode kernel = root.path("rows").get(0);
        assertThat(kernel.path("topology").asText()).isEqualTo("in-kernel");
        assertThat(kernel.path("latencyNanos").properties())
                .extracting(Map.Entry::getKey)
                .contains("mean", "p50", "p90", "p99", "p999", "max", "ci95");
        assertThat(kernel.path("crossings").path("traps").asDouble()).isEqualTo(4);
        assertThat(kernel.path("crossingsByHost").path("a").path("traps").asDouble())
                .isEqualTo(2);
        assertThat(kernel.path("crossings").properties())
                .extracting(Map.Entry::getKey)
                .contains("traps", "messages", "outOfLine", "doorbells", "contextSwitches", "copies", "bytesCopied");
        assertThat(kernel.path("predictedNanos").asLong()).isEqualTo(28_000);
        assertThat(kernel.path("verdict").asText()).isEqualTo("reference");
        assertThat(kernel.path("cpuPercent").path("sender").asDouble()).isPositive();
    }

    @Test
    void aCalibrationTellsEveryPrimitiveByItsName() throws Exception {
        PrimitiveCosts costs = new PrimitiveCosts(Map.of(Primitive.NULL_TRAP, 5_000.0, Primitive.SPL_PAIR, 24.2));

        JsonNode primitives =
                new ObjectMapper().readTree(ResultsJson.text(costs)).path("primitives");

        assertThat(primitives.path("nullTrap").asDouble()).isEqualTo(5_000);
        assertThat(primitives.path("splPair").asDouble()).isEqualTo(24.2);
        assertThat(primitives).hasSize(2);
    }

    @Test
    void everyClaimHasAVerdictAndAReason() throws Exception {
        JsonNode claims = new ObjectMapper().readTree(ResultsJson.text(report)).path("claims");

        assertThat(claims).hasSize(report.claims().size());
        for (JsonNode claim : claims) {
            assertThat(claim.path("verdict").asText()).isIn("holds", "fails", "cannot tell");
            assertThat(claim.path("because").asText()).isNotEmpty();
            assertThat(claim.has("published")).isTrue();
            assertThat(claim.path("interval")).hasSize(2);
        }
    }

    @Test
    void thePageNeedsNothingElse() {
        String page = HtmlReport.text(report);

        assertThat(page).startsWith("<!doctype html>").endsWith("</html>\n");
        assertThat(page).doesNotContain("http:", "https:", "<script", "@import", "url(//", "<link", "<img");
        assertThat(page).contains("A &lt;CPU&gt; &amp; more").doesNotContain("A <CPU>");
        assertThat(page).doesNotContain("NaN", "Infinity");
        assertThat(page)
                .contains("Table 1", "Table 2", "Table 3", "19.5", "server-ipc-vm (chronicle)", "How to read it");
    }

    @Test
    void theTerminalShowsTablesCrossingsAndClaims() {
        String text = TerminalReport.text(report);

        assertThat(text)
                .contains("Table 1:", "Table 2:", "Table 3:", "Crossings per round trip", "Claims", "Noise floor");
        assertThat(text).doesNotContain("NaN", "Infinity");
        assertThat(text.lines()).noneMatch(line -> line.endsWith(" "));
    }

    @Test
    void everyWorkloadHasATableAndANoiseFloor() throws Exception {
        RunReport two = MadeUpReport.ofTwoWorkloads();
        String text = TerminalReport.text(two);

        assertThat(text)
                .containsSubsequence(
                        "\nudp-rtt of 1 byte, MTU 1500\n",
                        "\ntcp-stream of 65536 bytes, MTU 65535\n",
                        "Throughput,",
                        "Crossings per round trip, on each host: udp-rtt of 1 byte, MTU 1500",
                        "Crossings per message, on each host: tcp-stream of 65536 bytes, MTU 65535",
                        "Noise floor of udp-rtt of 1 byte, MTU 1500 (A/A): ",
                        "Noise floor of tcp-stream of 65536 bytes, MTU 65535 (A/A): ");
        assertThat(HtmlReport.text(two))
                .contains("<h3>udp-rtt of 1 byte, MTU 1500</h3>", "Mbit/s")
                .doesNotContain("NaN", "Infinity");
        JsonNode root = new ObjectMapper().readTree(ResultsJson.text(two));
        assertThat(root.path("scenarios"))
                .extracting(scenario -> scenario.path("title").asText())
                .containsExactly("udp-rtt of 1 byte, MTU 1500", "tcp-stream of 65536 bytes, MTU 65535");
        assertThat(root.path("scenarios").get(0).path("noiseFloor").asDouble()).isCloseTo(0.006, within(0.002));
        assertThat(root.path("scenarios").get(1).path("noiseFloor").asDouble()).isCloseTo(0.095, within(0.004));
        assertThat(root.path("rows").get(3).path("scenario").asText())
                .isEqualTo("tcp-stream of 65536 bytes, MTU 65535");
    }

    /** Its wire is the machine's own, whatever MTU the run's segments have. */
    @Test
    void theBaselineHasTheMtuOfItsOwnWireOrNoneAndTheReason() throws Exception {
        JsonNode rows = new ObjectMapper()
                .readTree(ResultsJson.text(MadeUpReport.ofTwoWorkloads()))
                .path("rows");

        assertThat(rows.get(0).path("mtu").asInt()).isEqualTo(1500);
        assertThat(rows.get(1).path("mtu").isNull()).isTrue();
        assertThat(rows.get(1).path("mtuUnknown").asText()).contains("loopback");
    }

    @Test
    void rawHistogramsAreKept(@TempDir Path directory) throws Exception {
        ReportFiles.write(report, directory);

        assertThat(directory.resolve("report.html")).exists();
        assertThat(directory.resolve("results.json")).exists();
        try (var reader = new HistogramLogReader(
                directory.resolve("histograms/in-kernel.hlog").toFile())) {
            assertThat(reader.nextIntervalHistogram())
                    .isInstanceOfSatisfying(
                            Histogram.class,
                            histogram -> assertThat(histogram.getTotalCount()).isEqualTo(1000));
        }
    }
}
