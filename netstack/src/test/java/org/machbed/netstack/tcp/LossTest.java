package org.machbed.netstack.tcp;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.fixture.Host;
import org.machbed.netstack.fixture.Packet;
import org.machbed.netstack.icmp.IcmpHeader;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Losses and what the network says: RFC 6298, 5681, 6582, 3042, 8985, 7323, 1191, 5927. */
class LossTest {
    private static final TcpConfiguration SACK =
            TcpFixture.PLAIN.toBuilder().extensions(TcpConfiguration.SACK).build();

    private static TcpFixture established(TcpConfiguration configuration, String options) throws Exception {
        TcpFixture f = new TcpFixture(configuration).listen();
        f.peer.sends("S 0:0(0) win 65535 <" + options + ">");
        f.peer.hears("S. 0:0(0) ack 1");
        f.peer.sends(". 1:1(0) ack 1 win 65535" + (options.contains("ts") ? " <ts 10 last>" : ""));
        return f.accept();
    }

    /** RFC 6928: ten segments at first; RFC 5681 section 3.1: then two more for each that is acknowledged. */
    @Test
    void slowStart() throws Exception {
        TcpFixture f = established(TcpFixture.PLAIN, "mss 1000");
        f.sends(1, 60_000);
        assertThat(f.host.take()).hasSize(10).allMatch(line -> line.contains("length 1000"));
        f.peer.sends(". 1:1(0) ack 2001");
        assertThat(f.host.take()).hasSize(4);
    }

    /** RFC 6298 section 5: the oldest segment is sent again, after ever longer times; RFC 5681 section 3.1: window of one. */
    @Test
    void aTimeoutSendsTheOldestAgain() throws Exception {
        TcpFixture f = established(TcpFixture.PLAIN, "mss 1000");
        f.sends(1, 3000);
        f.peer.hears(". 1:1001(1000) ack 1", ". 1001:2001(1000) ack 1", "P. 2001:3001(1000) ack 1");
        f.host.pass(201 * TcpFixture.MS);
        f.peer.hears(". 1:1001(1000) ack 1");
        f.host.pass(399 * TcpFixture.MS);
        f.peer.hearsNothing();
        f.host.pass(3 * TcpFixture.MS);
        f.peer.hears(". 1:1001(1000) ack 1");
        f.peer.sends(". 1:1(0) ack 1001");
        f.peer.hears(". 1001:2001(1000) ack 1", "P. 2001:3001(1000) ack 1");
        f.peer.sends(". 1:1(0) ack 3001");
        f.host.pass(100 * Host.SECOND);
        f.peer.hearsNothing();
    }

    /** RFC 9293 section 3.8.3: R2; RFC 6298 section 5.5 on the way there. */
    @Test
    void aPeerThatIsGoneIsGivenUp() throws Exception {
        TcpFixture f = established(TcpFixture.PLAIN, "mss 1000");
        f.sends(1, 10);
        f.host.pass(899 * Host.SECOND);
        assertThat(f.socket.state()).isEqualTo(TcpState.ESTABLISHED);
        f.host.pass(130 * Host.SECOND);
        assertThat(f.host.takeFrames()).hasSizeBetween(12, 20);
        assertThatExceptionOfType(SocketLayerException.class)
                .isThrownBy(() -> f.sends(11, 1))
                .matches(e -> e.errno() == Errno.ETIMEDOUT);
    }

    /** RFC 9293 section 3.8.3 (MUST-21): the user says how long a connection may be in vain. */
    @Test
    void theUserSaysHowLong() throws Exception {
        TcpFixture f = established(TcpFixture.PLAIN, "mss 1000");
        f.socket.setOption(SocketOptionName.USER_TIMEOUT_MS, 5000, f.host.nowNs);
        f.sends(1, 10);
        f.host.pass(4 * Host.SECOND);
        assertThat(f.socket.state()).isEqualTo(TcpState.ESTABLISHED);
        f.host.pass(4 * Host.SECOND);
        assertThatExceptionOfType(SocketLayerException.class)
                .isThrownBy(() -> f.receives(1))
                .matches(e -> e.errno() == Errno.ETIMEDOUT);
    }

