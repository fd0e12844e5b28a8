package org.machbed.testbed.node;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.ipc.process.Crossing;
import org.machbed.testbed.fake.FakeNodeLauncher;
import org.machbed.testbed.fake.FakeNodes;
import org.machbed.testbed.fake.FakeRows;
import org.machbed.testbed.launch.ChildProcess;
import org.machbed.testbed.launch.ProcessMeter;
import org.machbed.testbed.launch.RowProcesses;
import org.machbed.testbed.launch.Run;
import org.machbed.testbed.launch.RunFailure;
import org.machbed.testbed.node.client.NodeDeployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Runs whose processes, which do nothing, are started by nodes: what holds for those of this machine holds for them. */
@Timeout(120)
class NodesTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path parent;

    @SuppressWarnings("NullAway.Init")
    private FakeNodes nodes;

    @BeforeEach
    void startNodes() throws Exception {
        nodes = new FakeNodes(parent);
    }

    @AfterEach
    void endNodes() {
        nodes.close();
    }

    private Run open() throws Exception {
        return Run.open(NodeDeployment.open(nodes.addresses()), parent.resolve("logs"));
    }

    @Test
    void startTheProcessesOfARowAndLeaveNothingWhenTheRunEnds() throws Exception {
        List<Long> pids = new ArrayList<>();
        try (Run run = open()) {
            RowProcesses row = run.start(FakeNodes.plan(run, "row"), FakeRows.jvm());

            assertThat(row.all()).hasSize(4).allMatch(ChildProcess::isAlive);
            assertThat(row.readyDetails(row.client("a"))).containsEntry("real-time", "granted");
            assertThat(operations(row.client("b"), "warm operations=3")).isEqualTo(3);
            assertThat(row.client("a").allowedCpus()).isEqualTo(String.valueOf(FakeRows.cpu()));
            row.all().forEach(process -> pids.add(process.pid()));
        }
        assertThat(pids).hasSize(4).noneMatch(pid -> ProcessHandle.of(pid).isPresent());
        assertNoMemoryIsLeft();
    }

    @Test
    void readWhatProcessesHaveCountedAndWhatTheirFilesTake() throws Exception {
        try (Run run = open()) {
            RowProcesses row = run.start(FakeNodes.plan(run, "row"), FakeRows.jvm());
            operations(row.client("a"), "trial operations=25");

            try (ProcessMeter meter = row.client("a").meter()) {
                assertThat(meter.crossings())
                        .containsEntry(Crossing.TRAPS, 50L)
                        .containsEntry(Crossing.COPIED_BYTES, 25L)
                        .containsEntry(Crossing.MESSAGES, 0L)
                        .hasSize(Crossing.values().length);
                assertThat(meter.use().cpuNanos()).isPositive();
            }
            assertThat(run.memoryBytes(List.of(row.plan())))
                    .hasSize(2)
                    .allSatisfy((directory, bytes) -> assertThat(bytes).isPositive());
            assertThat(row.deployment().ticksOf(row.plan().a()).all()).isPositive();
        }
    }

    @Test
    void rowsShareVirtualMachinesThere() throws Exception {
        try (Run run = open()) {
            RowProcesses one = run.startShared(FakeNodes.plan(run, "one"), FakeRows.jvm());
            RowProcesses two = run.startShared(FakeNodes.plan(run, "two"), FakeRows.jvm());

            assertThat(pids(two)).isEqualTo(pids(one)).doesNotHaveDuplicates().hasSize(4);
            run.stop(List.of(one), LIMIT);
            assertThat(operations(two.client("a"), "trial operations=5")).isEqualTo(5);
            run.stop(List.of(two), LIMIT);
            assertThat(pids(two)).noneMatch(pid -> ProcessHandle.of(pid).isPresent());
        }
        assertNoMemoryIsLeft();
    }

    @Test
    void aProcessThatIsKilledIsNamedWithTheLastLinesOfItsLog() throws Exception {
        try (Run run = open()) {
            RowProcesses row = run.start(FakeNodes.plan(run, "row", "--behaviour=HANG_IN_TRIAL"), FakeRows.jvm());
            ChildProcess waiting = row.client("a");
            var reply = waiting.submit("trial operations=1");

            ProcessHandle.of(row.ofHost("b").getFirst().pid()).orElseThrow().destroyForcibly();

            assertThatThrownBy(() -> waiting.expect(reply, "trial", "DONE", LIMIT))
                    .isInstanceOf(RunFailure.class)
                    .hasMessageContaining("kernel-node of host b (row)")
                    .hasMessageContaining("SIGKILL");
        }
        assertNoMemoryIsLeft();
    }

    @Test
    void sayWhyAProcessDidNotStart() throws Exception {
        try (Run run = open()) {
            assertThatThrownBy(() -> run.start(FakeNodes.plan(run, "row", "--behaviour=FAIL_AT_START"), FakeRows.jvm()))
                    .isInstanceOfSatisfying(RunFailure.class, failure -> {
                        assertThat(failure)
                                .hasMessageContaining("client-app of host a")
                                .hasMessageContaining("exit code 1");
                        assertThat(failure.details()).anyMatch(line -> line.contains("no room for anything"));
                    });
        }
    }

    @Test
    void aNodeThatEndsIsNamed() throws Exception {
        List<Long> pids;
        try (Run run = open()) {
            RowProcesses row = run.start(FakeNodes.plan(run, "row", "--behaviour=HANG_IN_TRIAL"), FakeRows.jvm());
            pids = pids(row);
            ChildProcess waiting = row.client("a");
            var reply = waiting.submit("trial operations=1");

            nodes.node("b-kernel-node").close();

            assertThatThrownBy(() -> waiting.expect(reply, "trial", "DONE", LIMIT))
                    .isInstanceOf(RunFailure.class)
                    .hasMessageContaining("b-kernel-node at 127.0.0.1:")
                    .hasMessageContaining("ended while the run was on");
        }
        assertThat(pids).noneMatch(pid -> ProcessHandle.of(pid).isPresent());
        assertThat(FakeNodes.memory(parent, "a")).isEmptyDirectory();
    }

    @Test
    void nothingIsLeftWhenTheLauncherIsKilled() throws Exception {
        Process launcher = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-Dlogback.configurationFile=machbed-logback.xml",
                        "-cp",
                        System.getProperty("java.class.path"),
                        FakeNodeLauncher.class.getName(),
                        nodes.text(),
                        parent.resolve("logs").toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader said = launcher.inputReader()) {
            List<ProcessHandle> processes = new ArrayList<>();
            for (String pid : said.readLine().split(" ", -1)) {
                processes.add(ProcessHandle.of(Long.parseLong(pid)).orElseThrow());
            }
            assertThat(processes).hasSize(4);

            launcher.destroyForcibly();

            for (ProcessHandle process : processes) {
                process.onExit().get(20, TimeUnit.SECONDS);
            }
        }
        // The next run begins when nothing of the last one is left.
        open().close();
        assertNoMemoryIsLeft();
    }

    @Test
    void aSecondRunGivesWay() throws Exception {
        try (Run first = open()) {
            assertThatThrownBy(this::open)
                    .isInstanceOf(RunFailure.class)
                    .hasMessageContaining("a-kernel-node: another run is on (" + first.directory() + ")");
            // The first one goes on.
            run(first);
        }
    }

    private static void run(Run run) throws Exception {
        RowProcesses row = run.start(FakeNodes.plan(run, "row"), FakeRows.jvm());
        assertThat(operations(row.client("a"), "trial operations=2")).isEqualTo(2);
    }

    @Test
    void thoseThatDoNotAnswerAreAllNamed() throws Exception {
        nodes.node("a-client-app").close();
        nodes.node("b-protocol-server").close();

        assertThatThrownBy(this::open)
                .isInstanceOf(RunFailure.class)
                .hasMessageContaining("a-client-app does not answer at 127.0.0.1:")
                .hasMessageContaining("b-protocol-server does not answer at 127.0.0.1:")
                .hasMessageNotContaining("kernel-node");
    }

    @Test
    void oneAtTheAddressOfAnotherIsNoticed() {
        String swapped = nodes.text()
                .replace("a-kernel-node=", "x=")
                .replace("b-kernel-node=", "a-kernel-node=")
                .replace("x=", "b-kernel-node=");

        assertThatThrownBy(() -> NodeDeployment.open(NodeAddresses.parse(swapped)))
                .isInstanceOf(RunFailure.class)
                .hasMessageContaining("a-kernel-node was looked for at 127.0.0.1:")
                .hasMessageContaining("and there is b-kernel-node");
    }

    private static int operations(ChildProcess process, String command) throws Exception {
        return process.ask(command, "DONE", LIMIT).json().path("operations").asInt();
    }

    private static List<Long> pids(RowProcesses row) {
        return row.all().stream().map(ChildProcess::pid).toList();
    }

    private void assertNoMemoryIsLeft() {
        for (String host : List.of("a", "b")) {
            assertThat(FakeNodes.memory(parent, host)).isEmptyDirectory();
        }
    }
}
