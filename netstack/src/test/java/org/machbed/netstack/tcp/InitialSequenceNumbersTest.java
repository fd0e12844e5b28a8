package org.machbed.netstack.tcp;

import org.junit.jupiter.api.Test;
import org.machbed.netstack.random.KeyedRandom;

import static org.assertj.core.api.Assertions.assertThat;

/** RFC 6528. */
class InitialSequenceNumbersTest {
    private final InitialSequenceNumbers numbers = new InitialSequenceNumbers(new KeyedRandom(1));

    /** Section 3: M counts every 4 microseconds. */
    @Test
    void growByOneEveryFourMicroseconds() {
        int first = numbers.next(1, 2, 3, 4, -8_000_000);
        for (long us : new long[] {0, 3, 4, 8, 4_000_000, 4L << 32}) {
            assertThat(numbers.next(1, 2, 3, 4, -8_000_000 + us * 1000) - first).isEqualTo((int) (us / 4));
        }
    }

    /** F separates the sequence spaces of connections, and nobody else knows the secret. */
    @Test
    void differForEveryAddressPortAndSecret() {
        int one = numbers.next(1, 2, 3, 4, 0);
        InitialSequenceNumbers others = new InitialSequenceNumbers(new KeyedRandom(2));
        assertThat(new int[] {
                    numbers.next(2, 2, 3, 4, 0),
                    numbers.next(1, 3, 3, 4, 0),
                    numbers.next(1, 2, 4, 4, 0),
                    numbers.next(1, 2, 3, 5, 0),
                    numbers.next(3, 4, 1, 2, 0),
                    others.next(1, 2, 3, 4, 0)
                })
                .doesNotContain(one)
                .doesNotHaveDuplicates();
        assertThat(new InitialSequenceNumbers(new KeyedRandom(1)).next(1, 2, 3, 4, 0))
                .isEqualTo(one);
    }
}
