package org.machbed.netstack.tcp;

import org.junit.jupiter.api.Test;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.fixture.Host;
import org.machbed.netstack.fixture.TcpPeer;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Opening connections: RFC 9293 section 3.5 and SEGMENT ARRIVES in CLOSED, LISTEN, SYN-SENT and SYN-RECEIVED. */
class HandshakeTest {
    private static final TcpConfiguration ALL =
            TcpConfiguration.DEFAULT.toBuilder().buffers(65_536, 1 << 20).build();

    /** RFC 9293 section 3.5, figure 6; RFC 6691 section 2, RFC 7323, RFC 2018: what we offer. */
    @Test
    void anActiveOpenOffersEverything() throws Exception {
        TcpFixture f = new TcpFixture(ALL);
        f.socket.bind(0, TcpFixture.PORT);
        f.socket.connect(Host.IP_B, TcpPeer.PORT, f.host.nowNs);
        f.peer.hears("S 0:0(0) win 65535 <mss 1460,sackOK,ts 0,ws 5>");
        assertThat(f.socket.finishConnect()).isFalse();
        f.peer.sends("S. 0:0(0) ack 1 win 65535 <mss 1400,sackOK,ts 77 last,ws 7>");
        f.peer.hears(". 1:1(0) ack 1 win 32767 <ts ecr 77>");
        assertThat(f.socket.finishConnect()).isTrue();
        assertThat(f.socket.state()).isEqualTo(TcpState.ESTABLISHED);
    }

    @Test
    void aPassiveOpenAgreesToWhatTheSynHad() throws Exception {
        TcpFixture f = new TcpFixture(ALL).listen();
        f.peer.sends("S 0:0(0) win 65535 <mss 1460,sackOK,ts 5 0,ws 7>");
        f.peer.hears("S. 0:0(0) ack 1 win 65535 <mss 1460,sackOK,ts 5,ws 5>");
        f.peer.sends(". 1:1(0) ack 1 <ts 6 last>");
        f.peer.hearsNothing();
        assertThat(f.listening.acceptable()).isTrue();
    }

    /** RFC 7323 sections 2.2 and 3.2, RFC 2018 section 2: an option that the SYN had not is not in the answer. */
    @Test
    void aPassiveOpenOffersNothingThatTheSynHadNot() throws Exception {
        TcpFixture f = new TcpFixture(ALL).listen();
        f.peer.sends("S 0:0(0) win 1000");
        f.peer.hears("S. 0:0(0) ack 1 win 65535 <mss 1460>");
        f.peer.sends(". 1:1(0) ack 1 win 10000");
        f.accept();
        // RFC 9293 section 3.7.1 (MUST-15): without the option, 536.
        f.sends(1, 2000);
        f.peer.hears(". 1:537(536) ack 1", ". 537:1073(536) ack 1", ". 1073:1609(536) ack 1");
    }

    /** RFC 9293 section 3.10.7.1: SEQ=SEG.ACK when there is an ACK, else SEQ=0 and an ACK of the whole segment. */
    @Test
    void segmentsToNobodyAreReset() throws Exception {
        TcpFixture f = TcpFixture.plain();
        f.peer.sends("S 0:0(0)");
        f.peer.hears("R. 0:0(0) ack 1");
        f.peer.sends("SF 5:15(10)");
        f.peer.hears("R. 0:0(0) ack 17");
        f.peer.sends(". 5:5(0) ack 77");
        f.peer.hears("R 77:77(0)");
        f.peer.sends("F. 5:8(3) ack 78");
        f.peer.hears("R 78:78(0)");
        f.peer.sends("R 5:5(0)");
        f.peer.sends("R. 5:5(0) ack 9");
        f.peer.hearsNothing();
        assertThat(f.host.count(StackCounter.DROP_TCP_NO_CONNECTION)).isEqualTo(6);
        assertThat(f.host.stack.tcp().connections()).isZero();
    }

    /** RFC 6335 section 6 reserves it: no connection is to it or from it. */
    @Test
    void portZeroIsAClosedPort() throws Exception {
        Host host = Host.aKnowingB();
        TcpPeer toZero = new TcpPeer(host, "192.0.2.2", TcpPeer.PORT, 0);
        toZero.sends("S 0:0(0)");
        toZero.hears("R. 0:0(0) ack 1");
        new TcpPeer(host, "192.0.2.2", 0, TcpPeer.PORT).sends("S 0:0(0)");
        assertThat(host.take()).isEmpty();
        assertThat(host.count(StackCounter.DROP_TCP_PORT_ZERO)).isEqualTo(1);
    }

