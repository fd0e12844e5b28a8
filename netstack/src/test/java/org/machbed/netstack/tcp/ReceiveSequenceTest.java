package org.machbed.netstack.tcp;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ReceiveSequenceTest {
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
