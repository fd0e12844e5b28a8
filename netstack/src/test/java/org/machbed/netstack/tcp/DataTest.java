package org.machbed.netstack.tcp;

import org.junit.jupiter.api.Test;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.fixture.Host;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Text, windows and acknowledgments of an established connection: RFC 9293 sections 3.7 and 3.8. */
class DataTest {
    private static void settleQuickAcks(TcpFixture f) throws Exception {
        for (int i = 0; i < 16; i++) {
            f.peer.sends(". " + (1 + i) + ":" + (2 + i) + "(1) ack 1");
            f.peer.hears(". 1:1(0) ack " + (2 + i));
            f.receives(1 + i);
        }
    }

    /** The peer sends so much, which is acknowledged. */
    private static void fill(TcpFixture f, int from, int bytes) {
        int at = from;
        while (at < from + bytes) {
            int length = Math.min(1000, from + bytes - at);
            f.peer.sends(". %d:%d(%d) ack 1".formatted(at, at + length, length));
            at += length;
            f.peer.hears(". 1:1(0) ack " + at);
        }
    }

    /** RFC 9293 section 3.4, table 5: acceptability of text, and the answer to what is not acceptable. */
    @Test
    void textOutsideTheWindowIsAcknowledgedAndDropped() throws Exception {
        TcpFixture f = TcpFixture.plain().established();
        for (String segment : new String[] {". 8193:8203(10) ack 1", ". -9:1(10) ack 1", ". 100000:100010(10) ack 1"}) {
            f.peer.sends(segment);
            f.peer.hears(". 1:1(0) ack 1");
        }
        assertThat(f.receives(1)).isZero();
        assertThat(f.host.count(StackCounter.DROP_TCP_OUT_OF_WINDOW)).isEqualTo(3);
    }

    /** RFC 9293 section 3.10.7.4: what is in the window is cut out of the segment. */
    @Test
    void aSegmentIsTrimmedToTheWindow() throws Exception {
        TcpFixture f = TcpFixture.plain().established();
        f.peer.sends(". -9:11(20) ack 1");
        f.peer.hears(". 1:1(0) ack 11");
        assertThat(f.receives(1)).isEqualTo(10);
        fill(f, 11, 7000);
        f.peer.sends("F. 7011:8471(1460) ack 1");
        f.peer.hears(". 1:1(0) ack 8193 win 0");
        assertThat(f.receives(11)).isEqualTo(8182);
        f.peer.hears(". 1:1(0) ack 8193 win 8192");
        assertThat(f.socket.state()).as("the FIN was cut off with the text").isEqualTo(TcpState.ESTABLISHED);
    }

    /** RFC 9293 section 3.10.7.4 (SHLD-31): text that comes too early is kept; RFC 5681 section 4.2: and answered at once. */
    @Test
    void textInTheWrongOrderIsPutInOrder() throws Exception {
        TcpFixture f = TcpFixture.plain().established();
        f.peer.sends(". 201:301(100) ack 1");
        f.peer.hears(". 1:1(0) ack 1");
        f.peer.sends(". 101:201(100) ack 1");
        f.peer.hears(". 1:1(0) ack 1");
        assertThat(f.receives(1)).isZero();
        f.peer.sends(". 1:101(100) ack 1");
        f.peer.hears(". 1:1(0) ack 301");
        assertThat(f.receives(1)).isEqualTo(300);
    }

    /** RFC 2018 section 4: the block that the last segment went to comes first. */
    @Test
    void gapsAreReportedBySack() throws Exception {
        TcpFixture f = new TcpFixture(TcpConfiguration.DEFAULT.toBuilder()
                        .extensions(TcpConfiguration.SACK)
                        .build())
                .listen();
        f.peer.sends("S 0:0(0) <mss 1460,sackOK>");
        f.peer.hears("S. 0:0(0) ack 1 <mss 1460,sackOK>");
        f.peer.sends(". 1:1(0) ack 1");
        f.accept();
        f.peer.sends(". 101:201(100) ack 1");
        f.peer.hears(". 1:1(0) ack 1 <sack 101:201>");
        f.peer.sends(". 301:401(100) ack 1");
        f.peer.hears(". 1:1(0) ack 1 <sack 301:401 101:201>");
        f.peer.sends(". 201:251(50) ack 1");
        f.peer.hears(". 1:1(0) ack 1 <sack 101:251 301:401>");
        // RFC 2883 section 4: a duplicate is reported once, first.
        f.peer.sends(". 101:201(100) ack 1");
        f.peer.hears(". 1:1(0) ack 1 <sack 101:201 101:251 301:401>");
        f.peer.sends(". 1:101(100) ack 1");
        f.peer.hears(". 1:1(0) ack 251 <sack 301:401>");
        f.peer.sends(". 251:301(50) ack 1");
        f.peer.hears(". 1:1(0) ack 401 <>");
        assertThat(f.receives(1)).isEqualTo(400);
    }

