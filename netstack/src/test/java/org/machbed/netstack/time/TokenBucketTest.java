package org.machbed.netstack.time;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class TokenBucketTest {
    private static int taken(TokenBucket bucket, int tries, long nowNs) {
        int taken = 0;
        for (int i = 0; i < tries; i++) {
            taken += bucket.take(nowNs) ? 1 : 0;
        }
        return taken;
    }

    @Test
    void letsABurstThroughAndThenTheRate() {
        TokenBucket bucket = new TokenBucket(1000, 50);
        long nowNs = -7_000_000_000L;
        assertThat(taken(bucket, 100, nowNs)).isEqualTo(50);
        assertThat(taken(bucket, 100, nowNs + 999_999)).isZero();
        assertThat(taken(bucket, 100, nowNs + 1_000_000)).isEqualTo(1);
        assertThat(taken(bucket, 100, nowNs + 11_500_000)).isEqualTo(10);
        assertThat(taken(bucket, 100, nowNs + 12_000_000)).isEqualTo(1);
    }

    @Test
    void earnsNoMoreThanABurst() {
        TokenBucket bucket = new TokenBucket(1000, 50);
        assertThat(taken(bucket, 100, 0)).isEqualTo(50);
        assertThat(taken(bucket, 100, Long.MAX_VALUE / 2)).isEqualTo(50);
    }
}
