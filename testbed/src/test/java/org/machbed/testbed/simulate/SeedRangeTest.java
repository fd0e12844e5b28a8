package org.machbed.testbed.simulate;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class SeedRangeTest {
    @Test
    void bothEndsAreIncluded() {
        assertThat(SeedRange.parse("3..5")).isEqualTo(new SeedRange(3, 5));
        assertThat(SeedRange.parse("3..5").count()).isEqualTo(3);
        assertThat(SeedRange.parse("7")).isEqualTo(new SeedRange(7, 7));
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "5..1,           1 is before 5",
                "x,              'x' is not of the form A..B",
                "1...2,          '1...2' is not of the form A..B",
                "-1..2,          '-1..2' is not of the form A..B",
                "1..99999999999, is more than 1000000000 seeds"
            })
    void anythingElseIsRefused(String text, String why) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SeedRange.parse(text))
                .withMessageContaining(why);
    }
}
