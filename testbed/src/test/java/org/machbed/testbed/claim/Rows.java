package org.machbed.testbed.claim;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.HdrHistogram.Histogram;
import org.machbed.ipc.process.Crossing;
import org.machbed.testbed.machine.ProcFs;
import org.machbed.testbed.measure.Conditions;
import org.machbed.testbed.measure.HostUse;
import org.machbed.testbed.measure.MeasurementSettings;
import org.machbed.testbed.measure.RowResult;
import org.machbed.testbed.measure.RowSpec;
import org.machbed.testbed.measure.RowSpec.RowRole;
import org.machbed.testbed.measure.Scenario;
import org.machbed.testbed.measure.SystemSpec;
import org.machbed.testbed.measure.Trial;
import org.machbed.testbed.measure.Workload;
import org.machbed.testbed.predict.Primitive;
import org.machbed.testbed.predict.PrimitiveCosts;
import org.machbed.testbed.topology.Topology;
import org.machbed.testbed.topology.TopologyCatalog;
import org.machbed.testbed.topology.TopologyOption;
import org.machbed.testbed.topology.WireKind;

/** Rows made up for tests: four rounds that differ by a per cent or so. */
public final class Rows {
    private static final double[] JITTER = {1.0, 1.01, 0.99, 1.005};
    public static final MeasurementSettings SETTINGS =
            new MeasurementSettings(true, 4, 1000, 0, 1, 1, 1, 1, 10, Duration.ofSeconds(1));

    public static final PrimitiveCosts COSTS = new PrimitiveCosts(Map.of(
            Primitive.BARE_FUTEX_ROUND_TRIP, 4_600.0,
            Primitive.NULL_TRAP, 5_000.0,
            Primitive.BARE_GRPC_STREAM_ROUND_TRIP, 29_000.0,
            Primitive.NULL_RPC, 60_000.0,
            Primitive.NULL_RPC_CHRONICLE, 20_000.0,
            Primitive.KERNEL_RPC, 40_000.0,
            Primitive.KERNEL_RPC_CHRONICLE, 10_000.0,
            Primitive.DOORBELL_ACROSS, 4_000.0));

    private Rows() {}

    /** A row of round trips of one byte over UDP; the reference takes 50 microseconds. */
    public static RowResult row(
            String topology, String ipc, RowRole role, double micros, Map<Crossing, Long> perRoundTrip) {
        return row(new Scenario(Workload.udpRoundTrip(1), 1500), 50, topology, ipc, role, micros, perRoundTrip);
    }

    /** A row of a topology of the catalogue that takes so many microseconds and counts so much per round trip. */
    public static RowResult row(
            Scenario scenario,
            double referenceMicros,
            String topology,
            String ipc,
            RowRole role,
            double micros,
            Map<Crossing, Long> perRoundTrip) {
        Topology found = TopologyCatalog.find(topology).orElseThrow();
        Topology variant = ipc.isEmpty() ? found : found.with(Map.of(TopologyOption.IPC, ipc));
        var trials = new ArrayList<Trial>();
        for (double jitter : JITTER) {
            trials.add(trial(micros * 1000 * jitter, perRoundTrip));
        }
        String name =
                topology + (ipc.equals("chronicle") ? ".chronicle" : "") + (role == RowRole.SAME_AGAIN ? ".again" : "");
        return new RowResult(
                new RowSpec(name, name, new SystemSpec(name, variant, scenario.mtuBytes()), scenario.workload(), role),
                0,
                trials,
                Arrays.stream(JITTER)
                        .mapToObj(jitter -> 1000 * referenceMicros * jitter)
                        .toList(),
                true,
                conditions(found, scenario),
                Map.of("a/kernel-node", 0.2, "b/kernel-node", -0.1, "a/client-app", 24.0),
                Map.of("a", 3_000_000L, "b", 5_000_000L),
                List.of("a/kernel-node real-time=granted"));
    }

    /** A row cut to its first round. */
    public static RowResult oneRound(RowResult row) {
        return new RowResult(
                row.spec(),
                row.batch(),
                row.trials().subList(0, 1),
                row.referenceMedians().subList(0, 1),
                row.settled(),
                row.conditions(),
                row.allocatedBytesPerOperation(),
                row.sharedMemoryBytes(),
                row.notes());
    }

    private static Conditions conditions(Topology topology, Scenario scenario) {
        OptionalInt mtuBytes =
                topology.wire() == WireKind.LOOPBACK ? OptionalInt.empty() : OptionalInt.of(scenario.mtuBytes());
        return new Conditions(
                scenario.workload().bytes(), mtuBytes, topology.wire().label(), "a:0 b:1", "tsc", 0, 0);
    }

    private static Trial trial(double nanos, Map<Crossing, Long> perRoundTrip) {
        var histogram = new Histogram(3);
        histogram.recordValueWithCount((long) nanos, 1000);
        Map<Crossing, Long> half = new EnumMap<>(Crossing.class);
        perRoundTrip.forEach((crossing, count) -> half.put(crossing, count * 500));
        var use = new HostUse(half, 3000, (long) (nanos * 400));
        return new Trial(
                1000, (long) (nanos * 1000), histogram, Map.of("a", use, "b", use), new ProcFs.CpuTicks(100, 0));
    }
}