    /** RFC 5681 section 3.2, RFC 6582: fast retransmit and fast recovery without SACK; RFC 3042: limited transmit. */
    @Test
    void threeDuplicatesSendTheOldestAgain() throws Exception {
        TcpFixture f = established(TcpFixture.PLAIN, "mss 1000");
        f.sends(1, 30_000);
        assertThat(f.host.take()).hasSize(10);
        f.peer.sends(". 1:1(0) ack 1");
        f.peer.hears(". 10001:11001(1000) ack 1");
        f.peer.sends(". 1:1(0) ack 1");
        f.peer.hears(". 11001:12001(1000) ack 1");
        f.peer.sends(". 1:1(0) ack 1");
        f.peer.hears(". 1:1001(1000) ack 1");
        assertThat(f.host.count(StackCounter.TCP_FAST_RETRANSMITS)).isEqualTo(1);
        // Half of the 10 segments of the window: the 2 of limited transmit MUST NOT count (step 2).
        for (int i = 0; i < 4; i++) {
            f.peer.sends(". 1:1(0) ack 1"); // 5 + 3 + 4 segments of window, 12 of which are on their way
            f.peer.hearsNothing();
        }
        f.peer.sends(". 1:1(0) ack 1");
        f.peer.hears(". 12001:13001(1000) ack 1");
        // A partial acknowledgment (RFC 6582 section 3.2 step 3).
        f.peer.sends(". 1:1(0) ack 3001");
        assertThat(f.host.take().getFirst()).contains("length 1000");
        f.peer.sends(". 1:1(0) ack 13001");
        f.host.takeFrames();
        assertThat(f.host.count(StackCounter.TCP_RETRANSMISSION_TIMEOUTS)).isZero();
    }

    /** RFC 5681 section 3.2 step 3: what is lost is sent again, and nothing behind it that Nagle still holds (found by simulation). */
    @Test
    void aFastRetransmitSendsNothingForTheFirstTime() throws Exception {
        TcpFixture f = established(TcpFixture.PLAIN, "mss 1000");
        f.sends(1, 100);
        f.peer.hears("P. 1:101(100) ack 1");
        f.sends(101, 500);
        for (int i = 0; i < 2; i++) {
            f.peer.sends(". 1:1(0) ack 1");
            f.peer.hearsNothing();
        }
        f.peer.sends(". 1:1(0) ack 1");
        f.peer.hears(". 1:101(100) ack 1");
        f.peer.sends(". 1:1(0) ack 101");
        f.peer.hears("P. 101:601(500) ack 1");
    }

    /** RFC 9293 section 3.4: sequence numbers wrap around, and what compares with them must not stay behind. */
    @Test
    void lossesAreFoundHoweverMuchWasSent() throws Exception {
        int segmentBytes = 65_495;
        TcpFixture f = new TcpFixture(
                        TcpFixture.PLAIN.toBuilder().buffers(1 << 17, 8192).build(), 65_535)
                .listen();
        f.peer.sends("S 0:0(0) <mss 65495>");
        f.peer.hears("S. 0:0(0) ack 1");
        f.peer.sends(". 1:1(0) ack 1");
        f.accept();
        MemorySegment text = Arena.ofAuto().allocate(segmentBytes);
        int acknowledged = 1;
        for (long sent = 0; sent < 1L << 31; sent += segmentBytes) {
            assertThat(f.socket.send(text, 0, segmentBytes, f.host.nowNs)).isEqualTo(segmentBytes);
            f.host.takeFrames();
            acknowledged += segmentBytes;
            f.peer.sends(". 1:1(0) ack " + acknowledged);
        }
        f.socket.setOption(SocketOptionName.NO_DELAY, 1, f.host.nowNs);
        for (int i = 0; i < 4; i++) {
            f.socket.send(text, 0, 10, f.host.nowNs);
        }
        assertThat(f.host.takeFrames()).hasSize(4);
        for (int i = 0; i < 3; i++) {
            f.peer.sends(". 1:1(0) ack " + acknowledged);
        }
        assertThat(f.host.takeFrames()).hasSize(1);
        assertThat(f.host.count(StackCounter.TCP_FAST_RETRANSMITS)).isEqualTo(1);
    }

