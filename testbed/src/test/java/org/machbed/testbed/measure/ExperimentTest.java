package org.machbed.testbed.measure;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.testbed.fake.FakeRows;
import org.machbed.testbed.fake.RecordedProgress;
import org.machbed.testbed.launch.Run;
import org.machbed.testbed.launch.RunFailure;
import org.machbed.testbed.measure.RowSpec.RowRole;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Who runs when: rows of processes that only pretend to work, and write down what they are told. */
@Timeout(120)
class ExperimentTest {
    private static final RowSpec REFERENCE = FakeRows.row("kernel", RowRole.REFERENCE);
    private static final RowSpec COMPARED = FakeRows.row("server", RowRole.COMPARED);
    private static final RowSpec AGAIN = FakeRows.row("again", RowRole.SAME_AGAIN);

    /** Rounds of 20 operations, after a warm-up of 30 and windows of 10 until 2 agree, and 50 to count garbage. */
    private static final MeasurementSettings SETTINGS =
            new MeasurementSettings(true, 4, 20, 30, 10, 2, 0.05, 5, 50, Duration.ofSeconds(30));

    private final RecordedProgress progress = new RecordedProgress();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path parent;

    @Test
    void roundsGoThroughAllRowsInTurn() throws Exception {
        List<RowSpec> rows = List.of(REFERENCE, COMPARED, AGAIN);
        List<RowResult> results;
        List<String> before;
        try (Run run = Run.open(parent, parent.resolve("logs"))) {
            Experiment experiment = experiment(run);
            try (Experiment.Rows prepared = experiment.prepare(rows, null, TimeBudget.unlimited())) {
                experiment.settle(prepared);
                before = journal();
                results = experiment.measure(prepared);
            }
        }

        assertThat(before.subList(0, 3))
                .containsExactlyInAnyOrder("kernel warm 30 kernel", "server warm 30 server", "again warm 30 again");
        assertThat(before.subList(3, before.size()))
                .containsExactly(
                        "kernel warm 10 kernel",
                        "kernel warm 10 kernel",
                        "server warm 10 server",
                        "server warm 10 server",
                        "again warm 10 again",
                        "again warm 10 again");
        List<String> measured = journal().subList(before.size(), journal().size());
        assertThat(measured)
                .startsWith(
                        "kernel trial 20 kernel",
                        "server trial 20 server",
                        "again trial 20 again",
                        "kernel trial 20 kernel")
                .endsWith(
                        "kernel trial 10 kernel",
                        "kernel trial 50 kernel",
                        "server trial 10 server",
                        "server trial 50 server",
                        "again trial 10 again",
                        "again trial 50 again")
                .hasSize(3 * 4 + 3 * 2);
        assertThat(results).extracting(RowResult::spec).isEqualTo(rows);
        assertThat(results).allSatisfy(result -> {
            assertThat(result.trials()).hasSize(4).allMatch(trial -> trial.operations() == 20);
            assertThat(result.referenceMedians())
                    .isEqualTo(results.getFirst().trials().stream()
                            .map(Trial::medianNanos)
                            .toList());
            assertThat(result.settled()).isTrue();
            assertThat(result.allocatedBytesPerOperation()).hasSize(4);
        });
        assertThat(progress.notes()).isEmpty();
    }

    /** The processes of a system write down what they are told by its name. */
    @Test
    void theSystemOfSeveralWorkloadsIsStartedOnceAndDoesThemInTurn() throws Exception {
        Workload udp = Workload.udpRoundTrip(1);
        Workload tcp = Workload.of("tcp-rtt", 1);
        List<RowSpec> rows = List.of(
                FakeRows.row("kernel.udp", "kernel", udp, RowRole.REFERENCE),
                FakeRows.row("server.udp", "server", udp, RowRole.COMPARED),
                FakeRows.row("kernel.tcp", "kernel", tcp, RowRole.REFERENCE),
                FakeRows.row("server.tcp", "server", tcp, RowRole.COMPARED));
        List<RowResult> results;
        List<String> before;
        try (Run run = Run.open(parent, parent.resolve("logs"))) {
            Experiment experiment = experiment(run);
            try (Experiment.Rows prepared = experiment.prepare(rows, null, TimeBudget.unlimited())) {
                assertThat(run.directory().toFile().list())
                        .containsExactlyInAnyOrder("lock", "processes", "kernel", "server");
                experiment.settle(prepared);
                before = journal();
                results = experiment.measure(prepared);
            }
        }

        assertThat(before).filteredOn("kernel warm 30 kernel.udp"::equals).hasSize(1);
        assertThat(before).filteredOn("kernel warm 30 kernel.tcp"::equals).hasSize(1);
        assertThat(journal().subList(before.size(), journal().size()))
                .startsWith(
                        "kernel trial 20 kernel.udp",
                        "server trial 20 server.udp",
                        "kernel trial 20 kernel.tcp",
                        "server trial 20 server.tcp",
                        "kernel trial 20 kernel.udp");
        assertThat(results).extracting(RowResult::spec).isEqualTo(rows);
        assertThat(results.getLast().referenceMedians())
                .isEqualTo(
                        results.get(2).trials().stream().map(Trial::medianNanos).toList());
    }

