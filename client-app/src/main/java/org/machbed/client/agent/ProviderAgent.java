package org.machbed.client.agent;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.spi.SelectorProvider;

/**
 * Makes a Java agent of the jar that it is in, which is how a jar comes on the class path of any {@code java} command. The sockets of
 * java.net do not ask the system-wide provider for channels, so it has them made of such channels too.
 */
public final class ProviderAgent {
    /**
     * By which a program keeps its Netty, as gRPC brings it along, from Linux's epoll. The socket library's own Netty reads it too, being
     * of the same name, and talks to the host by epoll.
     */
    private static final String NO_EPOLL = "io.grpc.netty.shaded.io.netty.transport.noNative";

    private ProviderAgent() {}

    /** Called by the virtual machine before the program's main method. */
    public static void premain(String arguments) throws IOException {
        openDespiteNoEpoll();
        install(SelectorProvider.provider());
    }

    /** Opens the host's sockets while nothing of the program runs yet that could miss the property. */
    private static void openDespiteNoEpoll() throws IOException {
        String value = System.clearProperty(NO_EPOLL);
        if (value == null) {
            return;
        }
        try {
            HostSockets.provider();
        } finally {
            System.setProperty(NO_EPOLL, value);
        }
    }

    /** The factories are deprecated, because a platform's sockets need none any more. Ours are no platform's. */
    @SuppressWarnings("deprecation")
    private static void install(SelectorProvider provider) throws IOException {
        Socket.setSocketImplFactory(() -> new ConnectionSocketImpl(provider));
        ServerSocket.setSocketFactory(() -> new ListeningSocketImpl(provider));
        DatagramSocket.setDatagramSocketImplFactory(() -> new ChannelDatagramSocketImpl(provider));
    }
}
