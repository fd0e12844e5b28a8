package org.machbed.testbed.compare;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.testbed.compare.RunComparison.Verdict;
import org.machbed.testbed.launch.RunFailure;
import org.machbed.testbed.report.MadeUpReport;
import org.machbed.testbed.report.ResultsJson;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

class RunComparisonTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    private ResultsFile run(String name, String cpu, String noise, String... rows) throws IOException, RunFailure {
        Path file = directory.resolve(name);
        Files.writeString(file, """
                {"schema": 1, "command": "machbed measure", "environment": {"cpu": "%s", "jdk": "25", "notes": []},
                 "scenarios": [{"title": "udp-rtt", "noiseFloor": %s}],
                 "rows": [%s]}
                """.formatted(cpu, noise, String.join(",", rows)));
        return ResultsFile.read(file);
    }

    private static String row(String name, String medians) {
        return """
                {"name": "%s", "scenario": "udp-rtt", "latencyNanos": {"roundMedians": [%s]}}""".formatted(name, medians);
    }

    @Test
    void tellsApartWhatDiffersByMoreThanTheNoise() throws Exception {
        RunComparison comparison = RunComparison.of(
                run("a", "x", "0.05", row("kernel", "1000, 1001, 999"), row("server", "2000, 2002, 1998")),
                run("b", "x", "0.02", row("kernel", "1040, 1041, 1039"), row("server", "1000, 1001, 999")));

        assertThat(comparison.rows())
                .extracting(row -> row.key().variant(), RunComparison.ComparedRow::verdict)
                .containsExactly(tuple("kernel", Verdict.CANNOT_TELL), tuple("server", Verdict.FASTER));
        RunComparison.ComparedRow kernel = comparison.rows().getFirst();
        assertThat(kernel.ratio().value()).isCloseTo(1.04, within(1e-3));
        assertThat(kernel.ratio().low()).isLessThan(1);
        assertThat(comparison.environment()).isEmpty();
        assertThat(ComparisonText.of(comparison))
                .contains("kernel")
                .contains("1.04")
                .contains("cannot tell")
                .contains("faster");
    }

    @Test
    void theOtherWayRoundItIsSlower() throws Exception {
        RunComparison comparison = RunComparison.of(
                run("a", "x", "null", row("kernel", "1000, 1001, 999")),
                run("b", "x", "null", row("kernel", "1500, 1501, 1499")));

        assertThat(comparison.rows().getFirst().verdict()).isEqualTo(Verdict.SLOWER);
    }

    @Test
    void oneRoundTellsNothing() throws Exception {
        RunComparison comparison = RunComparison.of(
                run("a", "x", "null", row("kernel", "1000")), run("b", "x", "null", row("kernel", "9000")));

        assertThat(comparison.rows().getFirst().verdict()).isEqualTo(Verdict.CANNOT_TELL);
        JsonNode json = new ObjectMapper().readTree(ComparisonJson.of(comparison));
        assertThat(json.at("/rows/0/ratio/value").asDouble()).isCloseTo(9, within(1e-9));
        assertThat(json.at("/rows/0/ratio/high").isNull()).isTrue();
        assertThat(json.at("/rows/0/verdict").asText()).isEqualTo("cannot tell");
    }

    @Test
    void saysWhatIsElsewhereAndWhatOnlyOneHas() throws Exception {
        RunComparison comparison = RunComparison.of(
                run("a", "x", "null", row("kernel", "1000, 1001"), row("old", "1, 1")),
                run("b", "y", "null", row("kernel", "1000, 1001"), row("new", "1, 1")));

        assertThat(ComparisonText.of(comparison))
                .contains("cpu differs: x | y")
                .contains("Only in A, udp-rtt: old")
                .contains("Only in B, udp-rtt: new")
                .doesNotContain("jdk differs");
        JsonNode json = new ObjectMapper().readTree(ComparisonJson.of(comparison));
        assertThat(json.at("/environment/cpu/b").asText()).isEqualTo("y");
        assertThat(json.at("/onlyInA/0/name").asText()).isEqualTo("old");
    }

    /** The names of rows say which workload they did where a run had several. */
    @Test
    void aRowFindsItsLikeInARunThatHadMoreWorkloads() throws Exception {
        String alone = """
                {"name": "kernel", "variant": "kernel", "scenario": "udp-rtt", "latencyNanos": {"roundMedians": [1000]}}""";
        String oneOfTwo = """
                {"name": "kernel.%1$s", "variant": "kernel", "scenario": "%1$s", "latencyNanos": {"roundMedians": [1000]}}""";

        RunComparison comparison = RunComparison.of(
                run("a", "x", "null", alone),
                run("b", "x", "null", oneOfTwo.formatted("udp-rtt"), oneOfTwo.formatted("tcp-rtt")));

        assertThat(comparison.rows())
                .extracting(RunComparison.ComparedRow::key)
                .containsExactly(new ResultsFile.RowKey("kernel", "udp-rtt"));
        assertThat(ComparisonText.of(comparison))
                .contains("Only in B, tcp-rtt: kernel")
                .doesNotContain("Only in A");
    }

    @Test
    void readsWhatAMeasurementLeaves() throws Exception {
        Files.writeString(directory.resolve("results.json"), ResultsJson.text(MadeUpReport.report()));

        ResultsFile file = ResultsFile.read(directory);

        assertThat(file.rows()).isNotEmpty();
        assertThat(RunComparison.of(file, file).rows())
                .hasSameSizeAs(file.rows().keySet())
                .allMatch(row -> row.verdict() == Verdict.CANNOT_TELL);
    }

    @Test
    void refusesWhatIsNoResult() throws Exception {
        Path file = directory.resolve("x.json");
        assertThatThrownBy(() -> ResultsFile.read(file)).hasMessage("there is no file " + file + ".");
        Files.writeString(file, "{");
        assertThatThrownBy(() -> ResultsFile.read(file)).hasMessageStartingWith(file + " is not JSON: ");
        Files.writeString(file, "{}");
        assertThatThrownBy(() -> ResultsFile.read(file))
                .hasMessage(file + " has no schema, and results of schema 1 are wanted.");
        Files.writeString(file, "{\"schema\": 2}");
        assertThatThrownBy(() -> ResultsFile.read(file))
                .hasMessage(file + " has schema 2, and results of schema 1 are wanted.");
        Files.writeString(file, "{\"schema\": 1, \"primitives\": {}}");
        assertThatThrownBy(() -> ResultsFile.read(file))
                .hasMessage(file + " has no rows or no scenarios: it is not what a measurement leaves.");
        assertThatThrownBy(() -> run("y.json", "x", "null", row("kernel", "0")))
                .hasMessageEndingWith("row kernel in udp-rtt has no roundMedians, or such as no operation takes.");
    }
}
