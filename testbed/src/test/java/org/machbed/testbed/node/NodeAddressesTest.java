package org.machbed.testbed.node;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class NodeAddressesTest {
    private static final String ALL = "a-kernel-node=h:1,a-protocol-server=h:2,a-client-app=h:3,b-kernel-node=h:4,"
            + "b-protocol-server=h:5,b-client-app=[::1]:6";

    @Test
    void dockersAreCalledAsTheirServices() {
        assertThat(NodeAddresses.parse("docker").text())
                .isEqualTo("a-kernel-node=a-kernel-node:7400,a-protocol-server=a-protocol-server:7400,"
                        + "a-client-app=a-client-app:7400,b-kernel-node=b-kernel-node:7400,"
                        + "b-protocol-server=b-protocol-server:7400,b-client-app=b-client-app:7400");
    }

    @Test
    void areGivenOneByOne() {
        assertThat(NodeAddresses.parse(ALL).text()).isEqualTo(ALL);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            a-kernel-node=h:1           | a-protocol-server, a-client-app, b-kernel-node, b-protocol-server, b-client-app is missing
            a-kernel-node               | "a-kernel-node" is neither docker nor of the form NODE=HOST:PORT
            c-kernel-node=h:1           | "c-kernel-node=h:1" is neither
            a-kernel=h:1                | "a-kernel=h:1" is neither
            a-kernel-node=h             | "h" is not of the form HOST:PORT
            a-kernel-node=h:70000       | "h:70000" is not of the form HOST:PORT
            a-kernel-node=h:1,a-kernel-node=h:1 | a-kernel-node stands twice
            """)
    void refuseWhatTheyCannotRead(String text, String message) {
        assertThatThrownBy(() -> NodeAddresses.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }
}