    /** RFC 9293 section 3.10.7.2: first RST, second ACK, third SYN, fourth anything else. */
    @Test
    void aListenerTakesNothingButSyn() throws Exception {
        TcpFixture f = TcpFixture.plain().listen();
        f.peer.sends("R 0:0(0)");
        f.peer.sends("SR 0:0(0)");
        f.peer.sends("R. 0:0(0) ack 1");
        f.peer.sends("- 0:0(0)");
        f.peer.sends("F 0:0(0)");
        f.peer.sends("SF 0:0(0)");
        f.peer.sends("FPU 0:9(9)");
        f.peer.hearsNothing();
        f.peer.sends(". 0:0(0) ack 5");
        f.peer.hears("R 5:5(0)");
        f.peer.sends("S. 0:0(0) ack 5");
        f.peer.hears("R 5:5(0)");
        assertThat(f.host.stack.tcp().connections()).isZero();
    }

    /** RFC 9293 section 3.10.7.2: text with SYN may be kept; we let it come again, as Linux does. */
    @Test
    void textWithSynIsNotAcknowledged() throws Exception {
        TcpFixture f = TcpFixture.plain().listen();
        f.peer.sends("SP 0:5(5) win 1000 <mss 1460>");
        f.peer.hears("S. 0:0(0) ack 1");
        f.peer.sends("P. 1:6(5) ack 1");
        f.peer.hears(". 1:1(0) ack 6");
    }

    /** RFC 9293 section 3.10.7.3 first: an ACK of something else is reset. */
    @Test
    void synSentRefusesAnAckOfAnotherSyn() throws Exception {
        TcpFixture f = TcpFixture.plain().synSent();
        f.peer.sends("S. 0:0(0) ack 0");
        f.peer.hears("R 0:0(0)");
        f.peer.sends("S. 0:0(0) ack 2");
        f.peer.hears("R 2:2(0)");
        f.peer.sends(". 0:0(0) ack 2");
        f.peer.hears("R 2:2(0)");
        f.peer.sends("R. 0:0(0) ack 2");
        f.peer.hearsNothing();
        assertThat(f.socket.state()).isEqualTo(TcpState.SYN_SENT);
    }

    /** RFC 9293 section 3.10.7.3 second; RFC 5961 section 3.2. */
    @Test
    void synSentBelievesAResetThatAcknowledgesItsSyn() throws Exception {
        TcpFixture f = TcpFixture.plain().synSent();
        f.peer.sends("R 0:0(0)");
        assertThat(f.socket.state()).isEqualTo(TcpState.SYN_SENT);
        f.peer.sends("R. 0:0(0) ack 1");
        f.peer.hearsNothing();
        assertThatExceptionOfType(SocketLayerException.class)
                .isThrownBy(f.socket::finishConnect)
                .matches(e -> e.errno() == Errno.ECONNREFUSED);
        assertThat(f.host.stack.tcp().connections()).isZero();
    }

    /** RFC 9293 section 3.10.7.3 fifth: neither SYN nor RST. */
    @Test
    void synSentDropsWhatHasNeitherSynNorReset() throws Exception {
        TcpFixture f = TcpFixture.plain().synSent();
        f.peer.sends(". 0:0(0) ack 1");
        f.peer.sends("F 0:0(0)");
        f.peer.sends("- 0:0(0)");
        f.peer.hearsNothing();
        assertThat(f.socket.state()).isEqualTo(TcpState.SYN_SENT);
    }

    /** RFC 9293 section 3.10.7.3 fourth: text and FIN behind SYN are taken. */
    @Test
    void textAndFinWithSynAndAckAreTaken() throws Exception {
        TcpFixture f = TcpFixture.plain().synSent();
        f.peer.sends("SFP. 0:5(5) ack 1 win 1000 <mss 1460>");
        f.peer.hears(". 1:1(0) ack 7");
        assertThat(f.receives(1)).isEqualTo(5);
        assertThat(f.receives(6)).isEqualTo(-1);
        assertThat(f.socket.state()).isEqualTo(TcpState.CLOSE_WAIT);
    }

    /** RFC 9293 section 3.5, figure 7 (MUST-10): simultaneous open. */
    @Test
    void synsMayCross() throws Exception {
        TcpFixture f = TcpFixture.plain().simultaneous();
        assertThat(f.socket.state()).isEqualTo(TcpState.SYN_RECEIVED);
        f.peer.sends("S. 0:0(0) ack 1 win 2000");
        f.peer.hearsNothing();
        assertThat(f.socket.state()).isEqualTo(TcpState.ESTABLISHED);
        assertThat(f.socket.finishConnect()).isTrue();
        f.sends(1, 3);
        f.peer.hears("P. 1:4(3) ack 1");
    }

