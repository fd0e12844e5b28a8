package org.machbed.testbed.measure;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.ipc.process.Crossing;
import org.machbed.testbed.fake.FakeRows;
import org.machbed.testbed.launch.Run;

import static org.assertj.core.api.Assertions.assertThat;

/** The control protocol and the counters, on processes that only pretend to work. */
@Timeout(60)
class RowDriverTest {
    private static final Workload WORKLOAD = Workload.udpRoundTrip(1);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path parent;

    @Test
    void aTrialCountsWhatTheProcessesOfEachHostCounted() throws Exception {
        try (Run run = Run.open(parent, parent.resolve("logs"));
                var driver = new RowDriver(
                        run.start(FakeRows.plan(run, "row"), FakeRows.jvm()),
                        "row",
                        WORKLOAD,
                        Duration.ofSeconds(30))) {
            driver.open(5001);
            driver.warm(10);

            Trial trial = driver.trial(25);

            assertThat(trial.operations()).isEqualTo(25);
            assertThat(trial.elapsedNanos()).isEqualTo(25 * 50_000L);
            assertThat(trial.histogram().getTotalCount()).isEqualTo(25);
            assertThat(trial.medianNanos()).isBetween(50_000.0, 50_100.0);
            for (String host : new String[] {"a", "b"}) {
                HostUse use = trial.use().get(host);
                assertThat(use).isNotNull();
                assertThat(use.count(Crossing.TRAPS)).isEqualTo(50);
                assertThat(use.count(Crossing.COPIED_BYTES)).isEqualTo(25);
                assertThat(use.count(Crossing.MESSAGES)).isZero();
            }
        }
    }

    @Test
    void countsGarbagePerOperationOfEachProcess() throws Exception {
        try (Run run = Run.open(parent, parent.resolve("logs"));
                var driver = new RowDriver(
                        run.start(FakeRows.plan(run, "row"), FakeRows.jvm()),
                        "row",
                        WORKLOAD,
                        Duration.ofSeconds(30))) {
            driver.open(5001);

            // The clients say that a trial cost them 1000 bytes and 3 an operation, whatever their replies cost.
            assertThat(driver.allocatedBytesPerOperation(100))
                    .containsOnlyKeys("a/fake-kernel", "b/fake-kernel", "a/fake-client", "b/fake-client")
                    .containsEntry("a/fake-client", 3.0)
                    .containsEntry("b/fake-client", 3.0);
        }
    }
}
