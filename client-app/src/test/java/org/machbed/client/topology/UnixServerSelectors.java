package org.machbed.client.topology;

import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.machbed.client.Child;
import org.machbed.client.binding.Binding;
import org.machbed.client.channel.SelectorContract;
import org.machbed.client.channel.StreamEnds;
import org.machbed.client.channel.StreamEnds.Pair;
import org.machbed.ipc.mach.MachTransport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The suite on sets of sockets in real Unix servers. Subclasses name the driver and the transport. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class UnixServerSelectors extends SelectorContract {
    private static final int SETS_OF_CLIENT = 64;

    private final TwoHosts hosts;

    UnixServerSelectors(Path directory, String transmit, String receive, MachTransport ipc) throws IOException {
        hosts = new TwoHosts(directory)
                .kernels("none", true, ipc)
                .servers("unix", transmit, receive, ipc)
                .applications(Binding.EMULATION, ipc);
    }

    @AfterAll
    void stop() throws IOException {
        hosts.close();
    }

    @Override
    protected StreamEnds openEnds() {
        return hosts.streamEnds();
    }

    private long requests() throws IOException {
        String counters = hosts.process(TwoHosts.SERVER_A).ask("counters");
        Matcher requests = Pattern.compile("\"requests\":(\\d+)").matcher(counters);
        assertThat(requests.find()).as(counters).isTrue();
        return Long.parseLong(requests.group(1));
    }

    private interface Action {
        void run() throws Exception;
    }

    private void assertMessages(int expected, Action action) throws Exception {
        long before = requests();
        action.run();
        assertThat(requests() - before).isEqualTo(expected);
    }

    /** Beside one for each key with other interests, however long the selection waits. */
    @Test
    void aSelectionIsOneMessage() throws Exception {
        try (StreamEnds ends = hosts.streamEnds();
                Selector selector = hosts.provider(0).openSelector()) {
            Pair pair = ends.pair();
            pair.client().configureBlocking(false);
            SelectionKey key = pair.client().register(selector, SelectionKey.OP_READ);
            assertMessages(2, () -> assertThat(selector.selectNow()).isZero());
            assertMessages(1, () -> assertThat(selector.selectNow()).isZero());
            assertMessages(1, () -> assertThat(selector.select(1)).isZero());
            assertMessages(1, () -> {
                FutureTask<Integer> selecting = new FutureTask<>(selector::select);
                Thread.ofPlatform().start(selecting);
                pair.server().write(ByteBuffer.allocate(1));
                assertThat(selecting.get()).isEqualTo(1);
            });
            selector.selectedKeys().clear();
            assertMessages(1, () -> assertThat(selector.select()).isEqualTo(1));
            assertMessages(2, () -> {
                key.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
                assertThat(selector.select()).isEqualTo(1);
            });
            assertMessages(1, selector::wakeup);
            assertMessages(0, selector::wakeup);
        }
    }

    @Test
    void tooManySelectorsAreRefused() throws IOException {
        List<Selector> open = new ArrayList<>();
        try {
            assertThatThrownBy(() -> {
                        while (open.size() <= SETS_OF_CLIENT) {
                            open.add(hosts.provider(0).openSelector());
                        }
                    })
                    .isInstanceOf(SocketException.class)
                    .hasMessage("Too many open files");
            assertThat(open).hasSize(SETS_OF_CLIENT);
            open.removeLast().close();
            open.add(hosts.provider(0).openSelector());
        } finally {
            for (Selector selector : open) {
                selector.close();
            }
        }
        Child server = hosts.process(TwoHosts.SERVER_A);
        assertThat(server.ask("counters")).contains("\"openSets\":0,");
    }
}
