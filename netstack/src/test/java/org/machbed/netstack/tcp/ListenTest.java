package org.machbed.netstack.tcp;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.fixture.Host;
import org.machbed.netstack.fixture.TcpPeer;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.TcpSocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Listeners: their queues, SYN cookies, and whose a port is. */
class ListenTest {
    private static TcpPeer peer(TcpFixture f, int number) {
        return new TcpPeer(f.host, "192.0.2.2", 3000 + number, TcpFixture.PORT);
    }

    /** Beyond so many half-open connections there are cookies. */
    private static TcpConfiguration.Builder halfOpen(int connections) {
        return TcpConfiguration.DEFAULT.toBuilder()
                .memoryBytes(1 << 20)
                .connections(100)
                .halfOpenConnections(connections);
    }

    private static void connect(TcpPeer peer) {
        peer.sends("S 0:0(0) <mss 1460>");
        peer.hears("S. 0:0(0) ack 1");
        peer.sends(". 1:1(0) ack 1");
        peer.hearsNothing();
    }

    /** As Linux: one more than the backlog, then SYNs are dropped. */
    @Test
    void aFullAcceptQueueDropsSyns() throws Exception {
        TcpFixture f = TcpFixture.plain();
        f.listening.bind(0, TcpFixture.PORT);
        f.listening.listen(1, f.host.nowNs);
        TcpPeer late = peer(f, 9);
        late.sends("S 0:0(0) <mss 1460>");
        late.hears("S. 0:0(0) ack 1");
        connect(peer(f, 1));
        connect(peer(f, 2));
        peer(f, 3).sends("S 0:0(0) <mss 1460>");
        f.peer.hearsNothing();
        assertThat(f.host.count(StackCounter.DROP_TCP_LISTEN_OVERFLOW)).isEqualTo(1);
        // The ACK that would complete a handshake is as good as lost, and SYN and ACK are repeated.
        late.sends(". 1:1(0) ack 1");
        late.hearsNothing();
        assertThat(f.host.count(StackCounter.DROP_TCP_ACCEPT_QUEUE_FULL)).isEqualTo(1);
        assertThat(f.listening.accept(f.host.nowNs)).isNotNull();
        f.host.pass(1001 * TcpFixture.MS);
        late.hears("S. 0:0(0) ack 1");
        late.sends(". 1:1(0) ack 1");
        assertThat(f.listening.accept(f.host.nowNs)).isNotNull();
        assertThat(f.listening.accept(f.host.nowNs)).isNotNull();
        assertThat(f.listening.accept(f.host.nowNs)).isNull();
    }

    /** RFC 4987 section 3.6: beyond the bound cookies are sent, and the connections that come of them work. */
    @Test
    void beyondTheBoundThereAreCookies() throws Exception {
        TcpFixture f = new TcpFixture(halfOpen(10).build()).listen();
        for (int i = 0; i < 1000; i++) {
            peer(f, 1000 + i).sends("S 0:0(0) <mss 1460>");
        }
        f.host.takeFrames();
        assertThat(f.host.stack.tcp().connections()).isEqualTo(10);
        assertThat(f.host.count(StackCounter.TCP_SYN_COOKIES_SENT)).isEqualTo(990);
        TcpPeer peer = peer(f, 1);
        peer.sends("S 0:0(0) <mss 1460,sackOK,ts 50 0,ws 7>");
        peer.hears("S. 0:0(0) ack 1 win 65535 <mss 1460,sackOK,ts 50,ws 5>");
        peer.sends("P. 1:11(10) ack 1 win 100 <ts 51 last>");
        peer.hears(". 1:1(0) ack 11 <ts ecr 51>");
        f.accept();
        assertThat(f.receives(1)).isEqualTo(10);
        f.sends(1, 12_000);
        assertThat(f.host.take()).as("the window is scaled").hasSize(8);
    }

    @Test
    void aCookieWithoutTimestampsAgreesToNothing() throws Exception {
        TcpFixture f = new TcpFixture(halfOpen(0).build()).listen();
        f.peer.sends("S 0:0(0) <mss 1000,sackOK,ws 7>");
        f.peer.hears("S. 0:0(0) ack 1 <mss 1460>");
        f.peer.sends(". 1:1(0) ack 1 win 3000");
        f.accept();
        f.sends(1, 2000);
        f.peer.hears(". 1:537(536) ack 1", ". 537:1073(536) ack 1", ". 1073:1609(536) ack 1");
    }

