package org.machbed.testbed.measure;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.machbed.ipc.process.Crossing;
import org.machbed.testbed.fake.FakeRows;
import org.machbed.testbed.fake.RecordedProgress;
import org.machbed.testbed.launch.Run;
import org.machbed.testbed.measure.RowSpec.RowRole;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The TCP workloads through the launcher, in real processes on two hosts. Both sides of a workload number and count what they send
 * and get, so that a trial which ends has moved everything. Logs of a failure stay in {@code target/tcp-workloads}.
 */
@Timeout(300)
class TcpWorkloadsIT {
    private static final int ROUNDS = 2;
    private static final int OPERATIONS = 50;
    private static final MeasurementSettings SETTINGS = new MeasurementSettings(
            true, ROUNDS, OPERATIONS, OPERATIONS, 1, 1, 1, 0, OPERATIONS, Duration.ofSeconds(60));

    private static List<RowResult> measure(Workload workload) throws Exception {
        Path sharedMemory = RealRows.sharedMemory("tcp");
        List<RowSpec> specs =
                List.of(RealRows.row("in-kernel", "", RowRole.REFERENCE), RealRows.row("linux", "", RowRole.BASELINE));
        try (Run run = Run.open(sharedMemory, Path.of("target", "tcp-workloads"))) {
            var experiment = new Experiment(
                    run,
                    FakeRows.jvm(),
                    RealRows.compiler(),
                    RealRows.MTU_BYTES,
                    workload,
                    SETTINGS,
                    new RecordedProgress());
            try (Experiment.Rows rows = experiment.prepare(specs, null, TimeBudget.unlimited())) {
                return experiment.measure(rows);
            }
        }
    }

    @Test
    void roundTripsCrossTheGateOnceForEachCall() throws Exception {
        List<RowResult> results = measure(Workload.of("tcp-rtt", 1));
        for (RowResult row : results) {
            assertThat(row.operations()).isEqualTo(ROUNDS * OPERATIONS);
        }
        RowResult inKernel = results.getFirst();
        assertThat(inKernel.perOperation("a", Crossing.TRAPS)).isEqualTo(2);
        assertThat(inKernel.perOperation("b", Crossing.TRAPS)).isEqualTo(2);
        // No acknowledgement goes alone: each rides on the next message.
        assertThat(inKernel.perOperation(Crossing.FRAMES_SENT)).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 65_536, 1_000_000})
    void aStreamArrivesWhole(int bytes) throws Exception {
        for (RowResult row : measure(Workload.of("tcp-stream", bytes))) {
            assertThat(row.operations()).isEqualTo(ROUNDS * OPERATIONS);
            assertThat(row.trials()).hasSize(ROUNDS);
            assertThat(row.throughputBitsPerSecond()).isPositive();
        }
    }
}