    /** RFC 7323 section 2.2: the window of a segment with SYN is not scaled. */
    @Test
    void theWindowOfACrossedSynAndAckIsNotScaled() throws Exception {
        TcpFixture f = new TcpFixture(ALL).synSent();
        f.peer.sends("S 0:0(0) win 65535 <mss 1460,ws 7>");
        f.peer.hears("S. 0:0(0) ack 1");
        f.peer.sends("S. 0:0(0) ack 1 win 2000 <mss 1460,ws 7>");
        f.sends(1, 4000);
        f.peer.hears(". 1:1461(1460) ack 1");
    }

    /** A host that does not answer for its address is known to be unreachable before SYN gives up. */
    @Test
    void aConnectToAnAbsentNeighbourFailsSoon() throws Exception {
        TcpFixture f = TcpFixture.plain();
        f.socket.connect(Host.IP_B + 7, 9, f.host.nowNs);
        f.host.pass(10 * Host.SECOND);
        f.host.takeFrames();
        assertThatExceptionOfType(SocketLayerException.class)
                .isThrownBy(f.socket::finishConnect)
                .matches(e -> e.errno() == Errno.EHOSTUNREACH);
    }

    @Test
    void anAckAloneEndsASimultaneousOpenToo() throws Exception {
        TcpFixture f = TcpFixture.plain().simultaneous();
        f.peer.sends(". 1:1(0) ack 1 win 2000");
        f.peer.hearsNothing();
        assertThat(f.socket.state()).isEqualTo(TcpState.ESTABLISHED);
    }

    /** RFC 9293 section 3.5, figure 8, line 5: an old duplicate SYN is found out by the reset that its answer draws. */
    @Test
    void synReceivedReturnsToListenOnReset() throws Exception {
        TcpFixture f = TcpFixture.plain().synReceived();
        f.peer.sends("R 1:1(0)");
        f.peer.hearsNothing();
        assertThat(f.host.stack.tcp().connections()).isZero();
        f.peer.isn = 5000;
        f.peer.sends("S 0:0(0) <mss 1460>");
        f.peer.hears("S. 0:0(0) ack 1");
    }

    /** RFC 9293 section 3.10.7.4 second: after an active open the user hears "connection refused". */
    @Test
    void aSimultaneousOpenThatIsResetWasRefused() throws Exception {
        TcpFixture f = TcpFixture.plain().simultaneous();
        f.peer.sends("R 1:1(0)");
        f.peer.hearsNothing();
        assertThatExceptionOfType(SocketLayerException.class)
                .isThrownBy(f.socket::finishConnect)
                .matches(e -> e.errno() == Errno.ECONNREFUSED);
    }

    /** RFC 9293 section 3.10.7.4 fifth: an ACK of something else is reset and changes nothing. */
    @Test
    void synReceivedRefusesAnAckOfAnotherSyn() throws Exception {
        TcpFixture f = TcpFixture.plain().synReceived();
        f.peer.sends(". 1:1(0) ack 0");
        f.peer.hears("R 0:0(0)");
        f.peer.sends(". 1:1(0) ack 2");
        f.peer.hears("R 2:2(0)");
        f.peer.sends(". 1:1(0) ack 1");
        f.accept();
    }

    /** A repeated SYN is answered again. */
    @Test
    void synReceivedAnswersTheSameSynAgain() throws Exception {
        TcpFixture f = TcpFixture.plain().synReceived();
        f.peer.sends("S 0:0(0) win 65535 <mss 1460>");
        f.peer.hears("S. 0:0(0) ack 1");
        f.peer.sends(". 1:1(0) ack 1");
        f.accept();
    }

    /** RFC 9293 section 3.10.7.4 fourth: another SYN in the window returns a passive open to LISTEN. */
    @Test
    void synReceivedReturnsToListenOnAnotherSyn() throws Exception {
        TcpFixture f = TcpFixture.plain().synReceived();
        f.peer.sends("S 100:100(0)");
        f.peer.hearsNothing();
        assertThat(f.host.stack.tcp().connections()).isZero();
    }

    /** RFC 9293 section 3.8.3 (MUST-23): SYN is repeated for three minutes at least; RFC 6298 section 2.1 and 5.5. */
    @Test
    void aSynIsRepeatedForThreeMinutes() throws Exception {
        TcpFixture f = TcpFixture.plain().synSent();
        for (int wait = 1; wait <= 64; wait *= 2) {
            f.host.pass(wait * Host.SECOND - 50 * TcpFixture.MS);
            f.peer.hearsNothing();
            f.host.pass(51 * TcpFixture.MS);
            f.peer.hears("S 0:0(0)");
        }
        f.host.pass(200 * Host.SECOND);
        f.host.takeFrames();
        assertThatExceptionOfType(SocketLayerException.class)
                .isThrownBy(f.socket::finishConnect)
                .matches(e -> e.errno() == Errno.ETIMEDOUT);
        assertThat(f.host.stack.tcp().runningTimers()).isZero();
    }

