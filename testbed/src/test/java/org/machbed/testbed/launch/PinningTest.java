package org.machbed.testbed.launch;

import java.io.IOException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class PinningTest {
    @Test
    void takesTheFirstTwoCpusThatAreAllowed() throws Exception {
        assertThat(Pinning.of("Name:\tx\nCpus_allowed_list:\t2-3,7\n")).isEqualTo(new Pinning(2, 3));
        assertThat(Pinning.of("Cpus_allowed_list:\t1,5-6\n")).isEqualTo(new Pinning(1, 5));
    }

    @Test
    void sharesTheOnlyCpu() throws Exception {
        Pinning pinning = Pinning.of("Cpus_allowed_list:\t4\n");

        assertThat(pinning).isEqualTo(new Pinning(4, 4));
        assertThat(pinning.shared()).isTrue();
    }

    @Test
    void refusesWhatItCannotRead() {
        assertThatThrownBy(() -> Pinning.of("Name:\tx\n")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> Pinning.cpus("0-x"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("0-x");
    }
}
