package org.machbed.testbed.machine;

import java.io.IOException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ProcFsTest {
    private static final String STAT = """
            cpu  10 0 20 300 0 0 0 5 0 0
            cpu0 4 1 10 150 2 3 1 5 9 9
            cpu1 6 0 10 150 0 0 0 0 0 0
            intr 1
            """;

    @Test
    void readsTheTicksOfOneCpu() throws Exception {
        assertThat(ProcFs.ticksOf(0, STAT)).isEqualTo(new ProcFs.CpuTicks(176, 5));
        assertThat(ProcFs.ticksOf(1, STAT)).isEqualTo(new ProcFs.CpuTicks(166, 0));
    }

    @Test
    void saysThatACpuIsNotThere() {
        assertThatThrownBy(() -> ProcFs.ticksOf(2, STAT))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("CPU 2");
    }

    @Test
    void sumsTheThreadsOfThisProcess() throws Exception {
        ProcFs.Use use = ProcFs.useOf(ProcessHandle.current().pid());

        assertThat(use.cpuNanos()).isPositive();
        assertThat(use.contextSwitches()).isPositive();
    }
}
