package org.machbed.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.machbed.proto.trap.TrapNumber;

import static org.assertj.core.api.Assertions.assertThat;
import static org.machbed.kernel.StreamTraps.WAIT;
import static org.machbed.kernel.StreamTraps.awaitCounter;
import static org.machbed.kernel.StreamTraps.awaitWaiting;
import static org.machbed.kernel.StreamTraps.background;

/** A thousand connections at once, each with an application's thread that waits on it. */
@Timeout(120)
class ManyConnectionsTest {
    private static final int PORT = 5001;
    private static final int CONNECTIONS = 1_000;

    @Test
    void nobodyWaitsForAnotherOnesConnection() throws Exception {
        try (TwoHosts hosts = new TwoHosts()) {
            StreamTraps a = new StreamTraps(hosts.a.caller);
            StreamTraps b = new StreamTraps(hosts.b.caller);
            long listener = b.listener(PORT, 50);
            List<Long> clients = new ArrayList<>();
            List<CompletableFuture<Boolean>> echoes = new ArrayList<>();
            for (int i = 0; i < CONNECTIONS; i++) {
                clients.add(a.connected(TwoHosts.B, PORT));
                long server = b.accept(listener);
                echoes.add(background(() -> echo(b, server)));
            }
            awaitWaiting(hosts.b, CONNECTIONS);
            for (int i = CONNECTIONS - 1; i >= 0; i--) {
                String text = "to " + i;
                assertThat(a.send(clients.get(i), text, WAIT)).isEqualTo(text.length());
                assertThat(a.receive(clients.get(i), 100, WAIT)).isEqualTo(text);
            }
            for (int i = 0; i < CONNECTIONS; i++) {
                assertThat(a.close(clients.get(i))).isZero();
                assertThat(echoes.get(i).get(60, TimeUnit.SECONDS)).as("ended").isTrue();
            }
            assertThat(b.close(listener)).isZero();
            awaitCounter(hosts.a, "TCP_SOCKETS", 0);
            awaitCounter(hosts.b, "TCP_SOCKETS", 0);
            awaitCounter(hosts.b, "TRAPS_WAITING", 0);
        }
    }

    /** Echoes as an application does whose waits may have to be in a bare slot, until the stream ends. */
    private static boolean echo(StreamTraps traps, long socket) {
        while (true) {
            Object received = traps.receive(socket, 100, WAIT);
            if (received instanceof String text) {
                assertThat(traps.send(socket, text, WAIT)).isEqualTo(text.length());
            } else if (received.equals(0L)) {
                return traps.close(socket) == 0;
            } else {
                assertThat(traps.bare(TrapNumber.AWAIT, socket, TrapNumber.READABLE))
                        .isZero();
            }
        }
    }
}
