package org.machbed.client.channel;

import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.machbed.client.channel.StreamEnds.Pair;

import static java.nio.channels.SelectionKey.OP_ACCEPT;
import static java.nio.channels.SelectionKey.OP_CONNECT;
import static java.nio.channels.SelectionKey.OP_READ;
import static java.nio.channels.SelectionKey.OP_WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.machbed.client.channel.OnEnds.bytes;
import static org.machbed.client.channel.OnStreamEnds.awaitWaiting;
import static org.machbed.client.channel.OnStreamEnds.failureOf;

/**
 * What an application may rely on in a {@link Selector}. One suite, run on the JDK's own first, which proves the suite, and then on
 * ours. Limits are there to end a test that would hang; none is expected to pass, but where a test says so.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class SelectorContract {
    private static final long PATIENCE_MS = 30_000;

    private @Nullable StreamEnds opened;
    private final List<Selector> selectors = new ArrayList<>();

    /** Where clients and servers live. */
    protected abstract StreamEnds openEnds() throws Exception;

    @BeforeEach
    void open() throws Exception {
        opened = openEnds();
    }

    @AfterEach
    void close() throws Exception {
        for (Selector selector : selectors) {
            selector.close();
        }
        ends().close();
    }

    private StreamEnds ends() {
        StreamEnds ends = opened;
        if (ends == null) {
            throw new IllegalStateException("the test has not begun");
        }
        return ends;
    }

    private Selector clientSelector() throws IOException {
        return kept(ends().clients().openSelector());
    }

    private Selector serverSelector() throws IOException {
        return kept(ends().servers().openSelector());
    }

    private Selector kept(Selector selector) {
        selectors.add(selector);
        return selector;
    }

    private static <C extends SelectableChannel> C nonBlocking(C channel) throws IOException {
        channel.configureBlocking(false);
        return channel;
    }

    private record Client(SocketChannel channel, SocketChannel peer, Selector selector, SelectionKey key) {
        /** Has something to read. */
        void makeReadable() throws IOException {
            peer.write(bytes("x"));
        }

        int read() throws IOException {
            return channel.read(ByteBuffer.allocate(100));
        }
    }

    /** A connected channel that is registered. */
    private Client client(int ops) throws IOException {
        Pair pair = ends().pair();
        Selector selector = clientSelector();
        SelectionKey key = nonBlocking(pair.client()).register(selector, ops);
        return new Client(pair.client(), pair.server(), selector, key);
    }

    private static int readyOps(Selector selector, SelectionKey key) throws IOException {
        assertThat(selector.select(PATIENCE_MS)).isEqualTo(1);
        assertThat(selector.selectedKeys()).containsExactly(key);
        selector.selectedKeys().clear();
        return key.readyOps();
    }

    private static FutureTask<Integer> started(Callable<Integer> call) {
        FutureTask<Integer> task = new FutureTask<>(call);
        Thread thread = Thread.ofPlatform().start(task);
        awaitWaiting(thread);
        return task;
    }

    @Test
    void aConnectionThatWaitsIsReadyToAccept() throws Exception {
        ServerSocketChannel server = nonBlocking(ends().listening());
        Selector selector = serverSelector();
        SelectionKey key = server.register(selector, OP_ACCEPT);
        assertThat(selector.selectNow()).isZero();
        FutureTask<Integer> select = started(selector::select);
        SocketChannel client = ends().client();
        client.connect(StreamEnds.local(server));
        assertThat(select.get()).isEqualTo(1);
        assertThat(selector.selectedKeys()).containsExactly(key);
        assertThat(key.isAcceptable()).isTrue();
        selector.selectedKeys().clear();
        assertThat(readyOps(selector, key)).as("it still waits").isEqualTo(OP_ACCEPT);
        server.accept().close();
        assertThat(selector.selectNow()).isZero();
    }

    @Test
    void aConnectThatSucceedsIsReadyToBeFinished() throws Exception {
        ServerSocketChannel server = ends().listening();
        SocketChannel client = nonBlocking(ends().client());
        Selector selector = clientSelector();
        if (!client.connect(StreamEnds.local(server))) {
            SelectionKey key = client.register(selector, OP_CONNECT | OP_READ | OP_WRITE);
            assertThat(readyOps(selector, key)).isEqualTo(OP_CONNECT);
            assertThat(client.finishConnect()).isTrue();
        }
        SelectionKey key = client.register(selector, OP_READ | OP_WRITE);
        assertThat(readyOps(selector, key)).isEqualTo(OP_WRITE);
    }

    /** As with a selector that an application opens for the one connect. */
    @Test
    void aConnectIsFinishedAfterItsSelectorIsClosed() throws Exception {
        ServerSocketChannel server = ends().listening();
        SocketChannel client = nonBlocking(ends().client());
        Selector forConnect = clientSelector();
        boolean connected = client.connect(StreamEnds.local(server));
        SelectionKey key = client.register(forConnect, connected ? OP_WRITE : OP_CONNECT);
        assertThat(readyOps(forConnect, key)).isEqualTo(connected ? OP_WRITE : OP_CONNECT);
        forConnect.close();

        assertThat(client.finishConnect()).isTrue();
        Selector selector = clientSelector();
        assertThat(readyOps(selector, client.register(selector, OP_READ | OP_WRITE)))
                .isEqualTo(OP_WRITE);
    }

    @Test
    void aConnectThatFailsIsReadyForAllThatIsOfInterest() throws Exception {
        SocketChannel client = connectingToNobody();
        Selector selector = clientSelector();
        SelectionKey key = client.register(selector, OP_CONNECT | OP_READ);
        assertThat(readyOps(selector, key)).isEqualTo(OP_CONNECT | OP_READ);
        assertThatThrownBy(client::finishConnect).isInstanceOf(ConnectException.class);
        assertThat(key.isValid()).isFalse();
        assertThat(selector.selectNow()).isZero();
        assertThat(selector.keys()).isEmpty();
    }

    /** A channel whose connect has not been refused at once. */
    private SocketChannel connectingToNobody() throws IOException {
        while (true) {
            SocketChannel client = nonBlocking(ends().client());
            try {
                assertThat(client.connect(ends().nobody())).isFalse();
                return client;
            } catch (ConnectException e) {
                assertThat(client.isOpen()).isFalse();
            }
        }
    }

    @Test
    void dataIsReadyToReadUntilItIsRead() throws Exception {
        Client client = client(OP_READ);
        assertThat(client.selector.selectNow()).isZero();
        FutureTask<Integer> select = started(client.selector::select);
        client.makeReadable();
        assertThat(select.get()).isEqualTo(1);
        client.selector.selectedKeys().clear();
        for (int i = 0; i < 3; i++) {
            assertThat(readyOps(client.selector, client.key)).isEqualTo(OP_READ);
        }
        assertThat(client.read()).isEqualTo(1);
        assertThat(client.selector.selectNow()).isZero();
        client.makeReadable();
        assertThat(readyOps(client.selector, client.key)).isEqualTo(OP_READ);
    }

    @Test
    void theEndOfTheStreamIsReadable() throws Exception {
        Client client = client(OP_READ);
        client.peer.shutdownOutput();
        assertThat(readyOps(client.selector, client.key)).isEqualTo(OP_READ);
        assertThat(client.read()).isEqualTo(-1);
        assertThat(readyOps(client.selector, client.key)).isEqualTo(OP_READ);
    }

    @Test
    void anEndOfOursIsReadableToo() throws Exception {
        Client client = client(OP_READ);
        assertThat(client.selector.selectNow()).isZero();
        client.channel.shutdownInput();
        assertThat(readyOps(client.selector, client.key)).isEqualTo(OP_READ);
    }

    @Test
    void aResetIsReadyForAllThatIsOfInterest() throws Exception {
        Client client = client(OP_READ);
        client.peer.setOption(StandardSocketOptions.SO_LINGER, 0);
        client.peer.close();
        assertThat(readyOps(client.selector, client.key)).isEqualTo(OP_READ);
        client.key.interestOps(OP_READ | OP_WRITE);
        assertThat(readyOps(client.selector, client.key)).isEqualTo(OP_READ | OP_WRITE);
        assertThatThrownBy(client::read).isInstanceOf(IOException.class);
    }

    @Test
    void whatIsFullIsReadyToWriteOnceThePeerHasRead() throws Exception {
        Client client = client(OP_WRITE);
        assertThat(readyOps(client.selector, client.key)).isEqualTo(OP_WRITE);
        long written = 0;
        ByteBuffer piece = ByteBuffer.allocate(65_536);
        int bytes;
        // What the peer has room for may reach it while this fills its own.
        while ((bytes = client.channel.write(piece.clear())) != 0 || client.selector.select(200) != 0) {
            written += bytes;
            client.selector.selectedKeys().clear();
        }
        FutureTask<Integer> select = started(client.selector::select);
        long unread = written;
        ByteBuffer target = ByteBuffer.allocate(65_536);
        while (unread > 0) {
            unread -= client.peer.read(target.clear());
        }
        assertThat(select.get()).isEqualTo(1);
        assertThat(client.key.isWritable()).isTrue();
        assertThat(unread).isZero();
    }

    @Test
    void datagramsAreReadyToReadAndAlwaysToSend() throws Exception {
        DatagramChannel receiver = nonBlocking(ends().datagrams());
        Selector selector = serverSelector();
        SelectionKey key = receiver.register(selector, OP_READ);
        FutureTask<Integer> select = started(selector::select);
        receiver.send(bytes("one"), receiver.getLocalAddress());
        receiver.send(bytes("two"), receiver.getLocalAddress());
        assertThat(select.get()).isEqualTo(1);
        selector.selectedKeys().clear();
        receiver.receive(ByteBuffer.allocate(8));
        key.interestOps(OP_READ | OP_WRITE);
        int seen = 0;
        while (seen != (OP_READ | OP_WRITE)) {
            seen = readyOps(selector, key);
        }
        receiver.receive(ByteBuffer.allocate(8));
        assertThat(readyOps(selector, key)).isEqualTo(OP_WRITE);
    }

    @Test
    void readyOperationsAddUpWhileAKeyIsSelected() throws Exception {
        Client client = client(OP_WRITE | OP_READ);
        assertThat(client.selector.select(PATIENCE_MS)).isEqualTo(1);
        assertThat(client.key.readyOps()).isEqualTo(OP_WRITE);
        assertThat(client.selector.selectNow()).as("nothing new").isZero();
        client.makeReadable();
        while (client.selector.select(PATIENCE_MS) == 0) {
            Thread.onSpinWait();
        }
        assertThat(client.key.readyOps()).isEqualTo(OP_READ | OP_WRITE);
        assertThat(client.read()).isEqualTo(1);
        assertThat(client.selector.selectNow()).isZero();
        assertThat(client.key.readyOps()).as("stays until it is removed").isEqualTo(OP_READ | OP_WRITE);
        client.selector.selectedKeys().remove(client.key);
        assertThat(client.selector.selectNow()).isEqualTo(1);
        assertThat(client.key.readyOps()).isEqualTo(OP_WRITE);
    }

    @Test
    void interestsCountFromTheNextSelection() throws Exception {
        Client client = client(0);
        client.makeReadable();
        assertThat(client.selector.selectNow()).isZero();
        assertThat(client.key.interestOps()).isZero();
        assertThat(client.key.interestOps(OP_READ)).isSameAs(client.key);
        assertThat(readyOps(client.selector, client.key)).isEqualTo(OP_READ);
        assertThat(client.key.interestOpsOr(OP_WRITE)).isEqualTo(OP_READ);
        assertThat(readyOps(client.selector, client.key)).isEqualTo(OP_READ | OP_WRITE);
        assertThat(client.key.interestOpsAnd(~OP_READ)).isEqualTo(OP_READ | OP_WRITE);
        assertThat(readyOps(client.selector, client.key)).isEqualTo(OP_WRITE);
        client.key.interestOps(0);
        assertThat(client.selector.selectNow()).isZero();
        assertThatThrownBy(() -> client.key.interestOps(OP_ACCEPT)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> client.key.interestOpsOr(OP_ACCEPT)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> client.channel.register(client.selector, OP_ACCEPT))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void registeringAgainChangesTheKey() throws Exception {
        Client client = client(OP_READ);
        assertThat(client.key.attachment()).isNull();
        assertThat(client.channel.register(client.selector, OP_WRITE, "attached"))
                .isSameAs(client.key);
        assertThat(client.key.attachment()).isEqualTo("attached");
        assertThat(client.key.attach("other")).isEqualTo("attached");
        assertThat(client.channel.keyFor(client.selector)).isSameAs(client.key);
        assertThat(client.key.channel()).isSameAs(client.channel);
        assertThat(client.key.selector()).isSameAs(client.selector);
        assertThat(client.selector.keys()).containsExactly(client.key);
        assertThat(readyOps(client.selector, client.key)).isEqualTo(OP_WRITE);
    }

    @Test
    void aChannelMayBeInSeveralSelectors() throws Exception {
        Client client = client(OP_READ);
        Selector other = clientSelector();
        SelectionKey otherKey = client.channel.register(other, OP_WRITE);
        assertThat(readyOps(other, otherKey)).isEqualTo(OP_WRITE);
        assertThat(client.selector.selectNow()).isZero();
        otherKey.interestOps(OP_READ);
        client.makeReadable();
        assertThat(readyOps(other, otherKey)).isEqualTo(OP_READ);
        assertThat(readyOps(client.selector, client.key)).isEqualTo(OP_READ);
        other.close();
        assertThat(otherKey.isValid()).isFalse();
        assertThat(client.key.isValid()).isTrue();
        assertThat(readyOps(client.selector, client.key)).isEqualTo(OP_READ);
    }

    @Test
    void severalChannelsAreSelectedAtOnce() throws Exception {
        Selector selector = clientSelector();
        List<Pair> pairs = new ArrayList<>();
        List<SelectionKey> keys = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            Pair pair = ends().pair();
            pairs.add(pair);
            keys.add(nonBlocking(pair.client()).register(selector, OP_READ));
        }
        pairs.get(1).server().write(bytes("x"));
        pairs.get(3).server().write(bytes("x"));
        int updated = 0;
        while (selector.selectedKeys().size() < 2) {
            // 0 while only the first is there, which is selected already.
            updated += selector.select(PATIENCE_MS);
        }
        assertThat(updated).isEqualTo(2);
        assertThat(selector.selectedKeys()).containsExactlyInAnyOrder(keys.get(1), keys.get(3));
        assertThat(selector.keys()).containsExactlyInAnyOrderElementsOf(keys);
    }

    @Test
    void actionsGetTheKeysAndNothingIsSelected() throws Exception {
        Client client = client(OP_READ | OP_WRITE);
        List<Integer> ops = new ArrayList<>();
        assertThat(client.selector.selectNow(key -> ops.add(key.readyOps()))).isEqualTo(1);
        assertThat(client.selector.select(key -> ops.add(key.readyOps()))).isEqualTo(1);
        assertThat(client.selector.select(key -> ops.add(key.readyOps()), PATIENCE_MS))
                .isEqualTo(1);
        assertThat(ops).containsExactly(OP_WRITE, OP_WRITE, OP_WRITE);
        assertThat(client.selector.selectedKeys()).isEmpty();
        assertThatThrownBy(() -> client.selector.selectNow(_ -> {
                    throw new IllegalStateException("of the action");
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("of the action");
        assertThatThrownBy(() -> client.selector.selectNow(_ -> selectNow(client.selector)))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> client.selector.selectNow(_ -> close(client.selector)))
                .isInstanceOf(ClosedSelectorException.class);
    }

    private static void selectNow(Selector selector) {
        try {
            selector.selectNow();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void close(Selector selector) {
        try {
            selector.close();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void wakeUpEndsASelectionOrTheNextOne() throws Exception {
        Client client = client(OP_READ);
        FutureTask<Integer> select = started(client.selector::select);
        assertThat(client.selector.wakeup()).isSameAs(client.selector);
        assertThat(select.get()).isZero();
        client.selector.wakeup().wakeup();
        assertThat(client.selector.select()).isZero();
        // Two were one.
        assertThat(client.selector.select(1)).as("its time passes").isZero();
        client.selector.wakeup();
        assertThat(client.selector.selectNow()).isZero();
        FutureTask<Integer> later = started(client.selector::select);
        client.makeReadable();
        assertThat(later.get()).isEqualTo(1);
        client.selector.wakeup();
        client.selector.selectedKeys().clear();
        assertThat(client.selector.select()).as("ready and woken up").isEqualTo(1);
    }

    @Test
    void aSelectionMayHaveALimit() throws Exception {
        Client client = client(OP_READ);
        assertThat(client.selector.select(1)).isZero();
        assertThat(client.selector.select(_ -> {}, 1)).isZero();
        assertThatThrownBy(() -> client.selector.select(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> client.selector.select(_ -> {}, -1)).isInstanceOf(IllegalArgumentException.class);
        FutureTask<Integer> select = started(() -> client.selector.select(Long.MAX_VALUE));
        client.makeReadable();
        assertThat(select.get()).isEqualTo(1);
    }

    @Test
    void anInterruptEndsASelectionAndStays() throws Exception {
        Client client = client(OP_READ);
        FutureTask<Boolean> task = new FutureTask<>(() -> {
            assertThat(client.selector.select()).isZero();
            boolean stays = Thread.currentThread().isInterrupted();
            assertThat(client.selector.select()).isZero();
            return stays && Thread.interrupted();
        });
        Thread thread = Thread.ofPlatform().start(task);
        awaitWaiting(thread);
        thread.interrupt();
        assertThat(task.get()).isTrue();
        assertThat(client.selector.isOpen()).isTrue();
        client.makeReadable();
        assertThat(readyOps(client.selector, client.key)).isEqualTo(OP_READ);
    }

    @Test
    void aCancelledKeyIsRemovedByTheNextSelection() throws Exception {
        Client client = client(OP_READ);
        client.makeReadable();
        assertThat(client.selector.select(PATIENCE_MS)).isEqualTo(1);
        client.key.cancel();
        client.key.cancel();
        assertThat(client.key.isValid()).isFalse();
        assertThat(client.selector.keys()).containsExactly(client.key);
        assertThat(client.channel.isRegistered()).isTrue();
        assertThatThrownBy(client.key::interestOps).isInstanceOf(CancelledKeyException.class);
        assertThatThrownBy(() -> client.key.interestOps(0)).isInstanceOf(CancelledKeyException.class);
        assertThatThrownBy(client.key::readyOps).isInstanceOf(CancelledKeyException.class);
        assertThatThrownBy(() -> client.channel.register(client.selector, OP_READ))
                .isInstanceOf(CancelledKeyException.class);
        assertThat(client.selector.selectNow()).isZero();
        assertThat(client.selector.keys()).isEmpty();
        assertThat(client.selector.selectedKeys()).isEmpty();
        assertThat(client.channel.isRegistered()).isFalse();
        SelectionKey again = client.channel.register(client.selector, OP_READ);
        assertThat(again).isNotSameAs(client.key);
        assertThat(readyOps(client.selector, again)).isEqualTo(OP_READ);
    }

    @Test
    void aClosedChannelLeavesItsSelectors() throws Exception {
        Client client = client(OP_READ);
        Selector other = clientSelector();
        SelectionKey otherKey = client.channel.register(other, OP_WRITE);
        assertThat(readyOps(other, otherKey)).isEqualTo(OP_WRITE);
        client.channel.close();
        assertThat(client.key.isValid() || otherKey.isValid()).isFalse();
        assertThat(client.selector.selectNow()).isZero();
        assertThat(other.selectNow()).isZero();
        assertThat(client.selector.keys()).isEmpty();
        assertThat(other.keys()).isEmpty();
        assertThat(client.channel.isRegistered()).isFalse();
        assertThatThrownBy(() -> client.channel.register(other, OP_READ)).isInstanceOf(ClosedChannelException.class);
        client.peer.configureBlocking(true);
        assertThat(client.peer.read(ByteBuffer.allocate(1)))
                .as("the peer hears of it")
                .isEqualTo(-1);
    }

    @Test
    void closeEndsASelectionAndAllKeys() throws Exception {
        Client client = client(OP_READ);
        FutureTask<Integer> select = started(client.selector::select);
        client.selector.close();
        client.selector.close();
        assertThat(select.get()).isZero();
        assertThat(client.selector.isOpen()).isFalse();
        assertThat(client.key.isValid()).isFalse();
        assertThat(client.channel.isRegistered()).isFalse();
        assertThat(client.channel.isOpen()).isTrue();
        assertThat(client.selector.wakeup()).isSameAs(client.selector);
        assertThatThrownBy(client.selector::keys).isInstanceOf(ClosedSelectorException.class);
        assertThatThrownBy(client.selector::selectedKeys).isInstanceOf(ClosedSelectorException.class);
        assertThatThrownBy(client.selector::select).isInstanceOf(ClosedSelectorException.class);
        assertThatThrownBy(client.selector::selectNow).isInstanceOf(ClosedSelectorException.class);
        assertThatThrownBy(() -> client.channel.register(client.selector, OP_READ))
                .isInstanceOf(ClosedSelectorException.class);
        client.channel.configureBlocking(true);
        client.makeReadable();
        assertThat(client.read()).isEqualTo(1);
    }

    @Test
    void aChannelMayRegisterWhileOthersAreSelected() throws Exception {
        Client client = client(OP_READ);
        FutureTask<Integer> select = started(client.selector::select);
        Pair pair = ends().pair();
        SelectionKey key = nonBlocking(pair.client()).register(client.selector, OP_WRITE);
        assertThat(client.selector.keys()).containsExactlyInAnyOrder(client.key, key);
        client.selector.wakeup();
        select.get();
        client.selector.selectNow();
        assertThat(client.selector.selectedKeys()).containsExactly(key);
    }

    @Test
    void keysAreReadOnlyAndSelectedOnesMayBeRemovedOnly() throws Exception {
        Client client = client(OP_WRITE);
        Set<SelectionKey> keys = client.selector.keys();
        assertThatThrownBy(keys::clear).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> keys.remove(client.key)).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> keys.add(client.key)).isInstanceOf(UnsupportedOperationException.class);
        Set<SelectionKey> selected = client.selector.selectedKeys();
        assertThatThrownBy(() -> selected.add(client.key)).isInstanceOf(UnsupportedOperationException.class);
        assertThat(client.selector.selectNow()).isEqualTo(1);
        assertThat(selected).isSameAs(client.selector.selectedKeys()).hasSize(1).contains(client.key);
        selected.removeIf(_ -> true);
        assertThat(client.selector.selectNow()).isEqualTo(1);
        assertThat(selected.remove(client.key)).isTrue();
        assertThat(selected.remove(client.key)).isFalse();
        assertThat(selected).isEmpty();
    }

    @Test
    void onlyNonBlockingChannelsRegister() throws Exception {
        SocketChannel client = ends().pair().client();
        Selector selector = clientSelector();
        assertThatThrownBy(() -> client.register(selector, OP_READ)).isInstanceOf(IllegalBlockingModeException.class);
        SelectionKey key = nonBlocking(client).register(selector, OP_READ);
        assertThatThrownBy(() -> client.configureBlocking(true)).isInstanceOf(IllegalBlockingModeException.class);
        key.cancel();
        assertThat(client.configureBlocking(true).isBlocking()).isTrue();
    }

    /** An echo of several connections by one thread, as programs are written. */
    @Test
    void oneThreadServesManyConnections() throws Exception {
        int connections = 8;
        int rounds = 20;
        ServerSocketChannel server = nonBlocking(ends().listening());
        Selector selector = serverSelector();
        server.register(selector, OP_ACCEPT);
        FutureTask<Integer> echo = new FutureTask<>(() -> echo(selector, connections));
        Thread.ofPlatform().start(echo);
        List<SocketChannel> clients = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            SocketChannel client = ends().client();
            client.connect(StreamEnds.local(server));
            clients.add(client);
        }
        for (int round = 0; round < rounds; round++) {
            for (SocketChannel client : clients) {
                client.write(bytes("round" + round % 10));
            }
            for (SocketChannel client : clients) {
                assertThat(OnStreamEnds.readText(client, 6)).isEqualTo("round" + round % 10);
            }
        }
        for (SocketChannel client : clients) {
            client.close();
        }
        assertThat(echo.get()).isEqualTo(connections * rounds * 6);
    }

    private static int echo(Selector selector, int connections) throws IOException {
        int echoed = 0;
        int open = connections;
        while (open > 0) {
            selector.select();
            for (SelectionKey key : selector.selectedKeys()) {
                if (key.isAcceptable()) {
                    SocketChannel accepted = ((ServerSocketChannel) key.channel()).accept();
                    nonBlocking(accepted).register(selector, OP_READ, ByteBuffer.allocate(256));
                    continue;
                }
                SocketChannel channel = (SocketChannel) key.channel();
                ByteBuffer buffer = ((ByteBuffer) key.attachment()).clear();
                if (channel.read(buffer) < 0) {
                    channel.close();
                    open--;
                } else {
                    echoed += channel.write(buffer.flip());
                }
            }
            selector.selectedKeys().clear();
        }
        return echoed;
    }

    /** Threads that ask for the selector's monitor wait for whoever selects. */
    @Test
    void selectionsTakeTurns() throws Exception {
        Client client = client(OP_READ);
        FutureTask<Integer> first = started(client.selector::select);
        FutureTask<Integer> second = new FutureTask<>(client.selector::select);
        Thread thread = Thread.ofPlatform().start(second);
        while (thread.getState() != Thread.State.BLOCKED) {
            Thread.onSpinWait();
        }
        client.selector.close();
        assertThat(first.get()).isZero();
        assertThat(failureOf(second)).isInstanceOf(ClosedSelectorException.class);
    }
}
