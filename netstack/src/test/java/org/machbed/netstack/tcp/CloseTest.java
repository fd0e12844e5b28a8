package org.machbed.netstack.tcp;

import org.junit.jupiter.api.Test;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.fixture.Host;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Ending connections: RFC 9293 section 3.6, and resets. */
class CloseTest {
    private static void isOver(TcpFixture f) {
        f.peer.hearsNothing();
        assertThat(f.socket.state()).isEqualTo(TcpState.CLOSED);
        assertThat(f.host.stack.tcp().connections()).isZero();
        assertThat(f.host.stack.tcp().runningTimers()).isZero();
    }

    /** Figure 12: A closes first. */
    @Test
    void weCloseFirst() throws Exception {
        TcpFixture f = TcpFixture.plain().timeWait();
        assertThat(f.socket.state()).isEqualTo(TcpState.TIME_WAIT);
        assertThat(f.receives(1)).isEqualTo(-1);
        f.host.pass(59 * Host.SECOND);
        assertThat(f.socket.state()).isEqualTo(TcpState.TIME_WAIT);
        f.host.pass(2 * Host.SECOND);
        isOver(f);
    }

    @Test
    void theyCloseFirst() throws Exception {
        TcpFixture f = TcpFixture.plain().lastAck();
        assertThat(f.socket.state()).isEqualTo(TcpState.LAST_ACK);
        f.peer.sends(". 2:2(0) ack 2");
        isOver(f);
    }

    /** Figure 13: both at once. */
    @Test
    void finsMayCross() throws Exception {
        TcpFixture f = TcpFixture.plain().closing();
        assertThat(f.socket.state()).isEqualTo(TcpState.CLOSING);
        f.peer.sends(". 2:2(0) ack 2");
        f.peer.hearsNothing();
        assertThat(f.socket.state()).isEqualTo(TcpState.TIME_WAIT);
    }

    @Test
    void oneSegmentMayAcknowledgeOurFinAndBringTheirs() throws Exception {
        TcpFixture f = TcpFixture.plain().finWait1();
        f.peer.sends("F. 1:1(0) ack 2");
        f.peer.hears(". 2:2(0) ack 2");
        assertThat(f.socket.state()).isEqualTo(TcpState.TIME_WAIT);
    }

    /** RFC 9293 section 3.6 case 1: half-closed, we still receive. */
    @Test
    void aHalfClosedConnectionReceives() throws Exception {
        TcpFixture f = TcpFixture.plain().finWait2();
        f.peer.sends("P. 1:101(100) ack 2");
        f.peer.hears(". 2:2(0) ack 101");
        assertThat(f.receives(1)).isEqualTo(100);
        assertThat(f.receives(101)).isZero();
        f.peer.sends("FP. 101:111(10) ack 2");
        f.peer.hears(". 2:2(0) ack 112");
        assertThat(f.receives(101)).isEqualTo(10);
        assertThat(f.receives(111)).isEqualTo(-1);
    }

    /** RFC 9293 section 3.6 case 2: half-closed by the peer, we still send. */
    @Test
    void weSendAfterThePeersFin() throws Exception {
        TcpFixture f = TcpFixture.plain().closeWait();
        f.sends(1, 10);
        f.peer.hears("P. 1:11(10) ack 2");
        f.sends(11, 10);
        f.socket.shutdownSending(f.host.nowNs);
        f.peer.hears("FP. 11:21(10) ack 2");
        f.peer.sends(". 2:2(0) ack 22");
        isOver(f);
    }

    /** RFC 9293 section 3.10.4: FIN follows all that was sent before. */
    @Test
    void finWaitsBehindText() throws Exception {
        TcpFixture f = TcpFixture.plain().established(1000);
        f.sends(1, 2500);
        f.socket.shutdownSending(f.host.nowNs);
        f.peer.hears(". 1:1001(1000) ack 1");
        f.peer.sends(". 1:1(0) ack 1001 win 1460");
        f.peer.hears(". 1001:2461(1460) ack 1");
        f.peer.sends(". 1:1(0) ack 2461 win 1460");
        f.peer.hears("FP. 2461:2501(40) ack 1");
    }

