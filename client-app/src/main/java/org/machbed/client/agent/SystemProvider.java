package org.machbed.client.agent;

import java.io.IOException;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;
import java.util.Objects;

/**
 * The system-wide provider of a program that runs on a host: {@code -Djava.nio.channels.spi.SelectorProvider} names it, and the JDK
 * makes it by its constructor. IPv4 channels are the host's, and so are selectors. Pipes and Unix-domain channels cross no
 * network and stay the JDK's own, so no selector of the host's takes them. The host's sockets are opened with the first channel that
 * needs them.
 */
public final class SystemProvider extends SelectorProvider {
    /** Called by the JDK. */
    public SystemProvider() {}

    @Override
    public DatagramChannel openDatagramChannel() throws IOException {
        return HostSockets.provider().openDatagramChannel();
    }

    @Override
    public DatagramChannel openDatagramChannel(ProtocolFamily family) throws IOException {
        return HostSockets.provider().openDatagramChannel(family);
    }

    @Override
    public SocketChannel openSocketChannel() throws IOException {
        return HostSockets.provider().openSocketChannel();
    }

    @Override
    public SocketChannel openSocketChannel(ProtocolFamily family) throws IOException {
        return isLocal(family)
                ? jdk().openSocketChannel(family)
                : HostSockets.provider().openSocketChannel(family);
    }

    @Override
    public ServerSocketChannel openServerSocketChannel() throws IOException {
        return HostSockets.provider().openServerSocketChannel();
    }

    @Override
    public ServerSocketChannel openServerSocketChannel(ProtocolFamily family) throws IOException {
        return isLocal(family)
                ? jdk().openServerSocketChannel(family)
                : HostSockets.provider().openServerSocketChannel(family);
    }

    @Override
    public AbstractSelector openSelector() throws IOException {
        return HostSockets.provider().openSelector();
    }

    @Override
    public Pipe openPipe() throws IOException {
        return jdk().openPipe();
    }

    private static boolean isLocal(ProtocolFamily family) {
        return Objects.requireNonNull(family) == StandardProtocolFamily.UNIX;
    }

    /** The JDK's own provider, which {@link SelectorProvider#provider} would answer if this one were not named. */
    private static SelectorProvider jdk() {
        try {
            Class<?> holder = Class.forName("sun.nio.ch.DefaultSelectorProvider");
            return (SelectorProvider) holder.getMethod("get").invoke(null);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("the JDK's own provider is not where JDK 25 has it", e);
        }
    }
}
