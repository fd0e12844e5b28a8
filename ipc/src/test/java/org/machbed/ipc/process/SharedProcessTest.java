package org.machbed.ipc.process;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.machbed.ipc.ChildJvm;
import org.machbed.ipc.process.ProcessLifecycleTest.Sample;

import static org.assertj.core.api.Assertions.assertThat;

/** Several parts in one real process. */
@Timeout(60)
class SharedProcessTest {
    private static final String START = " start" + SharedProcess.SEPARATOR;

    private static ChildJvm start(String... parts) throws Exception {
        ChildJvm child = ChildJvm.start(Sample.class, SharedProcess.ARGUMENT);
        for (String part : parts) {
            child.write(part + START + "--behaviour=well");
            assertThat(child.line()).as(child.errors()).contains(part + " READY port=5001 pid=x");
        }
        return child;
    }

    @Test
    void eachPartHasArgumentsCommandsAndCountersOfItsOwn() throws Exception {
        try (ChildJvm child = start("@0", "@1")) {
            child.write("@0 trap times=3");
            assertThat(child.line()).contains("@0 DONE {}");
            child.write("@1 trap times=4");
            assertThat(child.line()).contains("@1 DONE {}");
            child.write("@0 counters");
            assertThat(child.line().orElseThrow()).startsWith("@0 COUNTERS {\"crossings\":{\"traps\":3,");
            child.write("@1 counters");
            assertThat(child.line().orElseThrow()).startsWith("@1 COUNTERS {\"crossings\":{\"traps\":4,");
        }
    }

    @Test
    void aPartStopsAloneAndTheOthersGoOn() throws Exception {
        try (ChildJvm child = start("@0", "@1")) {
            child.write("@0 stop");
            assertThat(child.line()).contains("@0 ENDED");
            child.write("@1 trap times=1");
            assertThat(child.line()).contains("@1 DONE {}");
        }
    }

    @Test
    void aPartThatHasEndedIsForgottenAndItsNameIsFreeAgain() throws Exception {
        try (ChildJvm child = start("@0", "@1")) {
            child.write("@0 stop");
            assertThat(child.line()).contains("@0 ENDED");
            child.write("@0 counters");
            child.write("@1 trap times=1");
            assertThat(child.line()).contains("@1 DONE {}");
            assertThat(child.errors()).contains("sample: there is no part @0 for: @0 counters");
            child.write("@0" + START + "--behaviour=well");
            assertThat(child.line()).contains("@0 READY port=5001 pid=x");
            child.write("@0" + START + "--behaviour=well");
            child.write("@1 trap times=1");
            assertThat(child.line()).contains("@1 DONE {}");
            assertThat(child.errors()).contains("sample: there is a part @0 already");
        }
    }

    @Test
    void allStopWhenStandardInputCloses() throws Exception {
        try (ChildJvm child = start("@0", "@1")) {
            child.closeInput();
            assertThat(Stream.of(child.line(), child.line()).map(line -> line.orElse("nothing")))
                    .containsExactlyInAnyOrder("@0 ENDED", "@1 ENDED");
            assertThat(child.exitCode()).isZero();
        }
    }

    @Test
    void allStopOnTermination() throws Exception {
        try (ChildJvm child = start("@0", "@1")) {
            child.terminate();
            assertThat(child.exitCode()).isZero();
            assertThat(child.errors()).containsSubsequence("closed everything", "closed everything");
        }
    }

    @Test
    void aPartThatFailsEndsThemAllWithItsExitCode() throws Exception {
        for (List<String> wrong : List.of(
                List.of("--behaviour=fails", "1"), List.of("--behaviour=errs", "1"), List.of("--behavior=well", "2"))) {
            try (ChildJvm child = start("@0")) {
                child.write("@1" + START + wrong.getFirst());
                assertThat(child.exitCode()).isEqualTo(Integer.parseInt(wrong.getLast()));
                assertThat(child.errors()).contains("sample: ").contains("closed everything");
            }
        }
        try (ChildJvm child = start("@0", "@1")) {
            child.write("@1 give-up");
            assertThat(child.exitCode()).isEqualTo(1);
            assertThat(child.errors()).contains("sample: failed: the wire is gone");
        }
    }

    @Test
    void aPartThatDoesNotStopIsCutOff() throws Exception {
        try (ChildJvm child = start("@0")) {
            child.write("@1" + START + "--behaviour=hangs");
            assertThat(child.line()).isPresent();
            child.closeInput();
            assertThat(child.exitCode()).isEqualTo(1);
            assertThat(child.errors()).contains("sample: did not stop within 1800 ms");
        }
    }

    @Test
    void linesForNobodyAreToldAndPassedOver() throws Exception {
        try (ChildJvm child = start("@0")) {
            child.write("counters");
            child.write("@7 counters");
            child.write("@0 trap times=1");
            assertThat(child.line()).contains("@0 DONE {}");
            assertThat(child.errors())
                    .contains("sample: whom is this for: counters")
                    .contains("sample: there is no part @7 for: @7 counters");
        }
    }
}