    /** 23 would say that the SYN had permitted SACK and a window scale of 7. */
    @Test
    void anEchoThatIsNotTheCookiesGetsNoMoreThanIsOffered() throws Exception {
        TcpFixture f = new TcpFixture(
                        halfOpen(0).extensions(TcpConfiguration.TIMESTAMPS).build())
                .listen();
        f.peer.sends("S 0:0(0) <mss 1460,sackOK,ts 50 0,ws 7>");
        f.peer.hears("S. 0:0(0) ack 1 win 65535 <mss 1460,ts 50>");
        f.peer.sends(". 1:1(0) ack 1 win 1000 <ts 51 23>");
        f.peer.sends(". 11:21(10) ack 1 win 1000 <ts 52 23>");
        f.peer.hears(". 1:1(0) ack 1 win 65535 <ts ecr 51>");
        f.accept();
        f.sends(1, 12_000);
        assertThat(f.host.take()).as("the window is not scaled").hasSize(1);
    }

    @Test
    void aForgedOrOldCookieIsReset() throws Exception {
        TcpFixture f = new TcpFixture(halfOpen(0).build()).listen();
        f.peer.sends(". 1:1(0) ack 77");
        f.peer.hears("R 77:77(0)");
        f.peer.sends("S 0:0(0) <mss 1460>");
        f.peer.hears("S. 0:0(0) ack 1");
        f.peer.sends(". 1:1(0) ack 2");
        f.peer.hears("R 2:2(0)");
        f.host.pass(200 * Host.SECOND);
        f.peer.sends(". 1:1(0) ack 1");
        f.peer.hears("R 1:1(0)");
        assertThat(f.host.stack.tcp().connections()).isZero();
    }

    /** A closed listener resets who waits. */
    @Test
    void closingAListenerResets() throws Exception {
        TcpFixture f = TcpFixture.plain().listen();
        TcpPeer waiting = peer(f, 1);
        connect(waiting);
        f.listening.close(f.host.nowNs);
        waiting.hears("R. 1:1(0) ack 1");
        assertThat(f.host.stack.tcp().connections()).isZero();
        f.peer.sends("S 0:0(0)");
        f.peer.hears("R. 0:0(0) ack 1");
    }

    /** What was reset before it was accepted is accepted and says so. */
    @Test
    void aConnectionThatEndedInTheQueueIsAccepted() throws Exception {
        TcpFixture f = TcpFixture.plain().listen();
        connect(f.peer);
        f.peer.sends("R 1:1(0)");
        f.accept();
        assertThatExceptionOfType(SocketLayerException.class)
                .isThrownBy(() -> f.receives(1))
                .matches(e -> e.errno() == Errno.ECONNRESET);
    }

    @Test
    void portsBelongToOneSocket() throws Exception {
        TcpFixture f = TcpFixture.plain().listen();
        TcpSocket other = f.host.stack.tcp().open();
        assertThatExceptionOfType(SocketLayerException.class)
                .isThrownBy(() -> other.bind(0, TcpFixture.PORT))
                .matches(e -> e.errno() == Errno.EADDRINUSE);
        other.setOption(SocketOptionName.REUSE_ADDRESS, 1, f.host.nowNs);
        assertThatExceptionOfType(SocketLayerException.class)
                .isThrownBy(() -> other.bind(Host.IP_A, TcpFixture.PORT))
                .matches(e -> e.errno() == Errno.EADDRINUSE);
        assertThatExceptionOfType(SocketLayerException.class)
                .isThrownBy(() -> other.bind(Host.IP_B, 9))
                .matches(e -> e.errno() == Errno.EADDRNOTAVAIL);
        other.bind(0, 0);
        assertThat((int) (other.localAddress() >>> 16) & 0xFFFF).isGreaterThanOrEqualTo(49_152);
    }

