package org.machbed.netstack.tcp;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.machbed.netstack.StackCounter;

import static org.assertj.core.api.Assertions.assertThat;

/** RFC 8985 section 7: the handshake took 10 ms, so that a probe is due after 20 ms and a timeout after 210 ms. */
class TailLossProbeTest {
    private static final TcpConfiguration SACK =
            TcpFixture.PLAIN.toBuilder().extensions(TcpConfiguration.SACK).build();
    private static final long ROUND_TRIP_NS = 10 * TcpFixture.MS;

    /** Timers are late by up to two ticks. */
    private static final long LATE_NS = 2 * TcpFixture.MS;

    private final TcpFixture f;

    TailLossProbeTest() throws Exception {
        f = new TcpFixture(SACK).listen();
    }

    @BeforeEach
    void connect() throws Exception {
        f.peer.sends("S 0:0(0) win 65535 <mss 1000,sackOK>");
        f.peer.hears("S. 0:0(0) ack 1");
        f.host.pass(ROUND_TRIP_NS);
        f.peer.sends(". 1:1(0) ack 1 win 65535");
        f.accept();
    }

    private void sends(int relative, int segments) throws Exception {
        f.sends(relative, 1000 * segments);
        assertThat(f.host.take()).hasSize(segments);
    }

    private long probes() {
        return f.host.count(StackCounter.TCP_TAIL_LOSS_PROBES_SENT);
    }

    private void passProbeTimeout() {
        f.host.pass(2 * ROUND_TRIP_NS - LATE_NS);
        f.peer.hearsNothing();
        f.host.pass(2 * LATE_NS);
    }

    /** Section 7.3: without new text the last segment goes again; what its acknowledgment tells RACK saves the timeout. */
    @Test
    void theLastSegmentIsSentAgain() throws Exception {
        sends(1, 3);
        passProbeTimeout();
        f.peer.hears("P. 2001:3001(1000) ack 1");
        assertThat(probes()).isEqualTo(1);
        f.host.pass(ROUND_TRIP_NS);
        f.peer.sends(". 1:1(0) ack 1 <sack 2001:3001>");
        f.peer.hears(". 1:1001(1000) ack 1", ". 1001:2001(1000) ack 1");
        f.peer.sends(". 1:1(0) ack 3001");
        f.host.pass(1000 * TcpFixture.MS);
        f.peer.hearsNothing();
        assertThat(f.host.count(StackCounter.TCP_RETRANSMISSION_TIMEOUTS)).isZero();
    }

    /** Section 7.3: new text goes before, beyond the congestion window; pushed, so that its acknowledgment is not held back. */
    @Test
    void newTextIsABetterProbe() throws Exception {
        f.sends(1, 12_000);
        assertThat(f.host.take()).hasSize(10);
        passProbeTimeout();
        f.peer.hears("P. 10001:11001(1000) ack 1");
        assertThat(probes()).isEqualTo(1);
    }

    /** Section 7.3: one is on its way at most, and the retransmission timer begins anew with it. */
    @Test
    void aProbeIsSentOnce() throws Exception {
        sends(1, 3);
        passProbeTimeout();
        f.peer.hears("P. 2001:3001(1000) ack 1");
        f.host.pass(200 * TcpFixture.MS);
        f.peer.hearsNothing();
        f.host.pass(15 * TcpFixture.MS);
        f.peer.hears(". 1:1001(1000) ack 1");
        assertThat(f.host.count(StackCounter.TCP_RETRANSMISSION_TIMEOUTS)).isEqualTo(1);
        assertThat(probes()).isEqualTo(1);
    }

    /** Section 7.2: the peer may hold the acknowledgment of one segment back, so that the timeout comes first. */
    @Test
    void oneSegmentIsLeftToTheTimeout() throws Exception {
        sends(1, 1);
        f.host.pass(200 * TcpFixture.MS);
        f.peer.hearsNothing();
        f.host.pass(12 * TcpFixture.MS);
        f.peer.hears("P. 1:1001(1000) ack 1");
        assertThat(probes()).isZero();
    }

