package org.machbed.client.library;

import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.client.channel.LendingChannels;
import org.machbed.client.channel.LentBuffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Where the link recalls its frames and rings are in the heap, what is lent are copies that look the same. */
@Timeout(60)
class LentCopiesTest {
    private static final int PORT = 5_001;

    @TempDir
    private Path directory;

    private LibraryHosts hosts;
    private SelectorProvider a;
    private SelectorProvider b;

    @BeforeEach
    void open() throws Exception {
        hosts = new LibraryHosts(directory);
        a = hosts.provider(0);
        b = hosts.provider(1);
    }

    @AfterEach
    void close() {
        hosts.close();
    }

    @Test
    void datagramsAreComposedAndReceived() throws Exception {
        InetSocketAddress address = new InetSocketAddress(LibraryHosts.ADDRESS_B, PORT);
        try (DatagramChannel receiver = b.openDatagramChannel().bind(address);
                DatagramChannel sender = a.openDatagramChannel().connect(address)) {
            LentBuffer room = LendingChannels.allocate(sender, 100);
            MemorySegment kept = room.memory();
            room.bytes().putLong(7);
            assertThat(LendingChannels.write(sender, room)).isEqualTo(Long.BYTES);
            assertThatThrownBy(() -> kept.fill((byte) 0)).isInstanceOf(IllegalStateException.class);
            LentBuffer received = Objects.requireNonNull(LendingChannels.receive(receiver));
            assertThat(received.bytes().remaining()).isEqualTo(Long.BYTES);
            assertThat(received.bytes().getLong()).isEqualTo(7);
            assertThat(received.source()).isEqualTo(sender.getLocalAddress());
            received.giveBack();
        }
    }

    @Test
    void streamsAreComposedAndReceived() throws Exception {
        InetSocketAddress address = new InetSocketAddress(LibraryHosts.ADDRESS_B, PORT);
        try (ServerSocketChannel listener = b.openServerSocketChannel().bind(address);
                SocketChannel sender = a.openSocketChannel()) {
            sender.connect(address);
            try (SocketChannel receiver = listener.accept()) {
                LentBuffer room = Objects.requireNonNull(LendingChannels.allocate(sender, 2_000));
                room.bytes().putInt(1).putInt(2);
                LendingChannels.write(sender, room);
                sender.write(ByteBuffer.allocate(4).putInt(0, 3));
                sender.shutdownOutput();
                ByteBuffer all = ByteBuffer.allocate(12);
                LentBuffer piece = Objects.requireNonNull(LendingChannels.read(receiver, 5));
                while (!piece.isEndOfStream()) {
                    all.put(piece.bytes());
                    piece.giveBack();
                    piece = Objects.requireNonNull(LendingChannels.read(receiver, 5));
                }
                assertThat(all.flip())
                        .isEqualTo(ByteBuffer.allocate(12)
                                .putInt(0, 1)
                                .putInt(4, 2)
                                .putInt(8, 3));
            }
        }
    }
}
