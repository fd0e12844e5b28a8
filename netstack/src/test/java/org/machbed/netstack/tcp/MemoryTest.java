package org.machbed.netstack.tcp;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.machbed.netstack.fixture.TcpPeer;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.StreamListener;
import org.machbed.netstack.socket.TcpSocket;

import static org.assertj.core.api.Assertions.assertThat;

/** What happens when connections together want more memory than there is. */
class MemoryTest {
    private static final TcpConfiguration SCARCE = TcpFixture.PLAIN.toBuilder()
            .memoryBytes(1 << 16)
            .connections(100)
            .halfOpenConnections(16)
            .build();

    /** Counts how often it is told that a send can go on. */
    private static final class Writable implements StreamListener {
        final AtomicInteger told = new AtomicInteger();

        @Override
        public void onConnected() {}

        @Override
        public void onReadable() {}

        @Override
        public void onWritable() {
            told.incrementAndGet();
        }

        @Override
        public void onAcceptable() {}

        @Override
        public void onError(Errno errno) {}

        @Override
        public void onHangUp() {}
    }

    private static TcpSocket another(TcpFixture f, int port) throws Exception {
        TcpPeer peer = new TcpPeer(f.host, "192.0.2.2", port, TcpFixture.PORT);
        peer.sends("S 0:0(0) win 65535 <mss 1460>");
        peer.hears("S. 0:0(0) ack 1");
        peer.sends(". 1:1(0) ack 1");
        peer.hearsNothing();
        return f.accept().socket;
    }

    /** Two connections take all memory that is for sending much: three quarters of a half of 64 KiB. */
    private static TcpFixture exhausted() throws Exception {
        TcpFixture f = new TcpFixture(SCARCE).established();
        TcpSocket greedy = f.socket;
        TcpSocket second = another(f, 3001);
        assertThat(f.host.sendText(greedy, 1, 40_000)).isEqualTo(16_384);
        assertThat(f.host.sendText(second, 1, 40_000)).isEqualTo(8_192);
        f.host.takeFrames();
        f.socket = greedy;
        return f;
    }

    /** Who was refused memory has nothing on its way that could tell it when to go on. */
    @Test
    void whoFoundNoMemoryIsToldWhenThereIsSome() throws Exception {
        TcpFixture f = exhausted();
        TcpSocket greedy = f.socket;
        TcpSocket poor = another(f, 3002);
        Writable listener = new Writable();
        poor.listener(listener);
        assertThat(f.host.sendText(poor, 1, 5_000)).isEqualTo(4_096);
        assertThat(poor.writable()).isFalse();
        assertThat(listener.told).hasValue(0);

        greedy.setOption(SocketOptionName.LINGER_SECONDS, 0, f.host.nowNs);
        greedy.close(f.host.nowNs);
        assertThat(listener.told).hasValue(1);
        assertThat(poor.writable()).isTrue();
        assertThat(f.host.sendText(poor, 1, 10)).isEqualTo(10);
    }

    private static Writable listenTo(TcpSocket socket) throws Exception {
        Writable listener = new Writable();
        socket.listener(listener);
        return listener;
    }

    private static void reset(TcpFixture f, int port) {
        new TcpPeer(f.host, "192.0.2.2", port, TcpFixture.PORT).sends("R 1:1(0)");
    }

    /**
     * 8 KiB come back, which serve one ring of 4 KiB that doubles; then as much again. (Before them waits one that would double its
     * 16 KiB, which nothing here can serve.)
     */
    @Test
    void memoryGoesToThoseWhomItServesInTheirTurn() throws Exception {
        TcpFixture f = exhausted();
        TcpSocket[] poor = new TcpSocket[3];
        Writable[] listeners = new Writable[3];
        for (int i = 0; i < 3; i++) {
            poor[i] = another(f, 3002 + i);
            listeners[i] = listenTo(poor[i]);
            assertThat(f.host.sendText(poor[i], 1, 5_000)).isEqualTo(4_096);
            f.host.takeFrames();
        }

        reset(f, 3001);
        assertThat(listeners[0].told).hasValue(1);
        assertThat(listeners[1].told).hasValue(0);
        assertThat(listeners[2].told).hasValue(0);
        assertThat(f.host.sendText(poor[0], 4_097, 5_000)).isEqualTo(4_096);

        reset(f, 3002);
        assertThat(listeners[1].told).hasValue(1);
        assertThat(listeners[2].told).hasValue(0);
        assertThat(f.host.sendText(poor[2], 4_097, 1)).isZero();
        assertThat(f.host.sendText(poor[1], 4_097, 4_096)).isEqualTo(4_096);
        assertThat(f.host.stack.tcp().connectionsWithoutMemory()).isEqualTo(2);
    }

