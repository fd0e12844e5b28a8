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
    private ProviderAgent() {}

    /** Called by the virtual machine before the program's main method. */
    public static void premain(String arguments) throws IOException {
        install(SelectorProvider.provider());
    }

    /** The factories are deprecated, because a platform's sockets need none any more. Ours are no platform's. */
    @SuppressWarnings("deprecation")
    private static void install(SelectorProvider provider) throws IOException {
        Socket.setSocketImplFactory(() -> new ConnectionSocketImpl(provider));
        ServerSocket.setSocketFactory(() -> new ListeningSocketImpl(provider));
        DatagramSocket.setDatagramSocketImplFactory(() -> new ChannelDatagramSocketImpl(provider));
    }
}