    @Test
    void aRowThatDoesNotSettleIsMeasuredAllTheSameAndSaysSo() throws Exception {
        try (Run run = Run.open(parent, parent.resolve("logs"))) {
            var experiment = new Experiment(
                    run,
                    FakeRows.jvm(),
                    FakeRows.planner(run, journalFile(), "--behaviour=SLOWER_EACH_WINDOW"),
                    SETTINGS,
                    progress);
            try (Experiment.Rows prepared = experiment.prepare(List.of(REFERENCE), null, TimeBudget.unlimited())) {
                experiment.settle(prepared);
                List<RowResult> results = experiment.measure(prepared);

                assertThat(journal())
                        .filteredOn("kernel warm 10 kernel"::equals)
                        .hasSize(5);
                assertThat(results.getFirst().settled()).isFalse();
                assertThat(results.getFirst().trials()).hasSize(4);
            }
        }
        assertThat(progress.notes()).containsExactly("kernel: its medians had not settled when the warm-up ended");
    }

    @Test
    void whenTheTimeHasGoneTrialsAreShortAndAsFewAsMayBe() throws Exception {
        try (Run run = Run.open(parent, parent.resolve("logs"))) {
            Experiment experiment = experiment(run);
            var late = new AtomicBoolean();
            try (Experiment.Rows prepared = experiment.prepare(
                    List.of(REFERENCE), now -> late.set(now.getAsBoolean()), TimeBudget.of(Duration.ofNanos(1)))) {
                assertThat(late).isTrue();
                experiment.settle(prepared);
                List<RowResult> results = experiment.measure(prepared);

                assertThat(results.getFirst().trials()).hasSize(3);
            }
        }
        assertThat(journal())
                .containsExactly(
                        "kernel warm 30 kernel",
                        "kernel trial 5 kernel",
                        "kernel trial 5 kernel",
                        "kernel trial 5 kernel",
                        "kernel trial 2 kernel",
                        "kernel trial 12 kernel");
        assertThat(progress.notes())
                .containsExactly(
                        "kernel: its medians had not settled when the warm-up ended",
                        "time was short: trials of 5 operations",
                        "time was short: 3 rounds instead of 4");
    }

    /** An operation of the fakes takes 50 microseconds. */
    @Test
    void trialsOfSomeTimeAreAsLongAsTheWarmUpSaysWhereNoTimeWasLeftToSettle() throws Exception {
        MeasurementSettings settings = SETTINGS.withTrial(new TrialLength.Time(Duration.ofMillis(1)));
        try (Run run = Run.open(parent, parent.resolve("logs"))) {
            var experiment =
                    new Experiment(run, FakeRows.jvm(), FakeRows.planner(run, journalFile()), settings, progress);
            try (Experiment.Rows prepared =
                    experiment.prepare(List.of(REFERENCE), null, TimeBudget.of(Duration.ofNanos(1)))) {
                experiment.settle(prepared);
                List<RowResult> results = experiment.measure(prepared);

                assertThat(results.getFirst().trials())
                        .extracting(Trial::operations)
                        .allSatisfy(operations -> assertThat(operations).isBetween(4, 5));
            }
        }
    }

    @Test
    void whatGoesOnAlongsideFailsThePreparation() throws Exception {
        try (Run run = Run.open(parent, parent.resolve("logs"))) {
            Experiment.Preparation alongside = _ -> {
                throw new RunFailure("the primitives have gone");
            };

            assertThatThrownBy(() -> experiment(run).prepare(List.of(REFERENCE), alongside, TimeBudget.unlimited()))
                    .isInstanceOf(RunFailure.class)
                    .hasMessage("the primitives have gone");
        }
    }

    private Experiment experiment(Run run) {
        return new Experiment(run, FakeRows.jvm(), FakeRows.planner(run, journalFile()), SETTINGS, progress);
    }

    private Path journalFile() {
        return parent.resolve("journal");
    }

    private List<String> journal() throws Exception {
        return Files.readAllLines(journalFile());
    }
}
