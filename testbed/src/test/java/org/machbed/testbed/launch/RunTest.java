package org.machbed.testbed.launch;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.testbed.fake.FakeLauncher;
import org.machbed.testbed.fake.FakeRows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Runs of processes that do nothing: how they start, how they end, and what they leave. */
@Timeout(60)
class RunTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path parent;

    @SuppressWarnings("NullAway.Init")
    private Path logs;

    @BeforeEach
    void nameLogs() {
        logs = parent.resolve("logs");
    }

    @Test
    void startsTheProcessesOfARowAndLeavesNothingWhenItEnds() throws Exception {
        List<Long> pids = new ArrayList<>();
        try (Run run = Run.open(parent, logs)) {
            RowProcesses row = run.start(FakeRows.plan(run, "row"), FakeRows.jvm());

            assertThat(row.all()).hasSize(4).allMatch(ChildProcess::isAlive);
            assertThat(row.readyDetails(row.client("a"))).containsEntry("real-time", "granted");
            assertThat(row.client("b")
                            .ask("warm operations=3", "DONE", LIMIT)
                            .json()
                            .path("operations")
                            .asInt())
                    .isEqualTo(3);
            assertThat(Files.readString(Path.of("/proc/" + row.client("a").pid() + "/status")))
                    .containsPattern("Cpus_allowed_list:\\s+" + FakeRows.cpu() + "\n");
            row.all().forEach(process -> pids.add(process.pid()));
        }
        assertThat(pids).noneMatch(pid -> ProcessHandle.of(pid).isPresent());
        assertThat(runsIn(parent)).isEmpty();
    }

    @Test
    void rowsThatShareHaveOneVirtualMachineForEachPart() throws Exception {
        List<Long> pids = new ArrayList<>();
        try (Run run = Run.open(parent, logs)) {
            RowProcesses one = run.startShared(FakeRows.plan(run, "one"), FakeRows.jvm());
            RowProcesses two = run.startShared(FakeRows.plan(run, "two"), FakeRows.jvm());
            RowProcesses alone = run.start(FakeRows.plan(run, "alone"), FakeRows.jvm());

            assertThat(pids(two)).isEqualTo(pids(one)).doesNotHaveDuplicates().hasSize(4);
            assertThat(pids(alone)).doesNotContainAnyElementsOf(pids(one));
            ChildProcess first = one.client("a");
            ChildProcess second = two.client("a");
            var reply = first.submit("trial operations=3");
            var other = second.submit("trial operations=4");
            assertThat(second.expect(other, "trial", "DONE", LIMIT)
                            .json()
                            .path("operations")
                            .asInt())
                    .isEqualTo(4);
            assertThat(first.expect(reply, "trial", "DONE", LIMIT)
                            .json()
                            .path("operations")
                            .asInt())
                    .isEqualTo(3);

            run.stop(List.of(one), LIMIT);
            assertThat(first.isAlive()).isFalse();
            assertThat(second.ask("trial operations=5", "DONE", LIMIT)
                            .json()
                            .path("operations")
                            .asInt())
                    .isEqualTo(5);
            run.stop(List.of(two), LIMIT);
            assertThat(pids(two)).noneMatch(pid -> ProcessHandle.of(pid).isPresent());
            assertThat(alone.all()).allMatch(ChildProcess::isAlive);
            pids.addAll(pids(alone));

            RowProcesses later = run.startShared(FakeRows.plan(run, "later"), FakeRows.jvm());
            assertThat(pids(later)).doesNotContainAnyElementsOf(pids(two));
            assertThat(later.client("a")
                            .ask("trial operations=6", "DONE", LIMIT)
                            .json()
                            .path("operations")
                            .asInt())
                    .isEqualTo(6);
            pids.addAll(pids(later));
        }
        assertThat(pids).noneMatch(pid -> ProcessHandle.of(pid).isPresent());
        assertThat(runsIn(parent)).isEmpty();
    }

    @Test
    void keepsTheCountersOfARowThatShares() throws Exception {
        try (Run run = Run.open(parent, logs)) {
            RowProcesses row = run.startShared(FakeRows.plan(run, "one"), FakeRows.jvm());

            run.keepCounters(row);
        }
        assertThat(Files.readAllLines(logs.resolve("one/counters.txt")))
                .hasSize(4)
                .allMatch(line -> line.startsWith("fake-"));
    }

    @Test
    void namesAllRowsOfASharedVirtualMachineThatWasKilled() throws Exception {
        try (Run run = Run.open(parent, logs)) {
            RowProcesses one = run.startShared(FakeRows.plan(run, "one"), FakeRows.jvm());
            RowProcesses two = run.startShared(FakeRows.plan(run, "two", "--behaviour=HANG_IN_TRIAL"), FakeRows.jvm());
            var reply = two.client("a").submit("trial operations=1");

            ProcessHandle.of(one.ofHost("b").getFirst().pid()).orElseThrow().destroyForcibly();

            assertThatThrownBy(() -> two.client("a").expect(reply, "trial", "DONE", LIMIT))
                    .isInstanceOf(RunFailure.class)
                    .hasMessageContaining("fake-kernel of host b (one, two)")
                    .hasMessageContaining("SIGKILL");
        }
        assertThat(runsIn(parent)).isEmpty();
    }

    private static List<Long> pids(RowProcesses row) {
        return row.all().stream().map(ChildProcess::pid).toList();
    }

    @Test
    void saysWhichProcessWasKilledAndWhatItLoggedLast() throws Exception {
        try (Run run = Run.open(parent, logs)) {
            RowProcesses row = run.start(FakeRows.plan(run, "row", "--behaviour=HANG_IN_TRIAL"), FakeRows.jvm());
            ChildProcess waiting = row.client("a");
            var reply = waiting.submit("trial operations=1");
            ChildProcess victim = row.ofHost("b").getFirst();

            ProcessHandle.of(victim.pid()).orElseThrow().destroyForcibly();

            assertThatThrownBy(() -> waiting.expect(reply, "trial", "DONE", LIMIT))
                    .isInstanceOf(RunFailure.class)
                    .hasMessageContaining("fake-kernel of host b (row)")
                    .hasMessageContaining("SIGKILL");
            assertThat(run.failed()).isTrue();
            assertThatThrownBy(run::check).isInstanceOf(RunFailure.class);
        }
        assertThat(runsIn(parent)).isEmpty();
        assertThat(logs.resolve("row/b-kernel.log")).exists();
    }

    /** Linux gives the signal to who touches mapped memory that the file system has no room for. */
    @Test
    void saysOfOneThatDiedOfSigbusThatThereMayBeNoSpace() throws Exception {
        try (Run run = Run.open(parent, logs)) {
            RowProcesses row = run.start(FakeRows.plan(run, "row", "--behaviour=HANG_IN_TRIAL"), FakeRows.jvm());
            ChildProcess waiting = row.client("a");
            var reply = waiting.submit("trial operations=1");
            ChildProcess victim = row.ofHost("b").getFirst();

            assertThat(new ProcessBuilder("kill", "-BUS", String.valueOf(victim.pid()))
                            .start()
                            .waitFor())
                    .isZero();

            assertThatThrownBy(() -> waiting.expect(reply, "trial", "DONE", LIMIT))
                    .isInstanceOf(RunFailure.class)
                    .satisfies(seen -> assertThat(run.cause((RunFailure) seen))
                            .hasMessageStartingWith("perhaps no space is left on")
                            .hasMessageContaining("fake-kernel of host b (row)"));
        }
    }

    @Test
    void saysWhyAProcessDidNotStart() throws Exception {
        try (Run run = Run.open(parent, logs)) {
            assertThatThrownBy(() -> run.start(FakeRows.plan(run, "row", "--behaviour=FAIL_AT_START"), FakeRows.jvm()))
                    .isInstanceOfSatisfying(RunFailure.class, failure -> {
                        assertThat(failure)
                                .hasMessageContaining("fake-client of host a")
                                .hasMessageContaining("exit code 1");
                        assertThat(failure.details()).anyMatch(line -> line.contains("no room for anything"));
                    });
        }
        assertThat(runsIn(parent)).isEmpty();
    }

    /** The others of its virtual machine end with it, and must not be blamed. */
    @Test
    void namesTheOneRowOfASharedVirtualMachineThatFailed() throws Exception {
        try (Run run = Run.open(parent, logs)) {
            run.startShared(FakeRows.plan(run, "one"), FakeRows.jvm());

            assertThatThrownBy(() ->
                            run.startShared(FakeRows.plan(run, "two", "--behaviour=FAIL_AT_START"), FakeRows.jvm()))
                    .isInstanceOf(RunFailure.class)
                    .satisfies(seen -> {
                        RunFailure cause = run.cause((RunFailure) seen);
                        assertThat(cause).hasMessageContaining("fake-client of host a (two), process");
                        assertThat(cause.details()).anyMatch(line -> line.contains("told to fail"));
                    });
        }
        assertThat(runsIn(parent)).isEmpty();
    }

    @Test
    void passesOnWhatAProcessComplainsOf() throws Exception {
        try (Run run = Run.open(parent, logs)) {
            RowProcesses row = run.start(FakeRows.plan(run, "row", "--behaviour=FAIL_IN_TRIAL"), FakeRows.jvm());

            assertThatThrownBy(() -> row.client("a").ask("trial operations=1", "DONE", LIMIT))
                    .hasMessageContaining("fake-client of host a (row) answered")
                    .hasMessageContaining("the socket has gone");
        }
    }

    @Test
    void noticesThatItsReaperWasKilled() throws Exception {
        try (Run run = Run.open(parent, logs)) {
            ProcessHandle reaper = ProcessHandle.current()
                    .children()
                    .filter(child -> child.info()
                            .arguments()
                            .map(List::of)
                            .orElse(List.of())
                            .contains("machbed-reaper"))
                    .findFirst()
                    .orElseThrow();
            RowProcesses row = run.start(FakeRows.plan(run, "row", "--behaviour=HANG_IN_TRIAL"), FakeRows.jvm());
            var reply = row.client("a").submit("trial operations=1");

            reaper.destroyForcibly();

            assertThatThrownBy(() -> row.client("a").expect(reply, "trial", "DONE", LIMIT))
                    .hasMessageContaining("cleans up");
        }
        assertThat(runsIn(parent)).isEmpty();
    }

    /** Hosts that are kept up are no measurements: any number may be on beside one. */
    @Test
    void hostsAreUpBesideAnyOtherRun() throws Exception {
        try (Run host = Run.open(RunKind.HOST, parent, logs);
                Run measurement = Run.open(parent, logs);
                Run other = Run.open(RunKind.HOST, parent, logs)) {
            assertThat(runsIn(parent))
                    .containsExactlyInAnyOrder(host.directory(), measurement.directory(), other.directory());
            assertThat(RunDirectory.liveRun(parent)).isEqualTo(measurement.directory());
        }
        assertThat(runsIn(parent)).isEmpty();
    }

    @Test
    void aSecondRunGivesWay() throws Exception {
        try (Run first = Run.open(parent, logs)) {
            assertThat(first.directory()).exists();
            assertThatThrownBy(() -> Run.open(parent, logs))
                    .isInstanceOf(RunFailure.class)
                    .hasMessageContaining("another run is on");
            assertThat(runsIn(parent)).containsExactly(first.directory());
        }
        Run.open(parent, logs).close();
    }

    @Test
    void sweepsWhatADeadRunLeft() throws Exception {
        Path stale = Files.createDirectories(parent.resolve("machbed-1700000000000-99/row/a"));
        Files.writeString(stale.resolve("ring"), "left over");
        Files.createFile(parent.resolve("machbed-1700000000000-99/lock"));

        try (Run run = Run.open(parent, logs)) {
            assertThat(runsIn(parent)).containsExactly(run.directory());
        }
    }

    /** A launcher may be killed after it made its directory and before it could lock it. */
    @Test
    void sweepsWhatALauncherLeftThatNeverBegan() throws Exception {
        Process dead = new ProcessBuilder("true").start();
        dead.waitFor();
        Path unfinished = Files.createDirectory(parent.resolve(".machbed-1700000000000-" + dead.pid()));
        Path beginning = Files.createDirectory(parent.resolve(
                ".machbed-1700000000000-" + ProcessHandle.current().pid()));

        try (Run run = Run.open(parent, logs)) {
            assertThat(unfinished).doesNotExist();
            assertThat(runsIn(parent)).containsExactlyInAnyOrder(run.directory(), beginning);
        }
    }

    @Test
    void nothingIsLeftWhenTheLauncherItselfIsKilled() throws Exception {
        Process launcher = launcher();
        try (BufferedReader said = launcher.inputReader()) {
            String[] words = said.readLine().split(" ", -1);
            List<ProcessHandle> processes = new ArrayList<>();
            for (int word = 1; word < words.length; word++) {
                processes.add(ProcessHandle.of(Long.parseLong(words[word])).orElseThrow());
            }
            ProcessHandle reaper = launcher.children()
                    .filter(child -> processes.stream().noneMatch(process -> process.pid() == child.pid()))
                    .findFirst()
                    .orElseThrow();

            launcher.destroyForcibly();

            for (ProcessHandle process : processes) {
                process.onExit().get(5, TimeUnit.SECONDS);
            }
            reaper.onExit().get(5, TimeUnit.SECONDS);
            assertThat(Path.of(words[0])).doesNotExist();
        }
    }

    @Test
    void nothingIsLeftWhenTheLauncherIsTerminated() throws Exception {
        Process launcher = launcher();
        try (BufferedReader said = launcher.inputReader()) {
            String[] words = said.readLine().split(" ", -1);

            launcher.destroy();

            assertThat(launcher.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(Path.of(words[0])).doesNotExist();
            for (int word = 1; word < words.length; word++) {
                assertThat(ProcessHandle.of(Long.parseLong(words[word]))).isEmpty();
            }
        }
    }

    private Process launcher() throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        FakeLauncher.class.getName(),
                        parent.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static List<Path> runsIn(Path parent) throws IOException {
        try (var entries = Files.newDirectoryStream(parent, "{machbed-*,.machbed-*}")) {
            var runs = new ArrayList<Path>();
            entries.forEach(runs::add);
            return runs;
        }
    }
}
