package org.machbed.client.session;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class MigrationTimesTest {
    private final MigrationTimes times = new MigrationTimes();

    private Map<String, Long> told() {
        Map<String, Long> told = new HashMap<>();
        times.tell(told::put);
        return told;
    }

    @Test
    void theMedianIsAnEighthTooLowAtMost() {
        assertThat(times.medianNs()).isZero();
        for (long ns = 1_000; ns <= 101_000; ns += 1_000) {
            times.arrived(ns);
        }
        assertThat(times.medianNs()).isBetween(51_000L * 7 / 8, 51_000L);
        assertThat(told())
                .containsEntry("MIGRATIONS_IN", 101L)
                .containsEntry("MIGRATION_NS", 101 * 51_000L)
                .containsEntry("MIGRATION_MAX_NS", 101_000L);
    }

    @Test
    void anyTimeHasABucket() {
        times.arrived(0);
        times.arrived(Long.MAX_VALUE);
        times.arrived(Long.MAX_VALUE);
        assertThat(times.medianNs()).isBetween(Long.MAX_VALUE / 8 * 7, Long.MAX_VALUE);
    }
}
