package org.machbed.netstack.tcp;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.machbed.netstack.random.KeyedRandom;

import static org.assertj.core.api.Assertions.assertThat;

/** RFC 4987 section 3.6. */
class SynCookiesTest {
    private static final long NOW_NS = -1_234_567_890_123L;

    private final SynCookies cookies = new SynCookies(new KeyedRandom(7));

    private int encode(int mssBytes, long nowNs) {
        return cookies.encode(1, 80, 3, 4000, 5, mssBytes, nowNs);
    }

    private int decode(int cookie, long nowNs) {
        return cookies.decode(1, 80, 3, 4000, 5, cookie, nowNs);
    }

    @Test
    void sayTheMaximumSegmentSizeRoundedDown() {
        int[][] cases = {
            {0, 48},
            {48, 48},
            {535, 48},
            {536, 536},
            {1459, 1440},
            {1460, 1460},
            {8_960, 8_960},
            {65_494, 8_960},
            {65_495, 65_495},
            {65_535, 65_495},
        };
        for (int[] one : cases) {
            assertThat(decode(encode(one[0], NOW_NS), NOW_NS))
                    .as("MSS %d", one[0])
                    .isEqualTo(one[1]);
        }
    }

    @Test
    void areGoodForAtLeastOnePeriodAndAtMostTwo() {
        for (int i = 0; i < 64; i++) {
            long nowNs = NOW_NS + i * 1_000_000_000L;
            int cookie = encode(1460, nowNs);
            assertThat(decode(cookie, nowNs + SynCookies.PERIOD_NS)).isEqualTo(1460);
            assertThat(decode(cookie, nowNs + 2 * SynCookies.PERIOD_NS)).isZero();
            assertThat(decode(cookie, nowNs + 4 * SynCookies.PERIOD_NS)).isZero();
            assertThat(decode(cookie, nowNs - SynCookies.PERIOD_NS)).isZero();
        }
    }

    @Test
    void areForTheirConnectionOnly() {
        int cookie = encode(1460, NOW_NS);
        assertThat(cookies.decode(2, 80, 3, 4000, 5, cookie, NOW_NS)).isZero();
        assertThat(cookies.decode(1, 81, 3, 4000, 5, cookie, NOW_NS)).isZero();
        assertThat(cookies.decode(1, 80, 4, 4000, 5, cookie, NOW_NS)).isZero();
        assertThat(cookies.decode(1, 80, 3, 4001, 5, cookie, NOW_NS)).isZero();
        assertThat(cookies.decode(1, 80, 3, 4000, 6, cookie, NOW_NS)).isZero();
        SynCookies others = new SynCookies(new KeyedRandom(8));
        assertThat(others.decode(1, 80, 3, 4000, 5, cookie, NOW_NS)).isZero();
    }

    @Test
    void cannotBeGuessed() {
        SplittableRandom random = new SplittableRandom(1);
        int taken = 0;
        for (int i = 0; i < 1_000_000; i++) {
            taken += decode(random.nextInt(), NOW_NS) != 0 ? 1 : 0;
        }
        assertThat(taken).isLessThanOrEqualTo(2);
        int cookie = encode(1460, NOW_NS);
        for (int bit = 0; bit < 32; bit++) {
            assertThat(decode(cookie ^ 1 << bit, NOW_NS))
                    .as("bit %d changed", bit)
                    .isZero();
        }
    }

    @Test
    void timestampsSayTheOptionsAndAreNeverLate() {
        SplittableRandom random = new SplittableRandom(2);
        for (int i = 0; i < 10_000; i++) {
            int timestamp = random.nextInt();
            int scale = random.nextInt(16) - 1;
            boolean sack = random.nextBoolean();
            int encoded = SynCookies.encodeTimestamp(timestamp, scale, sack);
            assertThat(SynCookies.windowScale(encoded)).isEqualTo(scale);
            assertThat(SynCookies.sackPermitted(encoded)).isEqualTo(sack);
            assertThat(timestamp - encoded).isBetween(0, 31);
        }
    }
}
