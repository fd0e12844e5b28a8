package org.machbed.netstack.random;

import java.util.BitSet;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** RFC 6056. */
class EphemeralPortsTest {
    private final EphemeralPorts ports = new EphemeralPorts(new KeyedRandom(3));

    @Test
    void areDynamicPortsInNoOrder() {
        int previous = 0;
        int successors = 0;
        for (int i = 0; i < 1000; i++) {
            int port = ports.next(_ -> false);
            assertThat(port).isBetween(49_152, 65_535);
            successors += port == previous + 1 ? 1 : 0;
            previous = port;
        }
        assertThat(successors).isLessThan(3);
    }

    @Test
    void areFoundUntilNoneIsFree() {
        BitSet taken = new BitSet();
        for (int i = 0; i < EphemeralPorts.COUNT; i++) {
            int port = ports.next(taken::get);
            assertThat(taken.get(port)).isFalse();
            taken.set(port);
        }
        assertThat(ports.next(taken::get)).isEqualTo(EphemeralPorts.NONE);
    }
}
