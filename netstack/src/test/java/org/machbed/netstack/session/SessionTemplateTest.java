package org.machbed.netstack.session;

import org.junit.jupiter.api.Test;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.fixture.Host;
import org.machbed.netstack.ipv4.IpProtocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SessionTemplateTest {
    @Test
    void aTemplateReadsLikeAnAddress() {
        assertThat(new SessionTemplate(IpProtocol.TCP, Host.IP_A, 80, Host.IP_B, 0xFFFF))
                .hasToString("TCP 192.0.2.1:80 with 192.0.2.2:65535");
        assertThat(SessionTemplate.withAny(IpProtocol.UDP, Host.IP_A, 1)).hasToString("UDP 192.0.2.1:1 with any");
    }

    @Test
    void onlyUdpAndTcpHavePorts() {
        assertRefused(IpProtocol.ICMP, "192.0.2.1", 1, "0.0.0.0", 0, "a session speaks UDP or TCP, not protocol 1");
    }

    /** RFC 1122 section 3.2.1.3. */
    @Test
    void bothEndsAreHostsOnANetwork() {
        for (String nobody : new String[] {"0.0.0.0", "0.0.0.1", "127.0.0.1", "224.0.0.1", "255.255.255.255"}) {
            assertRefused(17, nobody, 1, "0.0.0.0", 0, "the local address " + nobody + " names no host on a network");
        }
        assertRefused(17, "192.0.2.1", 1, "127.0.0.1", 7, "the remote address 127.0.0.1 names no host on a network");
    }

    @Test
    void portsAreWithinBounds() {
        assertRefused(17, "192.0.2.1", 0, "0.0.0.0", 0, "the local port 0 is not between 1 and 65535");
        assertRefused(17, "192.0.2.1", 65_536, "0.0.0.0", 0, "the local port 65536 is not between 1 and 65535");
        assertRefused(17, "192.0.2.1", 1, "192.0.2.2", -1, "the remote port -1 is not between 1 and 65535");
    }

    @Test
    void aPeerHasAnAddressAndAPort() {
        String text = "the remote address and port are both given or both 0, not ";
        assertRefused(6, "192.0.2.1", 1, "192.0.2.2", 0, text + "192.0.2.2:0");
        assertRefused(6, "192.0.2.1", 1, "0.0.0.0", 2, text + "0.0.0.0:2");
    }

    private static void assertRefused(
            int protocol, String local, int localPort, String remote, int remotePort, String message) {
        assertThatThrownBy(() -> new SessionTemplate(
                        protocol, Ipv4Address.parse(local), localPort, Ipv4Address.parse(remote), remotePort))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
