package org.machbed.testbed.measure;

import java.time.Duration;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class TrialLengthTest {
    @Test
    void aCountIsACount() {
        TrialLength length = new TrialLength.Operations(1000);

        assertThat(length.operations(1e9)).isEqualTo(1000);
        assertThat(length.inWords("message")).isEqualTo("1000 messages");
    }

    @Test
    void aTimeHasAsManyOperationsAsFitIn() {
        TrialLength length = new TrialLength.Time(Duration.ofSeconds(2));

        assertThat(length.operations(50_000)).isEqualTo(40_000);
        assertThat(length.operations(5e9)).isEqualTo(1);
        assertThat(length.operations(0)).isEqualTo(TrialLength.MOST_OPERATIONS);
        assertThat(length.inWords("message")).isEqualTo("about 2 s");
    }
}