    /** RFC 5681 section 2: a window update or text is no duplicate. */
    @Test
    void windowUpdatesAreNoDuplicates() throws Exception {
        TcpFixture f = established(TcpFixture.PLAIN, "mss 1000");
        f.sends(1, 3000);
        f.host.takeFrames();
        for (int i = 0; i < 6; i++) {
            f.peer.sends(". 1:1(0) ack 1 win " + (60_000 + i));
        }
        f.peer.hearsNothing();
    }

    /** RFC 8985 section 6.2: three SACKed segments say that what was sent before the last of them is lost. */
    @Test
    void sackTellsWhatIsLost() throws Exception {
        TcpFixture f = established(SACK, "mss 1000,sackOK");
        f.sends(1, 10_000);
        assertThat(f.host.take()).hasSize(10);
        f.host.pass(TcpFixture.MS / 4);
        f.peer.sends(". 1:1(0) ack 1001 <sack 2001:3001>");
        f.peer.sends(". 1:1(0) ack 1001 <sack 2001:3001 4001:5001>");
        f.peer.hearsNothing();
        f.peer.sends(". 1:1(0) ack 1001 <sack 2001:3001 4001:6001>");
        f.peer.hears(". 1001:2001(1000) ack 1");
        f.peer.sends(". 1:1(0) ack 1001 <sack 2001:3001 4001:8001>");
        f.peer.hears(". 3001:4001(1000) ack 1");
        f.peer.sends(". 1:1(0) ack 10001");
        f.peer.hearsNothing();
        f.host.pass(10 * Host.SECOND);
        f.peer.hearsNothing();
    }

    /** RFC 8985 section 6.2 step 5: with fewer SACKed segments the reordering window, a quarter of a round trip, is waited for. */
    @Test
    void oneSackedSegmentIsEnoughAfterAWhile() throws Exception {
        TcpFixture f = established(SACK, "mss 1000,sackOK");
        f.sends(1, 2000);
        assertThat(f.host.take()).hasSize(2);
        f.host.pass(40 * TcpFixture.MS);
        f.peer.hears("P. 1001:2001(1000) ack 1"); // a tail loss probe: the handshake took no time
        f.host.pass(40 * TcpFixture.MS);
        f.peer.sends(". 1:1(0) ack 2001");
        f.sends(2001, 2000);
        assertThat(f.host.take()).hasSize(2);
        f.host.pass(TcpFixture.MS / 2);
        f.peer.sends(". 1:1(0) ack 2001 <sack 3001:4001>");
        f.peer.hearsNothing();
        f.host.pass(2 * TcpFixture.MS);
        f.peer.hears(". 2001:3001(1000) ack 1");
        assertThat(f.host.count(StackCounter.TCP_FAST_RETRANSMITS)).isEqualTo(1);
        assertThat(f.host.count(StackCounter.TCP_RETRANSMISSION_TIMEOUTS)).isZero();
    }

    /**
     * RFC 8985 section 6.2: what was sent after a retransmission came, so the retransmission is lost too. RFC 5681 section 3.1: that
     * is another reason to send less.
     */
    @Test
    void aLostRetransmissionIsSentAgain() throws Exception {
        TcpFixture f = established(SACK, "mss 1000,sackOK");
        f.sends(1, 30_000);
        assertThat(f.host.take()).hasSize(10);
        f.host.pass(TcpFixture.MS / 4);
        f.peer.sends(". 1:1(0) ack 1 <sack 1001:10001>");
        f.peer.hears(
                ". 1:1001(1000) ack 1",
                ". 10001:11001(1000) ack 1",
                ". 11001:12001(1000) ack 1",
                ". 12001:13001(1000) ack 1",
                ". 13001:14001(1000) ack 1");
        f.host.pass(TcpFixture.MS / 4);
        f.peer.sends(". 1:1(0) ack 1 <sack 1001:11001>");
        f.peer.hears(". 1:1001(1000) ack 1");
        f.peer.sends(". 1:1(0) ack 1 <sack 1001:13001>");
        f.peer.hearsNothing(); // 13001 and 1 are on their way, and the window is 2500
        f.peer.sends(". 1:1(0) ack 1 <sack 1001:14001>");
        f.peer.hears(". 14001:15001(1000) ack 1");
        f.peer.sends(". 1:1(0) ack 15001");
        assertThat(f.host.take()).isNotEmpty();
        assertThat(f.host.count(StackCounter.TCP_RETRANSMISSION_TIMEOUTS)).isZero();
    }