    /** Section 7.2: an acknowledgment of new data begins the wait anew; what is SACKed is RACK's. */
    @Test
    void acknowledgmentsPutItOff() throws Exception {
        sends(1, 4);
        f.host.pass(15 * TcpFixture.MS);
        f.peer.sends(". 1:1(0) ack 1001");
        f.host.pass(15 * TcpFixture.MS);
        f.peer.hearsNothing();
        f.peer.sends(". 1:1(0) ack 1001 <sack 3001:4001>");
        f.host.pass(6 * TcpFixture.MS); // the reordering window: a quarter of 15 ms
        f.peer.hears(". 1001:2001(1000) ack 1", ". 2001:3001(1000) ack 1");
        assertThat(probes()).isZero();
    }

    /** A recovery is probed too: the retransmission was lost, and nothing went out behind it that could tell. */
    @Test
    void theEndOfARecoveryIsProbed() throws Exception {
        sends(1, 5);
        f.host.pass(ROUND_TRIP_NS);
        f.peer.sends(". 1:1(0) ack 1 <sack 1001:5001>");
        f.peer.hears(". 1:1001(1000) ack 1");
        passProbeTimeout();
        f.peer.hears(". 1:1001(1000) ack 1");
        assertThat(probes()).isEqualTo(1);
        f.peer.sends(". 1:1(0) ack 5001");
        f.host.pass(1000 * TcpFixture.MS);
        f.peer.hearsNothing();
        assertThat(f.host.count(StackCounter.TCP_RETRANSMISSION_TIMEOUTS)).isZero();
    }

    /** One timer serves both: the probe waits until the reordering window, which the first SACK opened, is over. */
    @Test
    void theEndOfARecoveryIsProbedAfterTheReorderingWindow() throws Exception {
        sends(1, 5);
        f.host.pass(ROUND_TRIP_NS);
        f.peer.sends(". 1:1(0) ack 1 <sack 1001:2001>");
        f.peer.hearsNothing();
        f.peer.sends(". 1:1(0) ack 1 <sack 1001:4001>");
        f.peer.hears(". 1:1001(1000) ack 1");
        passProbeTimeout();
        f.host.pass(ROUND_TRIP_NS);
        f.peer.hears("P. 4001:5001(1000) ack 1");
        assertThat(probes()).isEqualTo(1);
        f.peer.sends(". 1:1(0) ack 5001");
        f.host.pass(1000 * TcpFixture.MS);
        f.peer.hearsNothing();
        assertThat(f.host.count(StackCounter.TCP_RETRANSMISSION_TIMEOUTS)).isZero();
    }

    /** Section 7: it needs SACK. */
    @Test
    void withoutSackThereIsNone() throws Exception {
        TcpFixture plain = TcpFixture.plain().established();
        plain.sends(1, 2 * 1460);
        assertThat(plain.host.take()).hasSize(2);
        plain.host.pass(190 * TcpFixture.MS);
        plain.peer.hearsNothing();
    }

    /** Section 7.4.2: the probe repaired a loss that nobody else saw, to which the window is due. */
    @Test
    void aRepairedLossMakesTheWindowSmaller() throws Exception {
        probeTheLastOfTen();
        f.peer.sends(". 1:1(0) ack 10001");
        sends(10_001, 1);
        f.peer.sends(". 1:1(0) ack 11001");
        f.sends(11_001, 20_000);
        assertThat(f.host.take()).hasSizeBetween(2, 3);
    }

    /** Section 7.4.2: a D-SACK says that nothing was lost. */
    @Test
    void aProbeWithoutNeedIsForgotten() throws Exception {
        probeTheLastOfTen();
        f.peer.sends(". 1:1(0) ack 10001 <sack 9001:10001>");
        sends(10_001, 1);
        f.peer.sends(". 1:1(0) ack 11001");
        f.sends(11_001, 20_000);
        assertThat(f.host.take()).hasSizeGreaterThan(10);
    }

    private void probeTheLastOfTen() throws Exception {
        sends(1, 10);
        f.host.pass(ROUND_TRIP_NS);
        f.peer.sends(". 1:1(0) ack 8001");
        passProbeTimeout();
        f.peer.hears("P. 9001:10001(1000) ack 1");
        f.host.pass(ROUND_TRIP_NS);
    }
}