    /** A server may bind again while connections of its past are in TIME-WAIT, if it says so. */
    @Test
    void reuseAddressIgnoresThePast() throws Exception {
        TcpFixture f = TcpFixture.plain().timeWait();
        f.listening.close(f.host.nowNs);
        f.socket.close(f.host.nowNs);
        TcpSocket again = f.host.stack.tcp().open();
        assertThatExceptionOfType(SocketLayerException.class)
                .isThrownBy(() -> again.bind(0, TcpFixture.PORT))
                .matches(e -> e.errno() == Errno.EADDRINUSE);
        again.setOption(SocketOptionName.REUSE_ADDRESS, 1, f.host.nowNs);
        again.bind(0, TcpFixture.PORT);
        again.listen(1, f.host.nowNs);
    }

    /** The memory of all connections is bounded: what finds none is refused, not lost. */
    @Test
    void buffersAreBounded() throws Exception {
        TcpFixture f = new TcpFixture(TcpConfiguration.DEFAULT.toBuilder()
                .extensions(0)
                .buffers(65_536, 65_535)
                .memoryBytes(65_536)
                .connections(100)
                .halfOpenConnections(10)
                .build());
        f.listening.bind(0, TcpFixture.PORT);
        f.listening.listen(50, f.host.nowNs);
        int taken = 0;
        List<TcpPeer> peers = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            peers.add(peer(f, i));
            connect(peers.getLast());
            f.accept();
            taken = f.sends(1, 9_000);
            f.host.takeFrames();
        }
        assertThat(taken).isZero();
        assertThat(f.host.stack.tcp().bufferBytes()).as("three quarters").isEqualTo(49_152);
        for (int i = 0; i < 4; i++) {
            peers.get(i).sends(". 1:11(10) ack 1");
        }
        f.host.takeFrames();
        assertThat(f.host.count(StackCounter.DROP_TCP_MEMORY_FULL)).isZero();
        assertThat(f.host.stack.tcp().bufferBytes()).isEqualTo(65_536);
        peers.getLast().sends(". 1:11(10) ack 1");
        f.host.takeFrames();
        assertThat(f.host.count(StackCounter.DROP_TCP_MEMORY_FULL)).isEqualTo(1);
        assertThat(f.receives(1)).isZero();
    }

    /** The oldest connection in TIME-WAIT makes room for a new one. */
    @Test
    void connectionsAreBounded() throws Exception {
        TcpFixture f = new TcpFixture(TcpFixture.PLAIN.toBuilder()
                        .memoryBytes(1 << 20)
                        .connections(2)
                        .halfOpenConnections(10)
                        .build())
                .timeWait();
        connect(peer(f, 1));
        assertThat(f.host.stack.tcp().connections()).isEqualTo(2);
        connect(peer(f, 2));
        assertThat(f.host.stack.tcp().connections()).isEqualTo(2);
        TcpSocket third = f.host.stack.tcp().open();
        assertThatExceptionOfType(SocketLayerException.class)
                .isThrownBy(() -> third.connect(Host.IP_B, 9, f.host.nowNs))
                .matches(e -> e.errno() == Errno.ENOBUFS);
    }

    /** A thousand connections at once, each found and each with its own stream. */
    @Test
    void aThousandConnections() throws Exception {
        TcpFixture f = TcpFixture.plain();
        f.listening.bind(0, TcpFixture.PORT);
        f.listening.listen(2000, f.host.nowNs);
        for (int i = 0; i < 1000; i++) {
            connect(peer(f, i));
        }
        for (int i = 0; i < 1000; i++) {
            TcpSocket socket = f.listening.accept(f.host.nowNs);
            assertThat(socket).isNotNull();
            assertThat(f.host.sendText(java.util.Objects.requireNonNull(socket), 1, 5))
                    .isEqualTo(5);
            f.host.takeFrames();
        }
        assertThat(f.host.stack.tcp().connections()).isEqualTo(1000);
    }

    /** What a connection brought that ended before anybody accepted it goes with its listener (found by simulation). */
    @Test
    void aConnectionThatEndedUnacceptedLeavesNothing() throws Exception {
        TcpFixture f = TcpFixture.plain().listen();
        connect(f.peer);
        f.peer.sends(". 1:11(10) ack 1");
        f.peer.hears(". 1:1(0) ack 11");
        f.peer.sends("R 11:11(0)");
        f.listening.close(f.host.nowNs);
        assertThat(f.host.stack.tcp().bufferBytes()).isZero();
        assertThat(f.host.stack.tcp().runningTimers()).isZero();
    }
}
