package org.machbed.testbed.measure;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class WarmUpTest {
    @Test
    void settlesWhenTheLastWindowsAgree() {
        var warmUp = new WarmUp(3, 0.05);

        assertThat(warmUp.settledAfter(900)).isFalse();
        assertThat(warmUp.settledAfter(400)).isFalse();
        assertThat(warmUp.settledAfter(102)).isFalse();
        assertThat(warmUp.settledAfter(100)).isFalse();
        assertThat(warmUp.settledAfter(104)).isTrue();
    }

    @Test
    void aSlowDescentIsNotSettled() {
        var warmUp = new WarmUp(4, 0.05);

        for (double median = 200; median > 100; median *= 0.97) {
            assertThat(warmUp.settledAfter(median)).isFalse();
        }
    }
}
