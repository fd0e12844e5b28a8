package org.machbed.testbed.measure;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.testbed.launch.ChildProcess;
import org.machbed.testbed.launch.Distribution;
import org.machbed.testbed.launch.RowProcesses;
import org.machbed.testbed.launch.Run;
import org.machbed.testbed.launch.RunFailure;
import org.machbed.testbed.measure.RowSpec.RowRole;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** A process of a real row is killed in the middle of a trial: the run ends, says who it was, and leaves nothing. */
@Timeout(180)
class KilledProcessIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** More than any machine makes before the kill. */
    private static final String ROLE = "udp";

    private static final String ENDLESS_TRIAL = "trial role=" + ROLE + " operations=100000000";

    /**
     * The launcher promises 5 s and keeps to them by limits of its own: a quarter of a second to tell who died, half a second
     * for the others to stop, and then it kills. Four times that is for a machine with other work.
     */
    private static final Duration WITHIN = Duration.ofSeconds(20);

    @SuppressWarnings("NullAway.Init")
    private Path sharedMemory;

    @BeforeEach
    void makeSharedMemory() throws Exception {
        sharedMemory = RealRows.sharedMemory("killed");
    }

    @AfterEach
    void removeSharedMemory() throws Exception {
        Files.deleteIfExists(sharedMemory);
    }

    @ParameterizedTest
    @CsvSource({
        "udp-server, chronicle, kernel-node",
        "udp-server, chronicle, protocol-server",
        "udp-server, chronicle, client-app",
        "server-ipc-vm, grpc, protocol-server",
    })
    void endsTheRunAndIsNamed(String topology, String ipc, String program) throws Exception {
        RowSpec spec = RealRows.row(topology, ipc, RowRole.COMPARED);
        List<Long> pids;
        long killedNs;
        try (Run run = Run.open(sharedMemory, Path.of("target", "killed", spec.name() + "-" + program))) {
            RowProcesses row = run.start(
                    RealRows.compiler().compile(spec.name(), spec.topology(), RealRows.MTU_BYTES, run.directory()),
                    Distribution.jvm());
            pids = row.all().stream().map(ChildProcess::pid).toList();
            try (var driver = new RowDriver(row, ROLE, Workload.udpRoundTrip(1), LIMIT)) {
                driver.open(Experiment.FIRST_PORT);
                driver.warm(20);
                ChildProcess sender = row.client("a");
                ChildProcess victim = row.ofHost("b").stream()
                        .filter(process -> process.plan().program().equals(program))
                        .findFirst()
                        .orElseThrow();
                var _ = row.client("b").submit(ENDLESS_TRIAL);
                var reply = sender.submit(ENDLESS_TRIAL);
                awaitTraffic(row);

                killedNs = System.nanoTime();
                ProcessHandle.of(victim.pid()).orElseThrow().destroyForcibly();

                assertThatThrownBy(() -> sender.expect(reply, "trial", "DONE", LIMIT))
                        .isInstanceOf(RunFailure.class)
                        .satisfies(seen -> assertThat(run.cause((RunFailure) seen))
                                .hasMessageContaining(
                                        "%s of host b (%s), process %d", program, spec.name(), victim.pid())
                                .hasMessageContaining("SIGKILL"));
            }
        }
        assertThat(Duration.ofNanos(System.nanoTime() - killedNs)).isLessThan(WITHIN);
        assertThat(pids).noneMatch(pid -> ProcessHandle.of(pid).isPresent());
        try (var left = Files.list(sharedMemory)) {
            assertThat(left).isEmpty();
        }
    }

    /** Until datagrams go back and forth, by the counters of host a. */
    private static void awaitTraffic(RowProcesses row) throws Exception {
        List<ChildProcess> processes = row.ofHost("a");
        HostDirectory host = HostDirectory.open(processes.getFirst().plan().hostDirectory());
        try (Crossings page =
                Crossings.open(host.crossings(processes.getLast().plan().name()))) {
            long before = page.value(Crossing.COPIES);
            while (page.value(Crossing.COPIES) < before + 100) {
                Thread.onSpinWait();
            }
        }
    }
}