    /** RFC 9293 section 3.8.6.3 (SHLD-18, SHLD-19, MUST-40): every second full-sized segment, and within 500 ms. */
    @Test
    void acknowledgmentsAreDelayed() throws Exception {
        TcpFixture f = TcpFixture.plain().established();
        settleQuickAcks(f);
        f.peer.sends(". 17:1017(1000) ack 1");
        f.peer.hearsNothing();
        f.peer.sends(". 1017:2017(1000) ack 1");
        f.peer.hears(". 1:1(0) ack 2017");
        f.peer.sends(". 2017:2027(10) ack 1");
        f.host.pass(39 * TcpFixture.MS);
        f.peer.hearsNothing();
        f.host.pass(2 * TcpFixture.MS);
        f.peer.hears(". 1:1(0) ack 2027");
        f.host.pass(Host.SECOND);
        f.peer.hearsNothing();
    }

    /** RFC 9293 section 3.8.6.3: an ACK rides on text that goes the other way. */
    @Test
    void acknowledgmentsRideOnText() throws Exception {
        TcpFixture f = TcpFixture.plain().established();
        settleQuickAcks(f);
        f.peer.sends("P. 17:27(10) ack 1");
        f.peer.hearsNothing();
        f.sends(1, 5);
        f.peer.hears("P. 1:6(5) ack 27");
        f.host.pass(100 * TcpFixture.MS);
        f.peer.hearsNothing();
    }

    /** RFC 9293 section 3.8.6 (SHLD-14): the receiver's window falls with what is not read and does not shrink. */
    @Test
    void theWindowFallsAsTextIsNotRead() throws Exception {
        TcpFixture f = TcpFixture.plain().established();
        f.peer.sends(". 1:1461(1460) ack 1");
        f.peer.hears(". 1:1(0) ack 1461 win 6732");
        fill(f, 1461, 6732);
        // A small read is no reason to open it: receiver's silly window avoidance (section 3.8.6.2.2, MUST-39).
        assertThat(f.host.receiveText(f.socket, 1, 1000)).isEqualTo(1000);
        f.peer.hearsNothing();
        f.peer.sends(". 8193:8194(1) ack 1");
        f.peer.hears(". 1:1(0) ack 8193 win 0");
        assertThat(f.host.receiveText(f.socket, 1001, 460)).isEqualTo(460);
        f.peer.hears(". 1:1(0) ack 8193 win 1460");
    }

    /** RFC 9293 section 3.10.7.4 (MUST-66): with a closed window ACKs and resets are still heard. */
    @Test
    void aClosedWindowStillHearsAcknowledgments() throws Exception {
        TcpFixture f = TcpFixture.plain().established();
        fill(f, 1, 8192);
        f.sends(1, 10);
        f.peer.hears("P. 1:11(10) ack 8193");
        f.peer.sends(". 8193:8203(10) ack 11");
        f.peer.hears(". 11:11(0) ack 8193 win 0");
        assertThat(f.socket.unacknowledgedBytes()).isZero();
        f.peer.sends("R. 8193:8193(0) ack 11");
        assertThat(f.socket.state()).isEqualTo(TcpState.CLOSED);
    }

    /** RFC 9293 section 3.7.4 (SHLD-7): Nagle's algorithm. */
    @Test
    void smallSegmentsWaitForAnAcknowledgment() throws Exception {
        TcpFixture f = TcpFixture.plain().established();
        f.sends(1, 10);
        f.peer.hears("P. 1:11(10) ack 1");
        f.sends(11, 10);
        f.sends(21, 10);
        f.peer.hearsNothing();
        f.peer.sends(". 1:1(0) ack 11");
        f.peer.hears("P. 11:31(20) ack 1");
        f.sends(31, 1460);
        f.peer.hears("P. 31:1491(1460) ack 1");
    }

    /** RFC 9293 section 3.7.4 (MUST-17): and can be switched off. */
    @Test
    void noDelaySendsAtOnce() throws Exception {
        TcpFixture f = TcpFixture.plain().established();
        f.sends(1, 10);
        f.sends(11, 10);
        f.peer.hears("P. 1:11(10) ack 1");
        f.socket.setOption(SocketOptionName.NO_DELAY, 1, f.host.nowNs);
        f.peer.hears("P. 11:21(10) ack 1");
        f.sends(21, 10);
        f.peer.hears("P. 21:31(10) ack 1");
    }

