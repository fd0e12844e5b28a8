package org.machbed.netstack.socket;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.fixture.BadWire;
import org.machbed.netstack.fixture.Host;
import org.machbed.netstack.state.StateException;
import org.machbed.netstack.tcp.TcpConfiguration;
import org.machbed.netstack.tcp.TcpState;
import org.machbed.netstack.tcp.congestion.CongestionAlgorithm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** A connection that leaves its stack and comes back, at any time, is the same as one that stayed. */
class TcpSessionTest {
    private static final long LIMIT_NS = 3600 * Host.SECOND;

    /** Sends its stream and checks the other's, and migrates meanwhile. */
    private static final class End {
        final Host host;
        final int total;
        final SplittableRandom random;
        final double eagerness;

        @Nullable
        TcpSocket socket;

        int sent;
        int received;
        int migrations;
        boolean shut;
        boolean finished;

        End(Host host, int total, long seed, double eagerness) {
            this.host = host;
            this.total = total;
            this.random = new SplittableRandom(seed);
            this.eagerness = eagerness;
        }

        void turn() {
            try {
                TcpSocket s = socket;
                if (s == null) {
                    return;
                }
                migrate(s);
                int taken = 1;
                while (s.isConnected() && sent < total && taken > 0) {
                    taken = host.sendText(s, sent, Math.min(17_000, total - sent));
                    sent += taken;
                }
                migrate(s);
                if (s.isConnected() && sent == total && !shut) {
                    s.shutdownSending(host.nowNs);
                    shut = true;
                }
                migrate(s);
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

        void migrate(TcpSocket s) throws SocketLayerException {
            if (!s.isConnected() || !s.state().isSynchronized() || random.nextDouble() >= eagerness) {
                return;
            }
            TcpSessionState state = s.exportSession(host.nowNs);
            assertThat(s.isAway()).isTrue();
            TcpSessionState copy = copy(state);
            assertThat(copy).isEqualTo(state);
            s.importSession(copy, host.nowNs);
            migrations++;
        }
    }

    /** What another process makes of it. */
    private static TcpSessionState copy(TcpSessionState state) {
        MemorySegment encoded = MemorySegment.ofArray(new byte[state.encodedBytes() + 3]);
        state.encode(encoded, 3);
        return TcpSessionState.decode(encoded, 3, state.encodedBytes());
    }

    private static int transfer(BadWire wire, int bytes, double eagerness) throws Exception {
        End client = new End(wire.a, bytes, wire.seed, eagerness);
        End server = new End(wire.b, bytes / 2, wire.seed + 1, eagerness);
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
            assertThat(host.count(StackCounter.DROP_TCP_SESSION_AWAY)).isZero();
        }
        return client.migrations + server.migrations;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5, 10})
    void everythingArrivesHoweverOftenItMigrates(int trouble) throws Exception {
        int migrations = 0;
        for (CongestionAlgorithm algorithm : CongestionAlgorithm.values()) {
            for (int extensions = 0; extensions < 8; extensions++) {
                BadWire wire = new BadWire(
                        trouble * 100L + extensions,
                        TcpConfiguration.DEFAULT.toBuilder()
                                .congestion(algorithm)
                                .extensions(extensions)
                                .buffers(40_000, 30_000)
                                .build(),
                        1500);
                wire.loss = 0.01 * trouble;
                wire.duplication = 0.01 * trouble;
                wire.reordering = 0.02 * trouble;
                wire.corruption = 0.002 * trouble;
                migrations += transfer(wire, 100_000, 0.2);
            }
        }
        assertThat(migrations).isGreaterThan(1000);
    }

    /** A host whose frames are written down. */
    private static List<String> framesOf(long seed, int extensions, double eagerness) throws Exception {
        BadWire wire = new BadWire(
                seed,
                TcpConfiguration.DEFAULT.toBuilder()
                        .extensions(extensions)
                        .buffers(20_000, 10_000)
                        .build(),
                1500);
        wire.record = new ArrayList<>();
        transfer(wire, 60_000, eagerness);
        return wire.record;
    }

    /** Where nothing is lost, so that nothing that stays behind matters, octet for octet and at the same times. */
    @Test
    void itSendsTheSameAsOneThatStays() throws Exception {
        for (int extensions = 0; extensions < 8; extensions++) {
            List<String> stays = framesOf(extensions, extensions, 0);
            List<String> migrates = framesOf(extensions, extensions, 1);
            assertThat(stays).hasSizeGreaterThan(60);
            assertThat(migrates).isEqualTo(stays);
        }
    }

    private static BadWire goodWire() {
        return new BadWire(1, TcpConfiguration.DEFAULT, 1500);
    }

    private static TcpSocket listen(BadWire wire) throws Exception {
        TcpSocket listening = wire.b.stack.tcp().open();
        listening.bind(0, 7);
        listening.listen(1, wire.nowNs());
        return listening;
    }

    private static TcpSocket connect(BadWire wire) throws Exception {
        TcpSocket connecting = wire.a.stack.tcp().open();
        connecting.connect(Host.IP_B, 7, wire.nowNs());
        wire.runUntil(() -> connecting.state() == TcpState.ESTABLISHED, Host.SECOND);
        return connecting;
    }

