package org.machbed.netstack.tcp;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.fixture.BadWire;
import org.machbed.netstack.fixture.Host;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.TcpSocket;

import static org.assertj.core.api.Assertions.assertThat;

/** One way over a short wire that loses both ways at random: how a transfer recovers, in counts. */
class LossyGoodputTest {
    private static final int BYTES = 4_000_000;
    private static final int SEEDS = 6;
    private static final long LIMIT_NS = 3600 * Host.SECOND;

    /** Answers the sender. */
    private static Host transfer(long seed, double loss) throws SocketLayerException {
        BadWire wire = new BadWire(seed, TcpConfiguration.DEFAULT, 1500);
        wire.delayNs = 50_000;
        wire.bitsPerSecond = 2_000_000_000L;
        TcpSocket listening = wire.b.stack.tcp().open();
        listening.bind(0, 7);
        listening.listen(1, wire.nowNs());
        TcpSocket sending = wire.a.stack.tcp().open();
        sending.bind(0, 4000);
        sending.connect(Host.IP_B, 7, wire.nowNs());
        var receiver = new Receiver(listening, wire);
        assertThat(wire.runUntil(() -> receiver.accepted() && sending.state() == TcpState.ESTABLISHED, LIMIT_NS))
                .isTrue();
        wire.loss = loss;
        int[] sent = new int[1];
        boolean done = wire.runUntil(
                () -> {
                    push(wire.a, sending, sent);
                    return receiver.take() == BYTES;
                },
                LIMIT_NS);
        assertThat(done).isTrue();
        return wire.a;
    }

    private static void push(Host host, TcpSocket socket, int[] sent) {
        try {
            int taken = 1;
            while (sent[0] < BYTES && taken > 0) {
                taken = host.sendText(socket, sent[0], Math.min(16_384, BYTES - sent[0]));
                sent[0] += taken;
            }
        } catch (SocketLayerException e) {
            throw new AssertionError(e);
        }
    }

    private static final class Receiver {
        private final TcpSocket listening;
        private final BadWire wire;

        private @Nullable TcpSocket socket;

        private int received;

        Receiver(TcpSocket listening, BadWire wire) {
            this.listening = listening;
            this.wire = wire;
        }

        boolean accepted() {
            try {
                socket = socket == null ? listening.accept(wire.nowNs()) : socket;
            } catch (SocketLayerException e) {
                throw new AssertionError(e);
            }
            return socket != null;
        }

        int take() {
            try {
                received += Math.max(0, wire.b.receiveText(java.util.Objects.requireNonNull(socket), received, 65_536));
            } catch (SocketLayerException e) {
                throw new AssertionError(e);
            }
            return received;
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.01, 0.05})
    void timeoutsAreRare(double loss) throws Exception {
        long timeouts = 0;
        long losses = 0;
        for (int seed = 1; seed <= SEEDS; seed++) {
            Host sender = transfer(seed, loss);
            timeouts += sender.count(StackCounter.TCP_RETRANSMISSION_TIMEOUTS);
            losses += sender.count(StackCounter.TCP_SEGMENTS_RETRANSMITTED);
        }
        assertThat(losses).isGreaterThan((long) (0.8 * loss * SEEDS * BYTES / 1448));
        assertThat(timeouts).as("of %d segments sent again", losses).isLessThan(losses / 100);
    }

    @Test
    void nothingIsSentAgainWithoutLoss() throws Exception {
        Host sender = transfer(1, 0);
        assertThat(sender.count(StackCounter.TCP_SEGMENTS_RETRANSMITTED)).isZero();
        assertThat(sender.count(StackCounter.TCP_TAIL_LOSS_PROBES_SENT)).isZero();
    }
}