    /** RFC 9293 section 3.8.1: FIN is sent again until it is acknowledged. */
    @Test
    void finIsRepeated() throws Exception {
        TcpFixture f = TcpFixture.plain().finWait1();
        f.host.pass(201 * TcpFixture.MS);
        f.peer.hears("F. 1:1(0) ack 1");
        f.host.pass(401 * TcpFixture.MS);
        f.peer.hears("F. 1:1(0) ack 1");
        f.peer.sends(". 1:1(0) ack 2");
        f.host.pass(100 * Host.SECOND);
        f.peer.hearsNothing();
        assertThat(f.socket.state())
                .as("an application that is there waits for ever")
                .isEqualTo(TcpState.FIN_WAIT_2);
    }

    /** RFC 9293 section 3.10.7.4 eighth: in TIME-WAIT a repeated FIN is acknowledged and the time begins anew. */
    @Test
    void timeWaitAcknowledgesFinAgain() throws Exception {
        TcpFixture f = TcpFixture.plain().timeWait();
        f.host.pass(50 * Host.SECOND);
        f.peer.sends("F. 1:1(0) ack 2");
        f.peer.hears(". 2:2(0) ack 2");
        f.host.pass(50 * Host.SECOND);
        assertThat(f.socket.state()).isEqualTo(TcpState.TIME_WAIT);
        f.host.pass(11 * Host.SECOND);
        isOver(f);
    }

    /** A FIN that comes before the text that goes before it waits for it. */
    @Test
    void finWaitsForMissingText() throws Exception {
        TcpFixture f = TcpFixture.plain().established();
        f.peer.sends("F. 101:101(0) ack 1");
        f.peer.hears(". 1:1(0) ack 1");
        assertThat(f.socket.state()).isEqualTo(TcpState.ESTABLISHED);
        f.peer.sends(". 1:101(100) ack 1");
        f.peer.hears(". 1:1(0) ack 102");
        assertThat(f.socket.state()).isEqualTo(TcpState.CLOSE_WAIT);
        assertThat(f.receives(1)).isEqualTo(100);
        assertThat(f.receives(101)).isEqualTo(-1);
    }

    /** RFC 9293 section 3.10.7.4 seventh: text behind a FIN is ignored. */
    @Test
    void textBehindFinIsIgnored() throws Exception {
        TcpFixture f = TcpFixture.plain().closeWait();
        f.peer.sends("P. 2:12(10) ack 1");
        f.peer.hears(". 1:1(0) ack 2");
        assertThat(f.receives(1)).isEqualTo(-1);
    }

    /** RFC 9293 section 3.6.1 (SHLD-3), RFC 2525 section 2.17: what nobody read is lost, and the peer is told. */
    @Test
    void closingWithUnreadTextResets() throws Exception {
        TcpFixture f = TcpFixture.plain().established();
        f.peer.sends("P. 1:11(10) ack 1");
        f.peer.hears(". 1:1(0) ack 11");
        f.socket.close(f.host.nowNs);
        f.peer.hears("R. 1:1(0) ack 11");
        isOver(f);
    }

    /** The same for text that comes after the close. */
    @Test
    void textAfterCloseIsReset() throws Exception {
        TcpFixture f = TcpFixture.plain().established();
        f.socket.close(f.host.nowNs);
        f.peer.hears("F. 1:1(0) ack 1");
        f.peer.sends(". 1:1(0) ack 2");
        f.peer.sends("P. 1:11(10) ack 2");
        f.peer.hears("R. 2:2(0) ack 1");
        isOver(f);
    }

    /** A peer that never closes does not keep an abandoned connection for ever. */
    @Test
    void anAbandonedFinWait2Ends() throws Exception {
        TcpFixture f = TcpFixture.plain().established();
        f.socket.close(f.host.nowNs);
        f.peer.hears("F. 1:1(0) ack 1");
        f.peer.sends(". 1:1(0) ack 2");
        f.host.pass(61 * Host.SECOND);
        isOver(f);
    }

    @Test
    void closeInTheBackgroundDeliversWhatWasSent() throws Exception {
        TcpFixture f = TcpFixture.plain().established(1000);
        f.sends(1, 1500);
        f.socket.close(f.host.nowNs);
        f.peer.hears(". 1:1001(1000) ack 1");
        f.peer.sends(". 1:1(0) ack 1001 win 1000");
        f.peer.hears("FP. 1001:1501(500) ack 1");
        f.peer.sends("F. 1:1(0) ack 1502");
        f.peer.hears(". 1502:1502(0) ack 2");
        f.host.pass(61 * Host.SECOND);
        isOver(f);
    }

