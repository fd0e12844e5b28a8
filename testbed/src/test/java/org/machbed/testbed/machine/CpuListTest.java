package org.machbed.testbed.machine;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class CpuListTest {
    @Test
    void readsRanges() throws Exception {
        assertThat(CpuList.parse("0-2,5").cpus()).containsExactly(0, 1, 2, 5);
        assertThat(CpuList.parse("4").contains(4)).isTrue();
        assertThat(CpuList.parse("4").contains(0)).isFalse();
        assertThat(CpuList.parse("0-2,5")).hasToString("0-2,5");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0-x", "", "unknown"})
    void refusesWhatItCannotRead(String text) {
        assertThatThrownBy(() -> CpuList.parse(text))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("'" + text + "'");
    }

    @Test
    void thisProcessMayUseSome() throws Exception {
        assertThat(CpuList.allowed().cpus()).isNotEmpty();
    }
}
