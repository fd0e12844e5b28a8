package org.machbed.netstack;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.machbed.netstack.arp.ArpLayer;
import org.machbed.netstack.arp.NeighbourListener;
import org.machbed.netstack.fixture.Host;
import org.machbed.netstack.socket.UdpSocket;

import static org.assertj.core.api.Assertions.assertThat;

/** A stack that asks somebody else for its neighbours, and one that is asked. */
class NeighbourTest {
    private final List<Integer> asked = new ArrayList<>();
    private final Host host =
            new Host(Host.configuration(Host.MAC_A, "192.0.2.1", 1500).withNeighbours(asked::add));

    @Test
    void itAsksAndSendsWhatWaitedOnceItIsTold() throws Exception {
        UdpSocket socket = host.bound(1000);
        host.send(socket, "first", "192.0.2.2", 7);
        host.send(socket, "second", "192.0.2.2", 7);
        assertThat(asked).containsExactly(Host.IP_B);
        assertThat(host.takeFrames()).isEmpty();
        host.stack.learnNeighbour(Host.IP_B, Host.MAC_B, host.nowNs);
        assertThat(host.takeFrames()).hasSize(2);
        host.send(socket, "third", "192.0.2.2", 7);
        assertThat(host.takeFrames()).hasSize(1);
        assertThat(host.count(StackCounter.ARP_REQUESTS_SENT)).isZero();
        assertThat(host.count(StackCounter.ARP_ANNOUNCEMENTS_SENT)).isZero();
    }

    @Test
    void itAsksAgainOnceASecondAndGivesUp() throws Exception {
        UdpSocket socket = host.bound(1000);
        host.send(socket, "text", "192.0.2.2", 7);
        host.pass(20 * Host.SECOND);
        assertThat(asked).hasSize(3);
        assertThat(host.count(StackCounter.DROP_ARP_UNRESOLVED)).isEqualTo(1);
    }

    @Test
    void itHearsThatNobodyIsThere() throws Exception {
        UdpSocket socket = host.bound(1000);
        host.send(socket, "text", "192.0.2.2", 7);
        host.stack.neighbourUnreachable(Host.IP_B, host.nowNs);
        assertThat(host.count(StackCounter.DROP_ARP_UNRESOLVED)).isEqualTo(1);
        host.stack.learnNeighbour(0, Host.MAC_B, host.nowNs);
        assertThat(host.count(StackCounter.DROP_ARP_ILLEGAL_SENDER)).isEqualTo(1);
    }

    @Test
    void whoIsAskedAnswersNowOrLater() {
        Host server = Host.aKnowingB();
        List<String> told = new ArrayList<>();
        server.stack.neighbourListener(new NeighbourListener() {
            @Override
            public void onNeighbour(int ipv4, long mac) {
                told.add(Ipv4Address.format(ipv4) + " is at " + mac);
            }

            @Override
            public void onUnreachable(int ipv4) {
                told.add(Ipv4Address.format(ipv4) + " is nowhere");
            }
        });
        assertThat(server.stack.lookUpNeighbour(Host.IP_B, server.nowNs)).isEqualTo(Host.MAC_B);
        int nobody = Ipv4Address.parse("192.0.2.77");
        assertThat(server.stack.lookUpNeighbour(nobody, server.nowNs)).isEqualTo(ArpLayer.WAITING);
        assertThat(server.stack.lookUpNeighbour(Ipv4Address.parse("198.51.100.1"), server.nowNs))
                .isEqualTo(ArpLayer.UNREACHABLE);
        assertThat(told).isEmpty();
        server.pass(20 * Host.SECOND);
        assertThat(told).containsExactly("192.0.2.77 is nowhere");
    }
}
