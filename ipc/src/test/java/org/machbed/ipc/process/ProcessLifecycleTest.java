package org.machbed.ipc.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.machbed.ipc.ChildJvm;

import static org.assertj.core.api.Assertions.assertThat;

/** Each test is the life of a real process. */
@Timeout(60)
class ProcessLifecycleTest {
    record SampleArguments(
            Optional<Path> hostDirectory,
            @DefaultValue("well") String behaviour) {}

    /** A process as its siblings are written. */
    static final class Sample {
        public static void main(String[] arguments) {
            ProcessLifecycle.run("sample", arguments, (words, lifecycle) -> {
                SampleArguments parsed = Arguments.parse(words, SampleArguments.class);
                if (parsed.behaviour().equals("fails")) {
                    throw new IOException("no such wire");
                }
                if (parsed.behaviour().equals("errs")) {
                    throw new AssertionError("no such library");
                }
                Crossings crossings = Crossings.unshared();
                lifecycle.onCounters("crossings", crossings::tell);
                lifecycle.onCommand("trap", rest -> {
                    crossings.count(Crossing.TRAPS, CommandArguments.parse(rest).requiredLong("times"));
                    return "DONE {}";
                });
                lifecycle.onCommand("break", rest -> {
                    throw new IOException("broken \"by\" the\nuser");
                });
                lifecycle.onCommand("err", rest -> {
                    throw new LinkageError("the C library has no futex");
                });
                lifecycle.onCommand("hang", rest -> {
                    new CountDownLatch(1).await();
                    return "never";
                });
                lifecycle.onCommand("give-up", rest -> {
                    lifecycle.fail("the wire is gone");
                    return "FAILING";
                });
                lifecycle.ready("port", "5001", "pid", "x");
                if (parsed.behaviour().equals("hangs")) {
                    new CountDownLatch(1).await();
                }
                lifecycle.awaitStop();
                System.err.println("closed everything");
            });
        }
    }

    private static ChildJvm start(String... arguments) throws IOException {
        ChildJvm child = ChildJvm.start(Sample.class, (Object[]) arguments);
        if (arguments.length == 0) {
            assertThat(child.line()).as(child.errors()).contains("READY port=5001 pid=x");
        }
        return child;
    }

    @Test
    void commandsAreAnsweredLineByLine() throws Exception {
        try (ChildJvm child = start()) {
            child.write("trap times=3");
            assertThat(child.line()).contains("DONE {}");
            child.write("counters");
            assertThat(child.line().orElseThrow()).startsWith("COUNTERS {\"crossings\":{\"traps\":3,\"messages\":0,");
            child.write("allocated");
            assertThat(child.line().orElseThrow()).matches("ALLOCATED [1-9]\\d+");
            child.write("nonsense now");
            assertThat(child.line()).contains("FAILED {\"message\":\"there is no command nonsense\"}");
            child.write("trap");
            assertThat(child.line()).contains("FAILED {\"message\":\"trap: times is missing\"}");
            child.write("break");
            assertThat(child.line()).contains("FAILED {\"message\":\"break: broken \\\"by\\\" the\\u000auser\"}");
        }
    }

    /** proc(5): the fifth field is the process group, the sixth the session. */
    @Test
    void itLeadsAProcessGroupInTheSessionOfItsParent() throws Exception {
        try (ChildJvm child = start()) {
            String[] its = fieldsBehindName(child.pid());
            assertThat(its[2]).isEqualTo(String.valueOf(child.pid()));
            assertThat(its[3])
                    .isEqualTo(fieldsBehindName(ProcessHandle.current().pid())[3]);
        }
    }

    private static String[] fieldsBehindName(long pid) throws IOException {
        String stat = Files.readString(Path.of("/proc", String.valueOf(pid), "stat"));
        return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    }

    @Test
    void anErrorInACommandIsItsReplyAndTheNextIsAnswered() throws Exception {
        try (ChildJvm child = start()) {
            child.write("err");
            assertThat(child.line())
                    .contains("FAILED {\"message\":\"err: java.lang.LinkageError: the C library has no futex\"}");
            child.write("trap times=3");
            assertThat(child.line()).contains("DONE {}");
        }
    }

    @Test
    void itStopsWhenStandardInputCloses() throws Exception {
        try (ChildJvm child = start()) {
            child.closeInput();
            assertThat(child.exitCode()).isZero();
            assertThat(child.errors()).contains("closed everything");
        }
    }

    @Test
    void itStopsOnTerminationAlsoInACommand() throws Exception {
        try (ChildJvm child = start()) {
            child.write("hang");
            child.terminate();
            assertThat(child.exitCode()).isZero();
            assertThat(child.errors()).contains("closed everything");
        }
    }

    @Test
    void aBodyThatDoesNotStopIsCutOff() throws Exception {
        for (boolean byInput : new boolean[] {true, false}) {
            try (ChildJvm child = start("--behaviour=hangs")) {
                assertThat(child.line()).isPresent();
                if (byInput) {
                    child.closeInput();
                } else {
                    child.terminate();
                }
                assertThat(child.exitCode()).isEqualTo(1);
                assertThat(child.errors()).contains("sample: did not stop within 1800 ms");
            }
        }
    }

    @Test
    void wrongUseIsCodeTwoAndOneSentence() throws Exception {
        try (ChildJvm child = start("--behavior=well")) {
            assertThat(child.exitCode()).isEqualTo(2);
            assertThat(child.line()).isEmpty();
            assertThat(child.errors())
                    .contains("sample: there is no key --behavior; the keys are --host-directory, --behaviour\n");
        }
    }

    @Test
    void failureIsCodeOne() throws Exception {
        try (ChildJvm child = start("--behaviour=fails")) {
            assertThat(child.exitCode()).isEqualTo(1);
            assertThat(child.errors()).contains("sample: failed: no such wire");
        }
        try (ChildJvm child = start("--behaviour=errs")) {
            assertThat(child.exitCode()).isEqualTo(1);
            assertThat(child.errors())
                    .contains("sample: failed: java.lang.AssertionError: no such library")
                    .contains("at org.machbed.ipc.process.ProcessLifecycleTest");
        }
        try (ChildJvm child = start()) {
            child.write("give-up");
            assertThat(child.line()).contains("FAILING");
            assertThat(child.exitCode()).isEqualTo(1);
            assertThat(child.errors()).contains("sample: failed: the wire is gone");
        }
    }
}
