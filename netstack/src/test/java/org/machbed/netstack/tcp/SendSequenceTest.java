package org.machbed.netstack.tcp;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class SendSequenceTest {
    /** RFC 9293 section 3.8.5 (MUST-31): the pointer goes as far as it can, and further with later segments. */
    @Test
    void urgentDataMayBeOfAnyLength() {
        SendSequence send = new SendSequence();
        send.start(0);
        send.sent(1);
        send.acknowledged(1);
        send.markUrgent(100_001);
        assertThat(send.urgentPointer(1)).isEqualTo(65_535);
        assertThat(send.urgentPointer(50_001)).isEqualTo(50_000);
        assertThat(send.urgentPointer(100_001)).isZero();
        send.sent(100_001);
        send.acknowledged(100_001);
        assertThat(send.urgentPointer(100_001)).isZero();
    }
}