    /** What the one whose turn it was has no use for any more goes to the next. */
    @Test
    void memoryThatIsNotUsedGoesOn() throws Exception {
        TcpFixture f = exhausted();
        for (int port = 3002; port < 3008; port++) {
            assertThat(f.host.sendText(another(f, port), 1, 4_096)).isEqualTo(4_096);
            f.host.takeFrames();
        }
        TcpSocket first = another(f, 3008);
        TcpSocket next = another(f, 3009);
        Writable firstListener = listenTo(first);
        Writable nextListener = listenTo(next);
        assertThat(f.host.sendText(first, 1, 10)).isZero();
        assertThat(f.host.sendText(next, 1, 10)).isZero();

        reset(f, 3002);
        assertThat(firstListener.told).hasValue(1);
        assertThat(nextListener.told).hasValue(0);
        f.host.pass(IdleBuffers.IDLE_NS + 100 * TcpFixture.MS);
        assertThat(nextListener.told).hasValue(1);
        assertThat(f.host.sendText(next, 1, 10)).isEqualTo(10);
    }

    /** Who could send all that it wanted after all waits no more. */
    @Test
    void whoFoundRoomInItsOwnWaitsForNoMemory() throws Exception {
        TcpFixture f = exhausted();
        assertThat(f.host.stack.tcp().connectionsWithoutMemory()).isEqualTo(2);
        f.peer.sends(". 1:1(0) ack 1461");
        f.host.takeFrames();
        assertThat(f.host.sendText(f.socket, 16_385, 1_460)).isEqualTo(1_460);
        assertThat(f.host.stack.tcp().connectionsWithoutMemory()).isEqualTo(1);
    }

    /** However much the others hold: it can send and receive a little. */
    @Test
    void everyConnectionHasItsSmallestBuffers() throws Exception {
        TcpFixture f = exhausted();
        TcpSocket poor = another(f, 3002);
        assertThat(f.host.sendText(poor, 1, 10)).isEqualTo(10);
    }

    /** Its own ring drains while no other memory comes back. */
    @Test
    void whoFoundNoMemoryIsToldOfRoomInItsOwn() throws Exception {
        TcpFixture f = exhausted();
        TcpSocket greedy = f.socket;
        Writable listener = new Writable();
        greedy.listener(listener);
        assertThat(greedy.writable()).isFalse();
        f.peer.sends(". 1:1(0) ack 1461");
        f.host.takeFrames();
        assertThat(listener.told).hasValue(1);
        assertThat(greedy.writable()).isTrue();
    }

    /** Who dies waiting is not waited with. */
    @Test
    void whoEndsWaitsForNoMemory() throws Exception {
        TcpFixture f = exhausted();
        for (int port = 3002; port < 3008; port++) {
            assertThat(f.host.sendText(another(f, port), 1, 5_000)).isEqualTo(4_096);
            f.host.takeFrames();
        }
        assertThat(f.host.sendText(another(f, 3008), 1, 10)).isZero();
        f.host.takeFrames();
        assertThat(f.host.stack.tcp().connectionsWithoutMemory()).isEqualTo(9);
        reset(f, 3008);
        assertThat(f.host.stack.tcp().connectionsWithoutMemory()).isEqualTo(8);
    }

    /** An octet far ahead must not take all memory: what comes in order finds the smallest ring at least. */
    @Test
    void textInOrderIsTakenAsFarAsThereIsMemory() throws Exception {
        TcpFixture f = new TcpFixture(TcpFixture.PLAIN.toBuilder()
                        .memoryBytes(1 << 16)
                        .connections(100)
                        .halfOpenConnections(16)
                        .buffers(65_536, 65_536)
                        .build())
                .established();
        f.peer.sends(". 1:2(1) ack 1");
        f.peer.sends(". 60000:60001(1) ack 1");
        f.peer.sends(". 2:1002(1000) ack 1");
        assertThat(f.receives(1)).isEqualTo(1001);
    }

    /** Nor need the others close their connections: once they have nothing to say they hold nothing. */
    @Test
    void idleConnectionsMakeRoom() throws Exception {
        TcpFixture f = exhausted();
        for (int acked = 1460; acked < 16_384; acked += 1460) {
            f.peer.sends(". 1:1(0) ack " + (1 + acked));
        }
        f.peer.sends(". 1:1(0) ack 16385");
        f.host.takeFrames();
        TcpSocket poor = another(f, 3002);
        Writable listener = new Writable();
        poor.listener(listener);
        assertThat(f.host.sendText(poor, 1, 5_000)).isEqualTo(4_096);
        f.host.pass(2 * IdleBuffers.IDLE_NS);
        assertThat(listener.told).hasValue(1);
        assertThat(f.host.sendText(poor, 1, 1_000)).isEqualTo(1_000);
    }

    /** What waits to be sent does not keep out what comes (found by simulation: both ends on one host waited for each other). */
    @Test
    void sendersLeaveReceiversSome() throws Exception {
        TcpFixture f = exhausted();
        f.peer.sends(". 1:1001(1000) ack 1");
        assertThat(f.receives(1)).isEqualTo(1000);
    }
}