    @Test
    void synAndAckAreRepeatedToo() throws Exception {
        TcpFixture f = TcpFixture.plain().synReceived();
        f.host.pass(1002 * TcpFixture.MS);
        f.peer.hears("S. 0:0(0) ack 1");
        f.host.pass(2002 * TcpFixture.MS);
        f.peer.hears("S. 0:0(0) ack 1");
        f.host.pass(400 * Host.SECOND);
        f.host.takeFrames();
        assertThat(f.host.stack.tcp().connections()).isZero();
    }

    /** RFC 9293 section 3.2 (MUST-6, MUST-7): unknown options are skipped, impossible ones do no harm. */
    @Test
    void strangeOptionsDoNoHarm() throws Exception {
        for (String option : new String[] {
            "raw fd04aaaa",
            "raw 02",
            "raw 0200",
            "raw 0203ff",
            "raw 02ff05b4",
            "raw 00020405b4",
            "raw fe00",
            "raw 0401",
            "raw 0a",
        }) {
            TcpFixture f = new TcpFixture(ALL).listen();
            f.peer.sends("S 0:0(0) win 1000 <" + option + ">");
            f.peer.hears("S. 0:0(0) ack 1");
        }
    }

    /** RFC 9293 section 3.9.2.3 (MUST-57), RFC 1122 section 4.2.3.10. */
    @Test
    void nothingThatCameToManyIsAnswered() throws Exception {
        TcpFixture f = TcpFixture.plain().listen();
        f.host.give(f.peer.packet("S 0:0(0)").to("192.0.2.255").macs(0xFFFF_FFFF_FFFFL, Host.MAC_B));
        f.host.give(f.peer.packet("S 0:0(0)").to("255.255.255.255").macs(0xFFFF_FFFF_FFFFL, Host.MAC_B));
        f.peer.hearsNothing();
        assertThat(f.host.count(StackCounter.DROP_TCP_GROUP)).isEqualTo(2);
    }

    /** RFC 9293 section 3.1 (MUST-3): the checksum is checked, pseudo-header included. */
    @Test
    void aDamagedSegmentIsDropped() throws Exception {
        TcpFixture f = TcpFixture.plain().listen();
        byte[] frame = f.peer.packet("S 0:0(0) <mss 1460>").frame();
        for (int at = 34; at < frame.length; at++) {
            byte[] damaged = frame.clone();
            damaged[at] ^= 0x10;
            f.host.give(damaged);
        }
        f.host.give(f.peer.packet("S 0:0(0)").from("192.0.2.3"));
        f.peer.hearsNothing();
        assertThat(f.host.stack.tcp().connections()).isZero();
    }

    /** RFC 9293 section 3.4.1 (MUST-8), RFC 6528: another number for another connection, and later ones for the same. */
    @Test
    void initialSequenceNumbersAreNotTheSame() throws Exception {
        TcpFixture f = TcpFixture.plain().synReceived();
        int first = f.peer.hostIsn;
        TcpPeer other = new TcpPeer(f.host, "192.0.2.2", 2001, TcpFixture.PORT);
        other.sends("S 0:0(0) <mss 1460>");
        other.hears("S. 0:0(0) ack 1");
        assertThat(Math.abs(other.hostIsn - first)).isGreaterThan(1000);
        f.peer.sends("R 1:1(0)");
        f.host.pass(100 * TcpFixture.MS);
        f.peer.sends("S 0:0(0) <mss 1460>");
        f.peer.hears("S. 0:0(0) ack 1");
        assertThat(f.peer.hostIsn - first).isBetween(20_000, 30_000);
    }

    /** RFC 7323 section 2.2: a SYN's window is not scaled, and 16 bits hold no more than 65,535 (found by simulation). */
    @Test
    void aSynSaysNoMoreThanItsWindowFieldHolds() throws Exception {
        TcpFixture f = new TcpFixture(TcpConfiguration.DEFAULT.toBuilder()
                        .extensions(TcpConfiguration.WINDOW_SCALE)
                        .build())
                .listen();
        f.peer.sends("S 0:0(0) win 65535 <mss 1460,ws 7>");
        f.peer.hears("S. 0:0(0) ack 1 win 65535 <mss 1460,ws 5>");
        f.peer.sends(". 10000000:10000000(0) ack 1");
        f.peer.hears(". 1:1(0) ack 1");
        f.host.pass(1001 * TcpFixture.MS);
        f.peer.hears("S. 0:0(0) ack 1 win 65535 <mss 1460,ws 5>");
    }
}
