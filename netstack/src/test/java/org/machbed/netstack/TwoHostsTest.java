package org.machbed.netstack;

import org.junit.jupiter.api.Test;
import org.machbed.netstack.fixture.TwoHosts;
import org.machbed.netstack.socket.UdpSocket;

import static org.assertj.core.api.Assertions.assertThat;

/** Conversations between two whole stacks. */
class TwoHostsTest {
    private final TwoHosts world = new TwoHosts(1500);

    @Test
    void aDatagramAndItsAnswerCostOneAddressResolution() throws Exception {
        UdpSocket client = world.a.bound(4000);
        UdpSocket server = world.b.bound(7);
        world.a.send(client, "ping", "192.0.2.2", 7);
        world.settle();
        assertThat(world.b.receive(server)).isEqualTo("192.0.2.1:4000 ping");
        world.b.send(server, "pong", "192.0.2.1", 4000);
        world.settle();
        assertThat(world.a.receive(client)).isEqualTo("192.0.2.2:7 pong");
        assertThat(world.wire)
                .containsExactly(
                        "a ARP, Request who-has 192.0.2.2 tell 192.0.2.1",
                        "b ARP, Reply 192.0.2.2 is-at 02:00:00:00:00:02",
                        "a 192.0.2.1 > 192.0.2.2: UDP 4000 > 7, length 4",
                        "b 192.0.2.2 > 192.0.2.1: UDP 7 > 4000, length 4");
        assertThat(world.a.stack.counters().drops()).isZero();
        assertThat(world.b.stack.counters().drops()).isZero();
    }

    @Test
    void aDatagramOfAnySizeArrivesWhole() throws Exception {
        UdpSocket client = world.a.bound(4000);
        UdpSocket server = world.b.bound(7);
        for (int length : new int[] {0, 1, 1471, 1472, 1473, 2952, 2953, 9000, 65_506, 65_507}) {
            String text = text(length);
            world.a.send(client, text, "192.0.2.2", 7);
            world.settle();
            assertThat(world.b.receive(server)).isEqualTo("192.0.2.1:4000 " + text);
        }
        assertThat(world.b.stack.counters().drops()).isZero();
    }

    private static String text(int length) {
        StringBuilder text = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            text.append((char) ('a' + i % 23));
        }
        return text.toString();
    }
}