    /** RFC 9293 section 3.8.6.2.1 (MUST-38): no small segment into a small window while more is on its way. */
    @Test
    void theSenderAvoidsSillyWindows() throws Exception {
        TcpFixture f = TcpFixture.plain().established(3000);
        f.sends(1, 5000);
        f.peer.hears(". 1:1461(1460) ack 1", ". 1461:2921(1460) ack 1");
        f.peer.sends(". 1:1(0) ack 1461 win 1500");
        f.peer.hearsNothing();
        f.peer.sends(". 1:1(0) ack 2921 win 100");
        f.peer.hearsNothing();
        // The override timeout: what fits goes after a while.
        f.host.pass(201 * TcpFixture.MS);
        f.peer.hears(". 2921:3021(100) ack 1");
        f.peer.sends(". 1:1(0) ack 3021 win 1500");
        f.peer.hears(". 3021:4481(1460) ack 1");
    }

    /** RFC 9293 section 3.8.6.1 (MUST-36, SHLD-29, SHLD-30): probes of a closed window, ever more rarely. */
    @Test
    void aClosedWindowIsProbed() throws Exception {
        TcpFixture f = TcpFixture.plain().established(1460);
        f.sends(1, 3000);
        f.peer.hears(". 1:1461(1460) ack 1");
        f.peer.sends(". 1:1(0) ack 1461 win 0");
        for (int wait = 200; wait <= 3200; wait *= 2) {
            f.host.pass((wait - 20) * TcpFixture.MS);
            f.peer.hearsNothing();
            f.host.pass(21 * TcpFixture.MS);
            f.peer.hears(". 1461:1462(1) ack 1");
            f.peer.sends(". 1:1(0) ack 1461 win 0");
        }
        f.peer.sends(". 1:1(0) ack 1461 win 4000");
        f.peer.hears(". 1461:2921(1460) ack 1");
        f.peer.sends(". 1:1(0) ack 2921 win 4000");
        f.peer.hears("P. 2921:3001(80) ack 1");
    }

    /** A probe's octet may be taken. */
    @Test
    void aProbeMayBeAccepted() throws Exception {
        TcpFixture f = TcpFixture.plain().established(1460);
        f.sends(1, 2000);
        f.peer.hears(". 1:1461(1460) ack 1");
        f.peer.sends(". 1:1(0) ack 1461 win 0");
        f.host.pass(201 * TcpFixture.MS);
        f.peer.hears(". 1461:1462(1) ack 1");
        f.peer.sends(". 1:1(0) ack 1462 win 0");
        f.host.pass(401 * TcpFixture.MS);
        f.peer.hears(". 1462:1463(1) ack 1");
        f.peer.sends(". 1:1(0) ack 1463 win 1000");
        f.peer.hears("P. 1463:2001(538) ack 1");
    }

    /** RFC 9293 section 3.8.6.1 (MUST-37): a peer that answers probes is waited for, however long. */
    @Test
    void aPeerThatAnswersProbesIsWaitedFor() throws Exception {
        TcpFixture f = TcpFixture.plain().established(1460);
        f.sends(1, 2000);
        f.peer.hears(". 1:1461(1460) ack 1");
        f.peer.sends(". 1:1(0) ack 1461 win 0");
        for (int minute = 0; minute < 120; minute++) {
            f.host.pass(60 * Host.SECOND);
            f.host.takeFrames();
            f.peer.sends(". 1:1(0) ack 1461 win 0");
        }
        assertThat(f.socket.state()).isEqualTo(TcpState.ESTABLISHED);
        f.peer.sends(". 1:1(0) ack 1461 win 1460");
        f.peer.hears("P. 1461:2001(540) ack 1");
    }

    @Test
    void aPeerThatDoesNotIsGivenUp() throws Exception {
        TcpFixture f = TcpFixture.plain().established(1460);
        f.sends(1, 2000);
        f.peer.hears(". 1:1461(1460) ack 1");
        f.peer.sends(". 1:1(0) ack 1461 win 0");
        f.host.pass(1000 * Host.SECOND);
        f.host.takeFrames();
        assertThatExceptionOfType(SocketLayerException.class)
                .isThrownBy(() -> f.sends(1, 1))
                .matches(e -> e.errno() == Errno.ETIMEDOUT);
    }

