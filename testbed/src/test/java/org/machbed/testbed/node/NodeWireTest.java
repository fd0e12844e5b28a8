package org.machbed.testbed.node;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class NodeWireTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            bridge:10.151.0.0/16                            | 7 | bridge:10.151.0.0/16
            bridge:eth0,loss=0.1                            | 7 | bridge:eth0,loss=0.1
            segment:/dev/shm/wire                           | 7 | segment:/dev/shm/wire-7
            segment:/dev/shm/wire,delayNs=5                 | 7 | segment:/dev/shm/wire-7,delayNs=5
            udp:10.151.0.0/16:7410,peer=b-kernel-node:7410  | 0 | udp:10.151.0.0/16:7410,peer=b-kernel-node:7410
            udp:10.151.0.0/16:7410,peer=b:7410,loss=0.1     | 7 | udp:10.151.0.0/16:7417,peer=b:7417,loss=0.1
            """)
    void everyRowHasItsOwn(String wire, int row, String expected) {
        assertThat(NodeWire.ofRow(wire, row)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"bridge:10.151.0.0/16, bridge", "udp:h:1, udp", "segment:/x, segment"})
    void isCalledByItsKind(String wire, String label) {
        assertThat(NodeWire.label(wire)).isEqualTo(label);
    }
}
