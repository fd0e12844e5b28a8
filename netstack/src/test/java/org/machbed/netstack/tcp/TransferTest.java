package org.machbed.netstack.tcp;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.machbed.netstack.fixture.BadWire;
import org.machbed.netstack.fixture.Host;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.TcpSocket;
import org.machbed.netstack.tcp.congestion.CongestionAlgorithm;

import static org.assertj.core.api.Assertions.assertThat;

/** Two stacks on a bad wire: what is sent arrives whole, in order and once, both ways, and nothing is left over at the end. */
class TransferTest {
    private static final int BYTES = 1_000_000;
    private static final long LIMIT_NS = 3600 * Host.SECOND;

    /** Sends its stream and checks the other's. */
    private static final class End {
        final Host host;

        @Nullable
        TcpSocket socket;

        final int total;
        int sent;
        int received;
        boolean shut;
        boolean finished;

        End(Host host, int total) {
            this.host = host;
            this.total = total;
        }

        void turn() {
            try {
                TcpSocket s = socket;
                if (s == null) {
                    return;
                }
                int taken = 1;
                while (s.isConnected() && sent < total && taken > 0) {
                    taken = host.sendText(s, sent, Math.min(17_000, total - sent));
                    sent += taken;
                }
                if (s.isConnected() && sent == total && !shut) {
                    s.shutdownSending(host.nowNs);
                    shut = true;
                }
                int bytes = finished ? 0 : host.receiveText(s, received, 23_000);
                while (bytes > 0) {
                    received += bytes;
                    bytes = host.receiveText(s, received, 23_000);
                }
                finished |= bytes < 0;
            } catch (SocketLayerException e) {
                throw new AssertionError(e);
            }
        }
    }

    private static void transfer(BadWire wire, int bytes) throws Exception {
        End client = new End(wire.a, bytes);
        End server = new End(wire.b, bytes / 2);
        TcpSocket listening = wire.b.stack.tcp().open();
        listening.bind(0, 7);
        listening.listen(1, wire.nowNs());
        TcpSocket connecting = wire.a.stack.tcp().open();
        connecting.bind(0, 4000);
        connecting.connect(Host.IP_B, 7, wire.nowNs());
        client.socket = connecting;
        boolean done = wire.runUntil(
                () -> {
                    client.turn();
                    try {
                        if (server.socket == null) {
                            server.socket = listening.accept(wire.nowNs());
                        }
                    } catch (SocketLayerException e) {
                        throw new AssertionError(e);
                    }
                    server.turn();
                    return client.finished && server.finished;
                },
                LIMIT_NS);
        assertThat(done)
                .as("client %s received %d, server received %d", connecting.state(), client.received, server.received)
                .isTrue();
        assertThat(server.received).isEqualTo(bytes);
        assertThat(client.received).isEqualTo(bytes / 2);
        connecting.close(wire.nowNs());
        java.util.Objects.requireNonNull(server.socket).close(wire.nowNs());
        listening.close(wire.nowNs());
        wire.loss = 0;
        wire.corruption = 0;
        wire.runUntil(() -> false, 400 * Host.SECOND);
        for (Host host : new Host[] {wire.a, wire.b}) {
            assertThat(host.stack.tcp().connections()).isZero();
            assertThat(host.stack.tcp().runningTimers()).isZero();
            assertThat(host.stack.tcp().bufferBytes()).isZero();
            assertThat(host.stack.tcp().openSockets()).isZero();
        }
    }

    private static void make(BadWire wire, int trouble) {
        wire.loss = trouble == 0 ? 0 : 0.01 * trouble;
        wire.duplication = 0.01 * trouble;
        wire.reordering = 0.02 * trouble;
        wire.corruption = 0.002 * trouble;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5, 10})
    void everythingArrives(int trouble) throws Exception {
        for (CongestionAlgorithm algorithm : CongestionAlgorithm.values()) {
            for (int extensions = 0; extensions < 8; extensions++) {
                BadWire wire = new BadWire(
                        trouble * 100L + extensions,
                        TcpConfiguration.DEFAULT.toBuilder()
                                .congestion(algorithm)
                                .extensions(extensions)
                                .build(),
                        1500);
                make(wire, trouble);
                transfer(wire, BYTES / 4);
            }
        }
    }

    @Test
    void everythingArrivesInSmallBuffersAndLargeSegments() throws Exception {
        for (int seed = 0; seed < 20; seed++) {
            int mtu = new int[] {68, 296, 1500, 9000, 65_535}[seed % 5];
            BadWire wire = new BadWire(
                    seed,
                    TcpConfiguration.DEFAULT.toBuilder()
                            .buffers(2048 + seed * 1000, 3000)
                            .build(),
                    mtu);
            make(wire, seed % 4);
            transfer(wire, 60_000);
        }
    }

    /** RFC 9293 section 3.4: sequence numbers wrap around. */
    @Test
    void sequenceNumbersWrapAround() throws Exception {
        for (int seed = 0; seed < 4; seed++) {
            BadWire wire = new BadWire(seed, TcpConfiguration.DEFAULT, 1500);
            TcpSocket probe = wire.a.stack.tcp().open();
            probe.bind(0, 4000);
            probe.connect(Host.IP_B, 7, wire.nowNs());
            wire.runUntil(() -> probe.state() == TcpState.CLOSED, Host.SECOND);
            int iss = initialSequence(wire);
            probe.close(wire.nowNs());
            // The clock of initial sequence numbers ticks every 4 us.
            wire.skip((0xFFFF_FFFFL - Integer.toUnsignedLong(iss) - 100_000) * 4_000);
            make(wire, seed);
            transfer(wire, BYTES / 2);
        }
    }

    /** What a SYN sent now would have. */
    private static int initialSequence(BadWire wire) {
        return new InitialSequenceNumbers(new org.machbed.netstack.random.KeyedRandom(~wireSeed(wire)))
                .next(Host.IP_A, 4000, Host.IP_B, 7, wire.nowNs());
    }

    private static long wireSeed(BadWire wire) {
        return wire.seed;
    }
}
