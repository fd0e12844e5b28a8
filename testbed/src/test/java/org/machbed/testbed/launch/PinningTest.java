package org.machbed.testbed.launch;

import org.junit.jupiter.api.Test;
import org.machbed.testbed.machine.CpuList;

import static org.assertj.core.api.Assertions.assertThat;

class PinningTest {
    @Test
    void takesTheFirstTwoCpusThatAreAllowed() throws Exception {
        assertThat(Pinning.of(CpuList.parse("2-3,7"))).isEqualTo(new Pinning(2, 3));
        assertThat(Pinning.of(CpuList.parse("1,5-6"))).isEqualTo(new Pinning(1, 5));
    }

    @Test
    void sharesTheOnlyCpu() throws Exception {
        Pinning pinning = Pinning.of(CpuList.parse("4"));

        assertThat(pinning).isEqualTo(new Pinning(4, 4));
        assertThat(pinning.shared()).isTrue();
    }
}
