package org.machbed.netstack.tcp;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** RFC 5681 section 4.2: when text is acknowledged that comes behind a gap, fills one, or follows. */
class GapAcknowledgmentTest {
    private static final int LENGTH = 1000;

    private static TcpFixture established(int extensions) throws Exception {
        TcpFixture f = new TcpFixture(TcpFixture.PLAIN.toBuilder()
                        .buffers(65_536, 65_536)
                        .extensions(extensions)
                        .build())
                .listen();
        f.peer.sends("S 0:0(0) win 65535 <mss 1000,sackOK>");
        f.peer.hears("S. 0:0(0) ack 1");
        f.peer.sends(". 1:1(0) ack 1 win 65535");
        return f.accept();
    }

    /** Gives the host a segment of the peer's text; they count from 0. */
    private static void segment(TcpFixture f, int number) {
        int start = 1 + number * LENGTH;
        f.peer.sends(". " + start + ":" + (start + LENGTH) + "(" + LENGTH + ") ack 1");
    }

    private static void expectAcknowledgment(TcpFixture f, boolean expected) {
        assertThat(f.host.take()).hasSize(expected ? 1 : 0);
    }

    /** Three at once tell the peer of its loss; every second one tells the rest, or the last after a millisecond. */
    @Test
    void withSackEverySecondSegmentBehindAGapIsAcknowledged() throws Exception {
        TcpFixture f = established(TcpConfiguration.SACK);
        for (int number = 1; number <= 4; number++) {
            segment(f, number);
            expectAcknowledgment(f, true);
        }
        segment(f, 5);
        expectAcknowledgment(f, false);
        segment(f, 6);
        expectAcknowledgment(f, true);
        segment(f, 7);
        expectAcknowledgment(f, false);
        f.host.pass(2 * DelayedAck.DELAY_BEHIND_GAP_NS);
        expectAcknowledgment(f, true);
    }

    /** RFC 6582: without SACK each duplicate says that a segment left the network. */
    @Test
    void withoutSackEachSegmentIsAcknowledged() throws Exception {
        TcpFixture f = established(0);
        for (int number = 1; number <= 9; number++) {
            segment(f, number);
            expectAcknowledgment(f, true);
        }
    }

    /** A duplicate and what fills a gap are told at once, and so are the segments that follow for a while. */
    @Test
    void whatChangesThePictureIsToldAtOnce() throws Exception {
        TcpFixture f = established(TcpConfiguration.SACK);
        for (int number = 1; number <= 5; number++) {
            segment(f, number);
        }
        f.host.takeFrames();
        segment(f, 5);
        expectAcknowledgment(f, true);
        segment(f, 0);
        expectAcknowledgment(f, true);
        for (int number = 6; number < 6 + 16; number++) {
            segment(f, number);
            expectAcknowledgment(f, true);
        }
        segment(f, 22);
        expectAcknowledgment(f, false);
        segment(f, 23);
        expectAcknowledgment(f, true);
    }
}
