package org.machbed.testbed.node;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.machbed.testbed.launch.HostSettings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SubnetTest {
    private static final Subnet SUBNET = Subnet.parse("10.151.0.0/16");

    @Test
    void hasTwoHostsForEachRow() {
        assertThat(SUBNET.host("a", 0, 3)).isEqualTo(new HostSettings("a", "02:00:0a:97:00:01", "10.151.0.1", 16, 3));
        assertThat(SUBNET.host("b", 200, 1))
                .isEqualTo(new HostSettings("b", "02:00:0a:97:c8:02", "10.151.200.2", 16, 1));
        assertThat(SUBNET).hasToString("10.151.0.0/16");
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.151.0.0", "10.151.0.0/24", "10.151.1.0/16", "x/16"})
    void refusesWhatIsNoSuchNetwork(String text) {
        assertThatThrownBy(() -> Subnet.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