    /** RFC 8985 section 6.3 and RFC 6675 section 5.1: after a timeout what is SACKed is not sent again. */
    @Test
    void aTimeoutLeavesOutWhatIsSacked() throws Exception {
        TcpFixture f = established(SACK, "mss 1000,sackOK");
        f.sends(1, 4000);
        assertThat(f.host.take()).hasSize(4);
        f.host.pass(TcpFixture.MS / 4);
        f.peer.sends(". 1:1(0) ack 1 <sack 1001:2001>");
        f.peer.hearsNothing();
        f.host.pass(2 * TcpFixture.MS);
        f.peer.hears(". 1:1001(1000) ack 1", "P. 3001:4001(1000) ack 1"); // the reordering window is over; a probe
        f.host.pass(205 * TcpFixture.MS);
        f.peer.hears(". 1:1001(1000) ack 1");
        f.peer.sends(". 1:1(0) ack 2001");
        f.peer.hears(". 2001:3001(1000) ack 1", "P. 3001:4001(1000) ack 1");
    }

    /** RFC 7323 section 5.3: PAWS. */
    @Test
    void anOldTimestampIsRefused() throws Exception {
        TcpFixture f = established(TcpConfiguration.DEFAULT, "mss 1460,ts 5 0");
        f.peer.sends("P. 1:11(10) ack 1 <ts 9 last>");
        f.peer.hears(". 1:1(0) ack 1 <ts ecr 10>");
        assertThat(f.receives(1)).isZero();
        assertThat(f.host.count(StackCounter.DROP_TCP_PAWS)).isEqualTo(1);
        f.peer.sends("P. 1:11(10) ack 1 <ts 20 last>");
        f.peer.hears(". 1:1(0) ack 11 <ts ecr 20>");
        // RFC 7323 section 5.3: a reset is not checked.
        f.peer.sends("R 11:11(0)");
        assertThat(f.socket.state()).isEqualTo(TcpState.CLOSED);
    }

    /** RFC 7323 section 3.2: once agreed on, every segment but a reset carries the option, and one that does not is dropped. */
    @Test
    void aSegmentWithoutTimestampIsDropped() throws Exception {
        TcpFixture f = established(TcpConfiguration.DEFAULT, "mss 1460,ts 5 0");
        f.peer.sends("P. 1:11(10) ack 1");
        f.peer.hearsNothing();
        assertThat(f.host.count(StackCounter.DROP_TCP_TIMESTAMP_MISSING)).isEqualTo(1);
    }

    /** RFC 5961 section 4.2, against RFC 7323 section 3.2's SHOULD: a SYN is challenged, timestamp or not. */
    @Test
    void aSynWithoutTimestampIsChallengedAllTheSame() throws Exception {
        TcpFixture f = established(TcpConfiguration.DEFAULT, "mss 1460,ts 5 0");
        f.peer.sends("S 7000:7000(0) <mss 1460>");
        f.peer.hears(". 1:1(0) ack 1 <ts ecr 10>");
        f.peer.sends("R 1:1(0)");
        assertThat(f.socket.state()).isEqualTo(TcpState.CLOSED);
    }

    /** RFC 7323 section 3.2: a reset SHOULD carry the option. */
    @Test
    void aResetCarriesATimestamp() throws Exception {
        TcpFixture f = established(TcpConfiguration.DEFAULT, "mss 1460,ts 5 0");
        f.socket.setOption(SocketOptionName.LINGER_SECONDS, 0, f.host.nowNs);
        f.socket.close(f.host.nowNs);
        f.peer.hears("R. 1:1(0) ack 1 win 0 <ts ecr 10>");
    }

    /** RFC 7323 section 4.3: the echo is of the segment that advanced the window, not of one behind a gap. */
    @Test
    void theEchoIsOfTheLastSegmentInSequence() throws Exception {
        TcpFixture f = established(TcpConfiguration.DEFAULT, "mss 1460,ts 5 0");
        f.peer.sends(". 101:201(100) ack 1 <ts 30 last>");
        f.peer.hears(". 1:1(0) ack 1 <ts ecr 10>");
        f.peer.sends(". 1:101(100) ack 1 <ts 40 last>");
        f.peer.hears(". 1:1(0) ack 201 <ts ecr 40>");
    }