    /** RFC 9293 section 3.10.5: SO_LINGER of 0 is ABORT. */
    @Test
    void lingerOfZeroAborts() throws Exception {
        TcpFixture f = TcpFixture.plain().established();
        f.sends(1, 10);
        f.peer.hears("P. 1:11(10) ack 1");
        f.socket.setOption(SocketOptionName.LINGER_SECONDS, 0, f.host.nowNs);
        f.socket.close(f.host.nowNs);
        f.peer.hears("R. 11:11(0) ack 1");
        isOver(f);
    }

    @Test
    void aResetEndsTheConnection() throws Exception {
        TcpFixture f = TcpFixture.plain().established();
        f.peer.sends("P. 1:11(10) ack 1");
        f.peer.hears(". 1:1(0) ack 11");
        f.peer.sends("R 11:11(0)");
        isOver(f);
        assertThat(f.receives(1)).as("what came before can be read").isEqualTo(10);
        assertThatExceptionOfType(SocketLayerException.class)
                .isThrownBy(() -> f.receives(11))
                .matches(e -> e.errno() == Errno.ECONNRESET);
        assertThat(f.receives(11)).isEqualTo(-1);
        assertThatExceptionOfType(SocketLayerException.class)
                .isThrownBy(() -> f.sends(1, 1))
                .matches(e -> e.errno() == Errno.EPIPE);
    }

    /** RFC 9293 section 3.5.3 (SHLD-2): a reset may have text, which is not looked at. */
    @Test
    void aResetMayHaveText() throws Exception {
        TcpFixture f = TcpFixture.plain().established();
        f.peer.sends("R. 1:1001(1000) ack 1");
        isOver(f);
        assertThatExceptionOfType(SocketLayerException.class)
                .isThrownBy(() -> f.receives(1))
                .matches(e -> e.errno() == Errno.ECONNRESET);
    }

    /** RFC 5961 section 3.2: in the window but not next, a challenge; outside, nothing. */
    @Test
    void aBlindResetIsChallenged() throws Exception {
        TcpFixture f = TcpFixture.plain().established();
        f.peer.sends("R 2:2(0)");
        f.peer.hears(". 1:1(0) ack 1");
        f.peer.sends("R 8192:8192(0)");
        f.peer.hears(". 1:1(0) ack 1");
        f.peer.sends("R 8193:8193(0)");
        f.peer.sends("R 9000:9000(0)");
        f.peer.sends("R 0:0(0)");
        f.peer.sends("R -5:-5(0)");
        f.peer.hearsNothing();
        assertThat(f.host.count(StackCounter.DROP_TCP_BLIND_RESET)).isEqualTo(2);
        f.peer.sends("R 1:1(0)");
        isOver(f);
    }

    /** RFC 5961 section 4.2: a SYN is challenged, wherever it lies. */
    @Test
    void aBlindSynIsChallenged() throws Exception {
        TcpFixture f = TcpFixture.plain().established();
        for (String syn :
                new String[] {"S 0:0(0)", "S 1:1(0)", "S 100:100(0)", "S 100000:100000(0)", "S. 1:1(0) ack 1"}) {
            f.peer.sends(syn);
            f.peer.hears(". 1:1(0) ack 1");
        }
        assertThat(f.socket.state()).isEqualTo(TcpState.ESTABLISHED);
    }

    /** RFC 5961 section 5.2: an ACK of what was not sent, or of long ago, is challenged and its text dropped. */
    @Test
    void blindTextIsChallenged() throws Exception {
        TcpFixture f = TcpFixture.plain().established();
        f.peer.sends("P. 1:11(10) ack 2");
        f.peer.hears(". 1:1(0) ack 1");
        f.peer.sends("P. 1:11(10) ack -70000");
        f.peer.hears(". 1:1(0) ack 1");
        assertThat(f.receives(1)).isZero();
        f.peer.sends("P. 1:11(10) ack -100");
        f.peer.hears(". 1:1(0) ack 11");
        assertThat(f.receives(1)).isEqualTo(10);
    }