    /** RFC 9293 section 3.8.6 (SHLD-14 to SHLD-17, MUST-34): a window that the peer shrinks. */
    @Test
    void aWindowMayShrink() throws Exception {
        TcpFixture f = TcpFixture.plain().established(5000);
        f.sends(1, 4380);
        f.peer.hears(". 1:1461(1460) ack 1", ". 1461:2921(1460) ack 1", "P. 2921:4381(1460) ack 1");
        f.peer.sends(". 1:1(0) ack 1461 win 0");
        f.peer.hearsNothing();
        f.host.pass(201 * TcpFixture.MS);
        f.peer.hears(". 1461:2921(1460) ack 1");
        f.peer.sends(". 1:1(0) ack 1461 win 5000");
        f.peer.hears(". 1461:2921(1460) ack 1");
        f.peer.sends(". 1:1(0) ack 2921 win 5000");
        f.peer.hears("P. 2921:4381(1460) ack 1");
    }

    /** RFC 9293 section 3.8.6 (SHLD-17): text that a shrunk window does not cover is no reason to give up. */
    @Test
    void aShrunkWindowIsWaitedFor() throws Exception {
        TcpFixture f = TcpFixture.plain().established(5000);
        f.sends(1, 2920);
        f.peer.hears(". 1:1461(1460) ack 1", "P. 1461:2921(1460) ack 1");
        for (int minute = 0; minute < 60; minute++) {
            f.peer.sends(". 1:1(0) ack 1461 win 0");
            f.host.pass(60 * Host.SECOND);
        }
        f.host.takeFrames();
        assertThat(f.socket.state()).isEqualTo(TcpState.ESTABLISHED);
        f.peer.sends(". 1:1(0) ack 1461 win 5000");
        f.peer.hears("P. 1461:2921(1460) ack 1");
    }

    /** RFC 9293 section 3.10.7.4 fifth: an older segment does not change the window. */
    @Test
    void anOldSegmentBringsNoWindow() throws Exception {
        TcpFixture f = TcpFixture.plain().established(1460);
        f.peer.sends(". 1:11(10) ack 1 win 2920");
        f.peer.hears(". 1:1(0) ack 11");
        f.peer.sends(". 2:11(9) ack 1 win 100");
        f.host.takeFrames();
        f.sends(1, 2920);
        f.peer.hears(". 1:1461(1460) ack 11", "P. 1461:2921(1460) ack 11");
    }

    /** RFC 9293 section 3.8.5: urgent data are delivered in line and their end is known. */
    @Test
    void urgentDataStayInLine() throws Exception {
        TcpFixture f = TcpFixture.plain().established();
        f.peer.sends("PU. 1:11(10) ack 1 urg 5");
        f.peer.hears(". 1:1(0) ack 11");
        assertThat(f.socket.urgentBytes()).isEqualTo(5);
        assertThat(f.receives(1)).isEqualTo(10);
        assertThat(f.socket.urgentBytes()).isZero();
    }

    /** RFC 9293 section 3.4 (MUST-66): with a closed window the urgent pointer is still heard. */
    @Test
    void aClosedWindowStillHearsOfUrgentData() throws Exception {
        TcpFixture f = TcpFixture.plain().established();
        fill(f, 1, 8192);
        f.peer.sends("U. 8193:8203(10) ack 1 urg 5");
        f.peer.hears(". 1:1(0) ack 8193 win 0");
        assertThat(f.socket.urgentBytes()).isEqualTo(8192);
    }

    /** RFC 9293 section 3.8.5 (MUST-30, MUST-62). */
    @Test
    void urgentDataCanBeSent() throws Exception {
        TcpFixture f = TcpFixture.plain().established();
        byte[] text = org.machbed.netstack.fixture.TcpPeer.text(1, 3);
        f.socket.sendUrgent(java.lang.foreign.MemorySegment.ofArray(text), 0, 3, f.host.nowNs);
        f.peer.hears("P.U 1:4(3) ack 1 urg 3");
        f.peer.sends(". 1:1(0) ack 4");
        f.sends(4, 2);
        f.peer.hears("P. 4:6(2) ack 1");
    }

