package org.machbed.client.agent;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.channels.spi.SelectorProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.machbed.client.channel.LoopbackStreams;
import org.machbed.client.channel.MachbedSelectorProvider;
import org.machbed.client.channel.MemoryNetwork;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The suite on the sockets that the agent puts under a program, and what only those do. */
class ChannelSocketsTest extends SocketsContract {
    private final LoopbackStreams streams = new LoopbackStreams();
    private final SelectorProvider provider =
            new MachbedSelectorProvider(new MemoryNetwork().host(0x7F000001), streams);

    /** As {@code new Socket()} with the factory that the agent sets. */
    private static final class ChannelSocket extends Socket {
        ChannelSocket(SelectorProvider provider) throws SocketException {
            super(new ConnectionSocketImpl(provider));
        }
    }

    /** As {@code new ServerSocket()} with the factory that the agent sets. */
    private static final class ChannelServerSocket extends ServerSocket {
        private final SelectorProvider provider;

        ChannelServerSocket(SelectorProvider provider) {
            super(new ListeningSocketImpl(provider));
            this.provider = provider;
        }

        @Override
        public Socket accept() throws IOException {
            Socket socket = new ChannelSocket(provider);
            implAccept(socket);
            return socket;
        }
    }

    /** As {@code new DatagramSocket(null)} with the factory that the agent sets. */
    private static final class ChannelDatagramSocket extends DatagramSocket {
        ChannelDatagramSocket(SelectorProvider provider) {
            super(new ChannelDatagramSocketImpl(provider));
        }
    }

    @Override
    Socket newSocket() throws IOException {
        return new ChannelSocket(provider);
    }

    @Override
    ServerSocket newServerSocket() {
        return new ChannelServerSocket(provider);
    }

    @Override
    DatagramSocket newDatagramSocket() {
        return new ChannelDatagramSocket(provider);
    }

    @AfterEach
    void closeStreams() {
        streams.close();
    }

    @Test
    void whatIsNotThereSaysSo() throws IOException {
        DatagramSocket datagrams = datagramSocket();
        InetSocketAddress group = new InetSocketAddress("233.252.0.1", 0);
        NetworkInterface loopback = NetworkInterface.getByInetAddress(InetAddress.getLoopbackAddress());
        assertThatThrownBy(() -> datagrams.joinGroup(group, loopback))
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("multicast");
        try (Socket client = connected()) {
            assertThat(client.getOOBInline()).isTrue();
            assertThatThrownBy(() -> client.setOOBInline(false))
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("in line");
        }
        Socket withoutTcp = new ChannelSocket(new MachbedSelectorProvider(new MemoryNetwork().host(1)));
        assertThatThrownBy(() -> withoutTcp.connect(listener().getLocalSocketAddress()))
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("TCP");
    }
}
