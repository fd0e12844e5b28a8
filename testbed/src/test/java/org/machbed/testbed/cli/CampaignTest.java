package org.machbed.testbed.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.testbed.claim.Evidence;
import org.machbed.testbed.claim.JudgedRow;
import org.machbed.testbed.claim.Rows;
import org.machbed.testbed.fake.FakeRows;
import org.machbed.testbed.fake.RecordedProgress;
import org.machbed.testbed.launch.Run;
import org.machbed.testbed.measure.Batches;
import org.machbed.testbed.measure.Experiment;
import org.machbed.testbed.measure.MeasurementSettings;
import org.machbed.testbed.measure.RowSpec;
import org.machbed.testbed.measure.RowSpec.RowRole;
import org.machbed.testbed.predict.PrimitiveCosts;

import static org.assertj.core.api.Assertions.assertThat;

/** Rows that do not fit into memory at once, on processes that write down what they are told. */
@Timeout(120)
class CampaignTest {
    private static final MeasurementSettings SETTINGS =
            new MeasurementSettings(true, 2, 20, 0, 10, 1, 0.05, 1, 5, Duration.ofSeconds(30));
    private static final List<RowSpec> ROWS = List.of(
            FakeRows.row("kernel", RowRole.REFERENCE),
            FakeRows.row("server", RowRole.COMPARED),
            FakeRows.row("again", RowRole.SAME_AGAIN));

    private final RecordedProgress progress = new RecordedProgress();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path parent;

    /** Primitives that nobody measures, in the same journal as the rows. */
    private final class JournalledPrimitives implements Campaign.Primitives {
        private boolean closed;

        @Override
        public void warmUp(BooleanSupplier late) {
            write("primitives warm-up");
        }

        @Override
        public PrimitiveCosts measure(boolean late) {
            write("primitives measured");
            return Rows.COSTS;
        }

        @Override
        public void close() {
            if (!closed) {
                closed = true;
                write("primitives closed");
            }
        }
    }

    @Test
    void eachBatchHasTheReferenceAndThePrimitivesAreMeasuredOnce() throws Exception {
        Evidence evidence = measure(Batches.of(ROWS, 2));

        assertThat(journal())
                .filteredOn(line -> !line.contains("warm"))
                .containsExactly(
                        "primitives measured",
                        "primitives closed",
                        "kernel trial 20 kernel",
                        "again trial 20 again",
                        "kernel trial 20 kernel",
                        "again trial 20 again",
                        "kernel trial 1 kernel",
                        "kernel trial 5 kernel",
                        "again trial 1 again",
                        "again trial 5 again",
                        "kernel trial 20 kernel",
                        "server trial 20 server",
                        "kernel trial 20 kernel",
                        "server trial 20 server",
                        "kernel trial 1 kernel",
                        "kernel trial 5 kernel",
                        "server trial 1 server",
                        "server trial 5 server");
        assertThat(journal()).filteredOn("primitives warm-up"::equals).hasSize(1);
        assertThat(evidence.rows())
                .extracting(JudgedRow::result)
                .extracting(result -> result.spec().name())
                .containsExactly("kernel", "server", "again");
        assertThat(evidence.rows())
                .allSatisfy(row -> assertThat(row.result().referenceMedians()).hasSize(2));
        assertThat(evidence.costs()).isEqualTo(Rows.COSTS);
    }

    @Test
    void oneBatchHasAllRowsInTheSameRounds() throws Exception {
        measure(Batches.of(ROWS, 3));

        assertThat(journal())
                .filteredOn(line -> line.contains("trial 20"))
                .containsExactly(
                        "kernel trial 20 kernel",
                        "server trial 20 server",
                        "again trial 20 again",
                        "kernel trial 20 kernel",
                        "server trial 20 server",
                        "again trial 20 again");
    }

    private Evidence measure(List<List<RowSpec>> batches) throws Exception {
        try (Run run = Run.open(parent, parent.resolve("logs"))) {
            var experiment = new Experiment(
                    run, FakeRows.jvm(), FakeRows.planner(run, parent.resolve("journal")), SETTINGS, progress);
            return new Campaign(experiment, new JournalledPrimitives(), null).measure(ROWS, batches);
        }
    }

    private void write(String line) {
        FakeRows.journal(parent.resolve("journal"), line);
    }

    private List<String> journal() throws Exception {
        return Files.readAllLines(parent.resolve("journal"));
    }
}