    /** RFC 5961 section 7: ten in five seconds. */
    @Test
    void challengesAreLimited() throws Exception {
        TcpFixture f = TcpFixture.plain().established();
        for (int i = 0; i < 30; i++) {
            f.peer.sends("R 2:2(0)");
        }
        assertThat(f.host.takeFrames()).hasSize(10);
        assertThat(f.host.count(StackCounter.TCP_CHALLENGE_ACKS_RATE_LIMITED)).isEqualTo(20);
        f.host.pass(5 * Host.SECOND);
        for (int i = 0; i < 30; i++) {
            f.peer.sends("R 2:2(0)");
        }
        assertThat(f.host.takeFrames()).hasSize(10);
    }

    /** RFC 9293 section 3.10.7.4 second: CLOSING, LAST-ACK and TIME-WAIT end without a word. */
    @Test
    void aResetWhileClosingIsNoError() throws Exception {
        for (TcpFixture f : new TcpFixture[] {
            TcpFixture.plain().closing(),
            TcpFixture.plain().lastAck(),
            TcpFixture.plain().timeWait()
        }) {
            f.peer.sends("R 2:2(0)");
            isOver(f);
            assertThat(f.receives(1)).isEqualTo(-1);
        }
    }

    /** RFC 9293 section 3.6.1 (MAY-2), RFC 1122 section 4.2.2.13: a SYN beyond doubt reopens from TIME-WAIT. */
    @Test
    void timeWaitMakesRoomForANewIncarnation() throws Exception {
        TcpFixture f = TcpFixture.plain().timeWait();
        f.peer.sends("S 1:1(0) <mss 1460>");
        f.peer.hears(". 2:2(0) ack 2");
        f.peer.isn += 100_000;
        f.peer.sends("S 0:0(0) <mss 1460>");
        f.peer.hears("S. 0:0(0) ack 1");
        assertThat(f.host.count(StackCounter.TCP_TIME_WAIT_REUSED)).isEqualTo(1);
    }

    /** RFC 1122 section 4.2.2.13: its initial sequence number is larger than the largest one of the old incarnation. */
    @Test
    void aNewIncarnationBeginsBeyondTheOldOne() throws Exception {
        TcpConfiguration sameAgain = TcpFixture.PLAIN.toBuilder()
                .initialSequences((us, ours, them, theirs, nowNs) -> 5000)
                .build();
        TcpFixture f = new TcpFixture(sameAgain).timeWait();
        assertThat(f.peer.hostIsn).isEqualTo(5000);
        f.peer.isn += 100_000;
        f.peer.sends("S 0:0(0) <mss 1460>");
        f.peer.hears("S. 0:0(0) ack 1");
        assertThat(f.peer.hostIsn).isEqualTo(5002 + 65_536);
    }

    /** RFC 9293 section 3.6.1 (SHLD-4), RFC 6191 section 2: a later timestamp is enough, wherever the sequence number lies. */
    @Test
    void aLaterTimestampReopensFromTimeWait() throws Exception {
        TcpFixture f = new TcpFixture(TcpConfiguration.DEFAULT).listen();
        f.peer.sends("S 0:0(0) <mss 1460,ts 5 0>");
        f.peer.hears("S. 0:0(0) ack 1");
        f.peer.sends(". 1:1(0) ack 1 <ts 10 last>");
        f.accept();
        f.socket.shutdownSending(f.host.nowNs);
        f.peer.hears("F. 1:1(0) ack 1");
        f.peer.sends("F. 1:1(0) ack 2 <ts 20 last>");
        f.peer.hears(". 2:2(0) ack 2");
        f.peer.isn -= 100_000;
        f.peer.sends("S 0:0(0) <mss 1460,ts 15 0>");
        f.peer.hears(". 2:2(0) ack 100002");
        assertThat(f.socket.state()).isEqualTo(TcpState.TIME_WAIT);
        f.peer.sends("S 0:0(0) <mss 1460,ts 21 0>");
        f.peer.hears("S. 0:0(0) ack 1");
        assertThat(f.host.count(StackCounter.TCP_TIME_WAIT_REUSED)).isEqualTo(1);
    }
}
