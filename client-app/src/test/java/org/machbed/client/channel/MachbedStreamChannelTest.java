package org.machbed.client.channel;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.channels.spi.SelectorProvider;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The suite on our channels over the protocol library in memory, and what only ours do. */
class MachbedStreamChannelTest extends StreamChannelContract {
    @Override
    protected StreamEnds openEnds() {
        LoopbackStreams streams = new LoopbackStreams();
        SelectorProvider provider = new MachbedSelectorProvider(new MemoryNetwork().host(0x7F000001), streams);
        return new StreamEnds(provider, provider, "127.0.0.1").above(streams);
    }

    @Test
    void whatIsNotThereSaysSo() throws IOException {
        SelectorProvider provider = ends().clients();
        assertThatThrownBy(() -> provider.openSocketChannel(StandardProtocolFamily.INET6))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("IPv4");
        assertThatThrownBy(() -> provider.openServerSocketChannel(StandardProtocolFamily.UNIX))
                .isInstanceOf(UnsupportedOperationException.class);
        SelectorProvider datagramsOnly = new MachbedSelectorProvider(new MemoryNetwork().host(1));
        assertThatThrownBy(datagramsOnly::openSocketChannel)
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("TCP");
        assertThatThrownBy(datagramsOnly::openServerSocketChannel).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void printsWhereItIs() throws IOException {
        assertThat(ends().client()).hasToString("MachbedSocketChannel[UNCONNECTED, local=null, remote=null]");
        assertThat(ends().server()).hasToString("MachbedServerSocketChannel[local=null]");
    }
}
