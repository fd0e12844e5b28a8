package org.machbed.netstack.ipv4;

import org.junit.jupiter.api.Test;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.fixture.Host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/** RFC 1122 section 3.3.1. */
class RouteTableTest {
    private final RouteTable routes = new RouteTable(Host.configuration(Host.MAC_A, "192.0.2.1", 1500));

    private String nextHop(String destination) {
        return Ipv4Address.format(routes.nextHop(Ipv4Address.parse(destination)));
    }

    private void add(String network, int prefix, String gateway) {
        routes.add(Ipv4Address.parse(network), prefix, Ipv4Address.parse(gateway));
    }

    @Test
    void neighboursAreTheirOwnNextHopAndTheRestIsTheGateways() {
        assertThat(nextHop("192.0.2.77")).isEqualTo("192.0.2.77");
        assertThat(nextHop("198.51.100.1")).isEqualTo("192.0.2.254");
    }

    @Test
    void theLongestPrefixWinsInWhateverOrderTheyWereAdded() {
        add("198.51.100.128", 25, "192.0.2.3");
        add("198.51.0.0", 16, "192.0.2.2");
        add("198.51.100.200", 32, "192.0.2.4");
        assertThat(nextHop("198.51.1.1")).isEqualTo("192.0.2.2");
        assertThat(nextHop("198.51.100.129")).isEqualTo("192.0.2.3");
        assertThat(nextHop("198.51.100.200")).isEqualTo("192.0.2.4");
        assertThat(nextHop("203.0.113.1")).isEqualTo("192.0.2.254");
    }

    @Test
    void routesThatMakeNoSenseAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> add("198.51.100.1", 24, "192.0.2.2"));
        assertThatIllegalArgumentException().isThrownBy(() -> add("198.51.100.0", 24, "203.0.113.1"));
        assertThatIllegalArgumentException().isThrownBy(() -> add("198.51.100.0", 24, "192.0.2.1"));
    }

    @Test
    void theTableIsBounded() {
        assertThatIllegalStateException().isThrownBy(() -> {
            for (int i = 0; i < 100; i++) {
                add("198.51." + i + ".0", 24, "192.0.2.2");
            }
        });
    }
}