    private static byte[] quote(TcpFixture f) {
        byte[] frame = f.host.takeFrames().getLast();
        return java.util.Arrays.copyOfRange(frame, 14, 14 + 28);
    }

    /** RFC 9293 section 3.9.2.2 (MUST-56): soft errors end nothing, but are told once patience ends. */
    @Test
    void softErrorsAreKeptInMind() throws Exception {
        TcpFixture f = TcpFixture.plain();
        f.socket.bind(0, TcpFixture.PORT);
        f.socket.connect(Host.IP_B, 2000, f.host.nowNs);
        byte[] quoted = quote(f);
        f.host.give(Packet.icmp(IcmpHeader.DESTINATION_UNREACHABLE, IcmpHeader.HOST_UNREACHABLE, 0, quoted));
        assertThat(f.socket.finishConnect()).isFalse();
        f.host.pass(400 * Host.SECOND);
        f.host.takeFrames();
        assertThatExceptionOfType(SocketLayerException.class)
                .isThrownBy(f.socket::finishConnect)
                .matches(e -> e.errno() == Errno.EHOSTUNREACH);
    }

    /** RFC 9293 section 3.9.2.2 (SHLD-26): hard errors end an attempt to connect. */
    @Test
    void hardErrorsEndAnAttempt() throws Exception {
        TcpFixture f = TcpFixture.plain();
        f.socket.bind(0, TcpFixture.PORT);
        f.socket.connect(Host.IP_B, 2000, f.host.nowNs);
        f.host.give(Packet.icmp(IcmpHeader.DESTINATION_UNREACHABLE, IcmpHeader.PORT_UNREACHABLE, 0, quote(f)));
        assertThatExceptionOfType(SocketLayerException.class)
                .isThrownBy(f.socket::finishConnect)
                .matches(e -> e.errno() == Errno.ECONNREFUSED);
    }

    /** RFC 5927 sections 4.1 and 5.2: neither a wrong sequence number nor an established connection gives in. */
    @Test
    void forgedErrorsEndNothing() throws Exception {
        TcpFixture f = TcpFixture.plain().established();
        f.sends(1, 10);
        byte[] quoted = quote(f);
        f.host.give(Packet.icmp(IcmpHeader.DESTINATION_UNREACHABLE, IcmpHeader.PORT_UNREACHABLE, 0, quoted));
        quoted[27] ^= 0x40;
        f.host.give(Packet.icmp(IcmpHeader.DESTINATION_UNREACHABLE, IcmpHeader.PORT_UNREACHABLE, 0, quoted));
        assertThat(f.socket.state()).isEqualTo(TcpState.ESTABLISHED);
        assertThat(f.host.count(StackCounter.DROP_ICMP_UNRELATED)).isEqualTo(1);
    }

    /** RFC 1191 section 6.4: smaller segments, and what was too large goes again at once. */
    @Test
    void aSmallerPathMtuMakesSmallerSegments() throws Exception {
        TcpFixture f = TcpFixture.plain().established();
        f.sends(1, 2920);
        byte[] frame = f.host.takeFrames().getFirst();
        byte[] quoted = java.util.Arrays.copyOfRange(frame, 14, 14 + 28);
        f.host.give(Packet.icmp(IcmpHeader.DESTINATION_UNREACHABLE, IcmpHeader.FRAGMENTATION_NEEDED, 1000, quoted));
        f.peer.hears(". 1:961(960) ack 1", ". 961:1921(960) ack 1", ". 1921:2881(960) ack 1", "P. 2881:2921(40) ack 1");
        assertThat(f.host.count(StackCounter.TCP_PATH_MTU_REDUCTIONS)).isEqualTo(1);
        f.peer.sends(". 1:1(0) ack 2921");
        f.sends(2921, 1000);
        f.peer.hears(". 2921:3881(960) ack 1");
    }

    /** A peer that asks for crumbs gets segments that are worth their headers. */
    @Test
    void aTinyMssIsNotBelieved() throws Exception {
        TcpFixture f = established(TcpFixture.PLAIN, "mss 1");
        f.sends(1, 100);
        f.peer.hears(". 1:49(48) ack 1", ". 49:97(48) ack 1");
    }
}