    @Test
    void segmentsOfASessionThatIsAwayAreDroppedAndItsPortStaysTaken() throws Exception {
        BadWire wire = goodWire();
        TcpSocket listening = listen(wire);
        TcpSocket connecting = connect(wire);
        TcpSocket accepted = accepted(listening, wire);
        TcpSessionState state = connecting.exportSession(wire.nowNs());
        wire.b.sendText(accepted, 0, 1000);
        wire.runUntil(() -> false, 2 * Host.SECOND);
        assertThat(wire.a.count(StackCounter.DROP_TCP_SESSION_AWAY)).isPositive();
        assertThat(wire.a.count(StackCounter.TCP_RESETS_SENT)).isZero();
        assertThat(wire.a.stack.tcp().runningTimers()).isZero();
        TcpSocket other = wire.a.stack.tcp().open();
        assertThatThrownBy(() -> other.bind(0, state.localPort()))
                .isInstanceOfSatisfying(
                        SocketLayerException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EADDRINUSE));
        assertThatThrownBy(() -> wire.a.sendText(connecting, 0, 10))
                .isInstanceOfSatisfying(
                        SocketLayerException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOTCONN));
        assertThat(DatagramHeader.port(connecting.remoteAddress())).isEqualTo(7);

        connecting.importSession(state, wire.nowNs());
        wire.runUntil(() -> false, 2 * Host.SECOND);
        assertThat(wire.a.receiveText(connecting, 0, 2000)).isEqualTo(1000);

        connecting.exportSession(wire.nowNs());
        connecting.close(wire.nowNs());
        wire.b.sendText(accepted, 1000, 1000);
        wire.runUntil(() -> false, 2 * Host.SECOND);
        assertThat(wire.a.count(StackCounter.TCP_RESETS_SENT)).isEqualTo(1);
    }

    private static TcpSocket accepted(TcpSocket listening, BadWire wire) throws Exception {
        wire.runUntil(() -> false, Host.SECOND);
        return java.util.Objects.requireNonNull(listening.accept(wire.nowNs()));
    }

    @Test
    void whatIsNotConnectedDoesNotLeave() throws Exception {
        BadWire wire = goodWire();
        TcpSocket listening = listen(wire);
        assertThat(listening.isAway()).isFalse();
        TcpSocket idle = wire.a.stack.tcp().open();
        assertThatThrownBy(() -> idle.exportSession(0))
                .isInstanceOfSatisfying(
                        SocketLayerException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOTCONN));
        TcpSocket connecting = connect(wire);
        TcpSessionState state = connecting.exportSession(wire.nowNs());
        assertThatThrownBy(() -> connecting.exportSession(wire.nowNs())).isInstanceOf(SocketLayerException.class);
        assertThatThrownBy(() -> wire.b.stack.tcp().importSession(state, wire.nowNs()))
                .isInstanceOfSatisfying(
                        SocketLayerException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EADDRNOTAVAIL));
        connecting.importSession(state, wire.nowNs());
        assertThatThrownBy(() -> wire.a.stack.tcp().importSession(state, wire.nowNs()))
                .isInstanceOfSatisfying(
                        SocketLayerException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EADDRINUSE));
        assertThat(wire.a.stack.tcp().openSockets()).isEqualTo(2);
    }

    /** Whatever is in it: either it is refused by a clear error, or the stack can work with it. */
    @Test
    void aStateThatMakesNoSenseIsRefused() throws Exception {
        BadWire wire = goodWire();
        TcpSocket listening = listen(wire);
        TcpSocket connecting = connect(wire);
        wire.a.sendText(connecting, 0, 5000);
        TcpSessionState state = connecting.exportSession(wire.nowNs());
        MemorySegment whole = MemorySegment.ofArray(new byte[state.encodedBytes()]);
        state.encode(whole, 0);
        byte[] good = whole.toArray(ValueLayout.JAVA_BYTE);
        SplittableRandom random = new SplittableRandom(7);
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] bad = Arrays.copyOf(good, random.nextInt(4) == 0 ? random.nextInt(good.length + 9) : good.length);
            for (int change = random.nextInt(4); change >= 0 && bad.length > 0; change--) {
                int range = random.nextBoolean() ? bad.length : Math.min(bad.length, TcpSessionState.VARIABLES_BYTES);
                bad[random.nextInt(range)] = (byte) random.nextInt();
            }
            try {
                TcpSessionState changed = TcpSessionState.decode(MemorySegment.ofArray(bad), 0, bad.length);
                TcpSocket socket = wire.a.stack.tcp().importSession(changed, wire.nowNs());
                wire.a.stack.onTimer(wire.nowNs());
                socket.setOption(SocketOptionName.LINGER_SECONDS, 0, wire.nowNs());
                socket.close(wire.nowNs());
            } catch (StateException | SocketLayerException e) {
                assertThat(e.getMessage()).isNotBlank();
                refused++;
            }
            wire.a.takeFrames();
        }
        assertThat(refused).isBetween(1000, 19_000);
        connecting.close(wire.nowNs());
        listening.close(wire.nowNs());
        assertThat(wire.a.stack.tcp().openSockets()).isZero();
        assertThat(wire.a.stack.tcp().connections()).isZero();
        assertThat(wire.a.stack.tcp().bufferBytes()).isZero();
        assertThat(wire.a.stack.tcp().runningTimers()).isZero();
    }
}
