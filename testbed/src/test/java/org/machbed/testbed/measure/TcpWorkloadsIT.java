package org.machbed.testbed.measure;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.machbed.ipc.process.Crossing;
import org.machbed.testbed.fake.RecordedProgress;
import org.machbed.testbed.launch.Distribution;
import org.machbed.testbed.launch.Run;
import org.machbed.testbed.machine.Machine;
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

    private static List<RowResult> measure(Workload... workloads) throws Exception {
        List<RowSpec> specs = new ArrayList<>();
        for (Workload workload : workloads) {
            specs.add(RealRows.with(RealRows.row("in-kernel", "", RowRole.REFERENCE), workload));
            specs.add(RealRows.with(RealRows.row("library", "", RowRole.COMPARED), workload));
            specs.add(RealRows.with(RealRows.row("library-mapped", "", RowRole.COMPARED), workload));
            specs.add(RealRows.with(RealRows.row("library-newapi", "", RowRole.COMPARED), workload));
            specs.add(RealRows.with(RealRows.row("linux", "", RowRole.BASELINE), workload));
        }
        return measure(specs);
    }

    private static List<RowResult> measure(List<RowSpec> specs) throws Exception {
        Path sharedMemory = RealRows.sharedMemory("tcp-workloads");
        try {
            try (Run run = Run.open(sharedMemory, Path.of("target", "tcp-workloads"))) {
                var experiment =
                        new Experiment(run, Distribution.jvm(), RealRows.compiler(), SETTINGS, new RecordedProgress());
                try (Experiment.Rows rows = experiment.prepare(specs, null, TimeBudget.unlimited())) {
                    return experiment.measure(rows);
                }
            }
        } finally {
            Files.deleteIfExists(sharedMemory);
        }
    }

    /** All workloads in one run: the same processes do them in turn, and what one crosses is not counted as another's. */
    @Test
    void theSameProcessesDoAllWorkloads() throws Exception {
        List<RowResult> results =
                measure(Workload.udpRoundTrip(1), Workload.of("tcp-rtt", 1), Workload.of("tcp-stream", 100_000));
        assertThat(results)
                .hasSize(15)
                .allSatisfy(row -> assertThat(row.operations()).isEqualTo(ROUNDS * OPERATIONS));
        assertThat(results.getFirst().perOperation(Crossing.TRAPS)).isEqualTo(4);
        assertThat(results.getFirst().perOperation(Crossing.FRAMES_SENT)).isEqualTo(2);
        RowResult linux = results.get(4);
        assertThat(linux.conditions().mtuBytes()).isEqualTo(Machine.loopbackMtuBytes());
        assertThat(linux.conditions().mtuBytes()).isNotEmpty();
        RowResult inKernel = results.get(5);
        assertThat(inKernel.conditions().mtuBytes()).hasValue(RealRows.MTU_BYTES);
        assertThat(inKernel.perOperation("a", Crossing.TRAPS)).isEqualTo(2);
        assertThat(inKernel.perOperation("b", Crossing.TRAPS)).isEqualTo(2);
        RowResult mapped = results.get(7);
        assertThat(mapped.perOperation(Crossing.TRAPS)).isZero();
        assertThat(mapped.perOperation(Crossing.MESSAGES)).isZero();
        assertThat(mapped.perOperation(Crossing.COPIES)).isEqualTo(4);
        // Lent buffers save a copy each way on each host, whatever lone acknowledgements cost.
        RowResult library = results.get(6);
        RowResult lending = results.get(8);
        assertThat(lending.perOperation(Crossing.MESSAGES)).isZero();
        assertThat(lending.perOperation(Crossing.COPIES)).isBetween(4.0, library.perOperation(Crossing.COPIES) - 3);
        // An acknowledgement goes alone only where no message comes within its 40 ms, as at the end of a trial.
        assertThat(inKernel.perOperation(Crossing.FRAMES_SENT)).isGreaterThanOrEqualTo(2);
    }

    @Test
    void aStreamArrivesWholeThroughAServer() throws Exception {
        RowSpec server = RealRows.row("server-window", "", RowRole.REFERENCE);
        assertThat(measure(List.of(RealRows.with(server, Workload.of("tcp-stream", 100_000)))))
                .singleElement()
                .satisfies(row -> assertThat(row.operations()).isEqualTo(ROUNDS * OPERATIONS));
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
