package org.machbed.client.channel;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.nio.channels.spi.SelectorProvider;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The suite on our channels over socket layers in memory, and what only ours do. */
class MachbedDatagramChannelTest extends DatagramChannelContract {
    private static final int A = 0xC0000201;
    private static final int B = 0xC0000202;

    @Override
    protected Ends openEnds() {
        MemoryNetwork network = new MemoryNetwork();
        return new Ends(
                new MachbedSelectorProvider(network.host(A)),
                "192.0.2.1",
                new MachbedSelectorProvider(network.host(B)),
                "192.0.2.2");
    }

    @Test
    void whatIsNotThereSaysSo() throws IOException {
        SelectorProvider provider = new MachbedSelectorProvider(new MemoryNetwork().host(A));
        assertThatThrownBy(() -> provider.openDatagramChannel(StandardProtocolFamily.INET6))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("IPv4");
        assertThatThrownBy(provider::openSelector)
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("in-kernel");
        assertThatThrownBy(provider::openPipe).isInstanceOf(UnsupportedOperationException.class);
        try (DatagramChannel channel = provider.openDatagramChannel()) {
            InetAddress group = InetAddress.ofLiteral("233.252.0.1");
            NetworkInterface loopback = NetworkInterface.getByInetAddress(InetAddress.getLoopbackAddress());
            assertThat(channel.provider()).isSameAs(provider);
            assertThatThrownBy(() -> channel.join(group, loopback)).isInstanceOf(UnsupportedOperationException.class);
            SocketAddress groupAddress = new InetSocketAddress(group, 0);
            assertThatThrownBy(() -> channel.socket().joinGroup(groupAddress, loopback))
                    .isExactlyInstanceOf(SocketException.class)
                    .hasMessageContaining("multicast");
            assertThatThrownBy(() -> channel.socket().leaveGroup(groupAddress, loopback))
                    .isExactlyInstanceOf(SocketException.class)
                    .hasMessageContaining("multicast");
            assertThatThrownBy(() -> channel.socket().setOption(StandardSocketOptions.IP_MULTICAST_TTL, 1))
                    .isInstanceOf(UnsupportedOperationException.class);
        }
    }

    @Test
    void printsWhereItIs() throws IOException {
        DatagramChannel channel = ends().openA();
        assertThat(channel).hasToString("MachbedDatagramChannel[local=null, remote=null]");
        channel.close();
        assertThat(channel).hasToString("MachbedDatagramChannel[closed]");
    }
}
