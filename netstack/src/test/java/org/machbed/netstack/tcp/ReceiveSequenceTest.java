package org.machbed.netstack.tcp;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ReceiveSequenceTest {
    /** RFC 9293 section 3.4, table 5. */
    @Test
    void aSegmentIsAcceptableWhenItOverlapsWithTheWindow() {
        ReceiveSequence receive = new ReceiveSequence();
        receive.start(1000);
        receive.offer(100, 1);
        assertThat(receive.isAcceptable(991, 10)).isFalse();
        assertThat(receive.isAcceptable(991, 11)).isTrue();
        assertThat(receive.isAcceptable(991, 500)).as("longer than the window").isTrue();
        assertThat(receive.isAcceptable(1100, 500)).isTrue();
        assertThat(receive.isAcceptable(1101, 500)).isFalse();
    }

    /** Half of the sequence space away "before" turns into "after" (found by fuzzing: such text was taken for a long segment). */
    @Test
    void textOfHalfTheSequenceSpaceAgoIsNotAcceptable() {
        ReceiveSequence receive = new ReceiveSequence();
        receive.start(1000);
        receive.offer(40_000, 1);
        for (int distance = -100_000; distance <= 100_000; distance += 100) {
            assertThat(receive.isAcceptable(1001 + Integer.MIN_VALUE + distance, 1000))
                    .as("%d", distance)
                    .isFalse();
        }
    }

    /** RFC 9293 section 3.8.5: "a TCP receiver should be robust to invalid urgent pointer values". */
    @Test
    void urgentDataEndOnceAndDoNotRecede() {
        ReceiveSequence receive = new ReceiveSequence();
        receive.start(1000);
        assertThat(receive.urgentBytes(1001)).isZero();
        assertThat(receive.urgent(1011)).isTrue();
        assertThat(receive.urgent(1011)).isFalse();
        assertThat(receive.urgent(1005)).isFalse();
        assertThat(receive.urgentBytes(1001)).isEqualTo(10);
        receive.onRead(1021);
        assertThat(receive.urgentBytes(1021)).isZero();
    }

    /** However much comes between: an urgent pointer of long ago would look like one of the future. */
    @Test
    void urgentPointersCompareAfterMoreThanHalfOfTheSequenceSpace() {
        ReceiveSequence receive = new ReceiveSequence();
        receive.start(0);
        int read = 1;
        for (int i = 0; i < 5; i++) {
            read += 1 << 29;
            receive.onRead(read);
        }
        assertThat(receive.urgentBytes(read)).isZero();
        assertThat(receive.urgent(read + 3)).isTrue();
        assertThat(receive.urgentBytes(read)).isEqualTo(3);
    }
}