    /** RFC 9293 section 3.8.4: keep-alives are off, and when on ask after two hours. */
    @Test
    void keepAlives() throws Exception {
        TcpFixture f = TcpFixture.plain().established();
        f.host.pass(10_000 * Host.SECOND);
        f.peer.hearsNothing();
        f.socket.setOption(SocketOptionName.KEEP_ALIVE, 1, f.host.nowNs);
        f.peer.sends("P. 1:2(1) ack 1");
        f.peer.hears(". 1:1(0) ack 2");
        f.host.pass(7199 * Host.SECOND);
        f.peer.hearsNothing();
        f.host.pass(2 * Host.SECOND);
        f.peer.hears(". 0:0(0) ack 2");
        f.peer.sends(". 2:2(0) ack 1");
        f.host.pass(7190 * Host.SECOND);
        f.peer.hearsNothing();
        f.host.pass(11 * Host.SECOND + 8 * 75 * Host.SECOND);
        assertThat(f.host.takeFrames()).hasSize(9);
        f.host.pass(75 * Host.SECOND);
        f.peer.hears("R. 1:1(0) ack 2");
        assertThatExceptionOfType(SocketLayerException.class)
                .isThrownBy(() -> {
                    f.receives(1);
                    f.receives(2);
                })
                .matches(e -> e.errno() == Errno.ETIMEDOUT);
    }

    /** RFC 9293 section 3.8.4 (MUST-27): the interval can be set. */
    @Test
    void keepAlivesMayBeMoreFrequent() throws Exception {
        TcpFixture f = TcpFixture.plain().established();
        f.socket.setOption(SocketOptionName.KEEP_ALIVE_SECONDS, 10, f.host.nowNs);
        f.socket.setOption(SocketOptionName.KEEP_ALIVE, 1, f.host.nowNs);
        f.host.pass(5 * Host.SECOND);
        f.peer.sends(". 1:1(0) ack 1");
        f.host.pass(9 * Host.SECOND);
        f.peer.hearsNothing();
        f.host.pass(2 * Host.SECOND);
        f.peer.hears(". 0:0(0) ack 1");
        f.peer.sends(". 1:1(0) ack 1");
        f.socket.setOption(SocketOptionName.KEEP_ALIVE_SECONDS, 3, f.host.nowNs);
        f.host.pass(4 * Host.SECOND);
        f.peer.hears(". 0:0(0) ack 1");
    }

    /** RFC 9293 section 3.8.4, the other side: a keep-alive is answered, with or without an octet. */
    @Test
    void keepAlivesAreAnswered() throws Exception {
        TcpFixture f = TcpFixture.plain().established();
        f.peer.sends(". 0:0(0) ack 1");
        f.peer.hears(". 1:1(0) ack 1");
        f.peer.sends(". 0:1(1) ack 1");
        f.peer.hears(". 1:1(0) ack 1");
    }

    /** RFC 9293 section 3.10.7.4 fifth: a segment without ACK is dropped. */
    @Test
    void aSegmentWithoutAckIsDropped() throws Exception {
        TcpFixture f = TcpFixture.plain().established();
        f.peer.sends("- 1:11(10)");
        f.peer.sends("FPU 1:11(10)");
        f.peer.hearsNothing();
        assertThat(f.receives(1)).isZero();
    }

    /**
     * RFC 9293 section 3.8.6: nothing goes beyond the window. An acknowledgment that comes with text sent again has an old sequence
     * number and a new window (found by simulation).
     */
    @Test
    void aNewAcknowledgmentBringsItsWindowWhateverItsSequenceNumber() throws Exception {
        TcpFixture f = TcpFixture.plain().established(3000);
        f.sends(1, 10_000);
        f.peer.hears(". 1:1461(1460) ack 1", ". 1461:2921(1460) ack 1");
        f.peer.sends(". 11:21(10) ack 1 win 3000");
        f.peer.hears(". 2921:2921(0) ack 1");
        f.peer.sends(". 1:11(10) ack 2921 win 80");
        f.peer.hears(". 2921:2921(0) ack 21");
    }

    /** Empty buffers do not keep what others may need. */
    @Test
    void anIdleConnectionHoldsNoMemory() throws Exception {
        TcpFixture f = TcpFixture.plain().established();
        f.peer.sends(". 1:11(10) ack 1");
        f.peer.hears(". 1:1(0) ack 11");
        f.sends(1, 10);
        f.peer.hears("P. 1:11(10) ack 11");
        f.peer.sends(". 11:11(0) ack 11");
        f.host.pass(2 * Host.SECOND);
        assertThat(f.host.stack.tcp().bufferBytes()).as("of what was not read").isEqualTo(4096);
        assertThat(f.receives(1)).isEqualTo(10);
        f.host.pass(2 * Host.SECOND);
        assertThat(f.host.stack.tcp().bufferBytes()).isZero();
        assertThat(f.host.stack.tcp().runningTimers()).isZero();
        f.sends(11, 10);
        f.peer.hears("P. 11:21(10) ack 11");
    }
}
