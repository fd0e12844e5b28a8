package org.machbed.client.topology;

import java.io.IOException;
import java.net.SocketException;
import java.nio.channels.IllegalSelectorException;
import java.nio.channels.Pipe;
import java.nio.channels.SelectableChannel;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.client.binding.Binding;
import org.machbed.client.channel.SelectorContract;
import org.machbed.client.channel.StreamEnds;
import org.machbed.ipc.mach.MachTransport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The suite on sets of sockets in real kernels, reached by traps. */
class InKernelSelectorTest extends SelectorContract {
    @TempDir
    private static Path directory;

    private static TwoHosts hosts;

    @BeforeAll
    static void start() throws IOException {
        hosts = new TwoHosts(directory)
                .kernels("in-kernel", true, MachTransport.GRPC)
                .applications(Binding.TRAP, MachTransport.GRPC);
    }

    @AfterAll
    static void stop() throws IOException {
        hosts.close();
    }

    @Override
    protected StreamEnds openEnds() {
        return hosts.streamEnds();
    }

    @Test
    void channelsOfOtherProvidersAreRefused() throws IOException {
        SelectorProvider host = hosts.provider(0);
        Pipe pipe = Pipe.open();
        try (Selector ours = host.openSelector();
                Selector jdks = Selector.open();
                SocketChannel channel = host.openSocketChannel();
                SocketChannel ofOtherHost = hosts.provider(1).openSocketChannel();
                Pipe.SourceChannel source = pipe.source();
                Pipe.SinkChannel _ = pipe.sink()) {
            assertRefused(ours, source);
            assertRefused(ours, ofOtherHost);
            assertRefused(jdks, channel);
            assertThat(ours.provider()).isSameAs(host);
        }
    }

    private static void assertRefused(Selector selector, SelectableChannel channel) throws IOException {
        channel.configureBlocking(false);
        assertThatThrownBy(() -> channel.register(selector, channel.validOps()))
                .isInstanceOf(IllegalSelectorException.class);
        assertThat(channel.isRegistered()).isFalse();
        assertThat(selector.keys()).isEmpty();
    }

    /** More than the kernel lets one application have. */
    @Test
    void tooManySelectorsAreRefused() throws IOException {
        List<Selector> open = new ArrayList<>();
        try {
            assertThatThrownBy(() -> {
                        while (open.size() < 1_000) {
                            open.add(hosts.provider(0).openSelector());
                        }
                    })
                    .isInstanceOf(SocketException.class)
                    .hasMessage("Too many open files");
            open.removeLast().close();
            open.add(hosts.provider(0).openSelector());
        } finally {
            for (Selector selector : open) {
                selector.close();
            }
        }
    }
}
