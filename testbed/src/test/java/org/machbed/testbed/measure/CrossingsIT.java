package org.machbed.testbed.measure;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.machbed.ipc.process.Crossing;
import org.machbed.testbed.fake.RecordedProgress;
import org.machbed.testbed.launch.Distribution;
import org.machbed.testbed.launch.Run;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a round trip crosses in each topology, counted in real processes on two hosts. The counts repeat exactly; doorbells,
 * hand-offs and levels depend on who runs first and are not among them. Logs of a failure stay in {@code target/crossings}.
 */
@Timeout(300)
@Isolated("rows are counted within the minute that an ARP entry lasts: its confirmation would be a frame more")
class CrossingsIT {
    private static final int ROUND_TRIPS = 20;

    /** Rows share virtual machines. The warm-up is for ARP and for whatever else happens but once. */
    private static final MeasurementSettings SETTINGS =
            new MeasurementSettings(true, 2, ROUND_TRIPS, ROUND_TRIPS, 1, 1, 1, 0, ROUND_TRIPS, Duration.ofSeconds(60));

    private static final Map<String, RowResult> RESULTS = new LinkedHashMap<>();
    private static final RecordedProgress PROGRESS = new RecordedProgress();

    @SuppressWarnings("NullAway.Init")
    private static Path sharedMemory;

    @BeforeAll
    static void measureEveryTopology() throws Exception {
        sharedMemory = RealRows.sharedMemory("crossings");
        try (Run run = Run.open(sharedMemory, Path.of("target", "crossings"))) {
            var experiment = new Experiment(run, Distribution.jvm(), RealRows.compiler(), SETTINGS, PROGRESS);
            try (Experiment.Rows rows = experiment.prepare(RealRows.all(), null, TimeBudget.unlimited())) {
                experiment
                        .measure(rows)
                        .forEach(result -> RESULTS.put(result.spec().name(), result));
            }
        }
    }

    @AfterAll
    static void removeSharedMemory() throws Exception {
        Files.deleteIfExists(sharedMemory);
    }

    /** Of one host per round trip, which is one datagram out and one in; both hosts do the same. */
    @ParameterizedTest
    @CsvSource(useHeadersInDisplayName = true, textBlock = """
            topology,                    traps, messages, to kernel, maps, copies, bytes, filter instructions
            in-kernel,                       2,        0,         0,    0,      4,     4,  0
            server-ipc-vm.grpc,              0,        4,         3,    1,      8,   151, 10
            server-ipc-vm.chronicle,         0,        4,         3,    1,      8,   151, 10
            server-ipc.grpc,                 0,        4,         3,    0,      7,   108, 10
            server-ipc.chronicle,            0,        4,         3,    0,      7,   108, 10
            server-syscall.grpc,             1,        4,         1,    0,      7,   108, 10
            server-syscall.chronicle,        1,        4,         1,    0,      7,   108, 10
            server-mapped.grpc,              0,        4,         0,    0,      6,    65,  0
            server-mapped.chronicle,         0,        4,         0,    0,      6,    65,  0
            server-window.grpc,              1,        4,         0,    0,      7,   108,  0
            server-window.chronicle,         1,        4,         0,    0,      7,   108,  0
            udp-server.grpc,                 1,        4,         1,    0,      6,   107, 10
            udp-server.chronicle,            1,        4,         1,    0,      6,   107, 10
            udp-server-direct.grpc,          1,        0,         1,    0,      4,   105, 10
            udp-server-direct.chronicle,     1,        0,         1,    0,      4,   105, 10
            library.grpc,                    0,        0,         0,    0,      4,   105,  0
            library.chronicle,               0,        0,         0,    0,      4,   105,  0
            library-newapi.grpc,             0,        0,         0,    0,      2,   103,  0
            library-newapi.chronicle,        0,        0,         0,    0,      2,   103,  0
            library-mapped,                  0,        0,         0,    0,      2,     2,  0
            linux,                           0,        0,         0,    0,      0,     0,  0
            """)
    void aRoundTripCrosses(
            String name, int traps, int messages, int kernelMessages, int maps, int copies, int bytes, int filter) {
        RowResult row = result(name);
        int frames = name.equals("linux") ? 0 : 1;

        assertThat(row.trials()).hasSize(2);
        for (Trial trial : row.trials()) {
            assertThat(trial.histogram().getTotalCount()).isEqualTo(ROUND_TRIPS);
            for (String host : List.of("a", "b")) {
                HostUse use = requireNonNull(trial.use().get(host));
                assertThat(perRoundTrip(use))
                        .describedAs("host %s of %s", host, name)
                        .isEqualTo(Map.of(
                                Crossing.TRAPS, (double) traps,
                                Crossing.MESSAGES, (double) messages,
                                Crossing.KERNEL_MESSAGES, (double) kernelMessages,
                                Crossing.OUT_OF_LINE_MAPS, (double) maps,
                                Crossing.COPIES, (double) copies,
                                Crossing.COPIED_BYTES, (double) bytes,
                                Crossing.FILTER_INSTRUCTIONS, (double) filter,
                                Crossing.FRAMES_SENT, (double) frames,
                                Crossing.FRAMES_RECEIVED, (double) frames,
                                Crossing.FRAMES_DROPPED, 0.0));
            }
        }
    }

    @Test
    void noRowIsLeftOutAndNothingIsLeftBehind() throws Exception {
        assertThat(RESULTS).hasSize(21);
        assertThat(PROGRESS.notes()).isEmpty();
        try (var left = Files.list(sharedMemory)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void theHostsOfARowRunOnTheirCpusAndTakeLittleSharedMemory() {
        for (RowResult row : RESULTS.values()) {
            assertThat(row.conditions().pinning())
                    .isEqualTo(result("in-kernel").conditions().pinning());
            assertThat(row.mostSharedMemoryBytes()).isBetween(1L, 64L * 1024 * 1024);
        }
    }

    private static Map<Crossing, Double> perRoundTrip(HostUse use) {
        var counts = new LinkedHashMap<Crossing, Double>();
        for (Crossing crossing : List.of(
                Crossing.TRAPS,
                Crossing.MESSAGES,
                Crossing.KERNEL_MESSAGES,
                Crossing.OUT_OF_LINE_MAPS,
                Crossing.COPIES,
                Crossing.COPIED_BYTES,
                Crossing.FILTER_INSTRUCTIONS,
                Crossing.FRAMES_SENT,
                Crossing.FRAMES_RECEIVED,
                Crossing.FRAMES_DROPPED)) {
            counts.put(crossing, (double) use.count(crossing) / ROUND_TRIPS);
        }
        return counts;
    }

    private static RowResult result(String name) {
        return requireNonNull(RESULTS.get(name), name);
    }
}
