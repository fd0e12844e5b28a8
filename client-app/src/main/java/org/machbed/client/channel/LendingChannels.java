package org.machbed.client.channel;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import org.jspecify.annotations.Nullable;
import org.machbed.client.lending.LendingSockets;

/**
 * Channels whose buffers are lent instead of copied (maeda93 section 3): a receive answers a buffer of the protocol library instead of
 * filling one of the application's, and what is sent is composed in one. The channels' own methods go on working beside these.
 *
 * <pre>
 *   try (LentBuffer question = LendingChannels.receive(channel)) {
 *       LentBuffer answer = LendingChannels.allocate(channel, 64);
 *       answer.bytes().put(...);
 *       LendingChannels.send(channel, answer, question.source());
 *   }
 * </pre>
 *
 * <p>Buffers are few: who keeps them gets no more (a {@link java.net.SocketException}, "No buffer space available"), while the
 * channels' own methods still find some. Of a stream one piece may be lent each way at a time. What the library cannot lend, such as a
 * datagram that came in fragments, or anything of a session that is in the server, is a copy, and looks the same.
 *
 * <p>Of channels of a topology whose protocols run in the application as a library; others throw an {@link
 * UnsupportedOperationException}.
 */
public final class LendingChannels {
    private LendingChannels() {}

    // ---- Datagrams

    /**
     * Receives a datagram where it lies; as {@link DatagramChannel#receive}, waits if the channel is blocking.
     *
     * @return its data, and its sender; {@code null} when nothing is there and the channel does not block
     */
    public static @Nullable LentBuffer receive(DatagramChannel channel) throws IOException {
        return datagrams(channel).receive();
    }

    /** The longest datagram that {@link #allocate} has room for: what one packet of the link carries. */
    public static int mostBytes(DatagramChannel channel) {
        return datagrams(channel).mostBytes();
    }

    /**
     * Room for a datagram, which {@link #send} or {@link #write} takes. Never waits.
     *
     * @throws java.net.SocketException when more is asked for than one packet of the link carries, or too much is lent already
     */
    public static LentBuffer allocate(DatagramChannel channel, int bytes) throws IOException {
        return datagrams(channel).allocate(bytes);
    }

    /**
     * Sends what was put into a buffer, which is the application's no more, also if that fails.
     *
     * @return how many bytes
     * @throws IllegalArgumentException when it is no buffer of {@link #allocate} for this channel: it stays the application's
     * @throws IllegalStateException when it was sent or given back before
     */
    public static int send(DatagramChannel channel, LentBuffer datagram, SocketAddress target) throws IOException {
        return datagrams(channel).send(datagram, SocketAddresses.check(target));
    }

    /** The same to the channel's peer. An empty datagram is sent too. */
    public static int write(DatagramChannel channel, LentBuffer datagram) throws IOException {
        return datagrams(channel).send(datagram, null);
    }

    private static DatagramLending datagrams(DatagramChannel channel) {
        if (channel instanceof MachbedDatagramChannel ours) {
            return new DatagramLending(ours, lending(channel.provider()));
        }
        throw unsupported(channel);
    }

    // ---- Streams

    /**
     * Reads where it lies what has come of a stream, as far as that is in one piece; as {@link SocketChannel#read}, waits if the channel
     * is blocking. The room of it in the receive buffer is the peer's again when it is given back.
     *
     * @param most how many bytes at most
     * @return {@code null} when nothing is there and the channel does not block; a buffer that {@link LentBuffer#isEndOfStream} at the end
     * @throws IllegalStateException while another piece of the stream is lent
     */
    public static @Nullable LentBuffer read(SocketChannel channel, int most) throws IOException {
        return streams(channel).read(most);
    }

    /**
     * Room for what is written next; waits for some if the channel is blocking. Until it is written or given back nothing else can be
     * written, which fails.
     *
     * @param most how many bytes are wanted; the room may be less, down to one byte, where the ring of the send buffer ends
     * @return {@code null} when there is no room and the channel does not block
     * @throws IllegalStateException while other room is lent
     */
    public static @Nullable LentBuffer allocate(SocketChannel channel, int most) throws IOException {
        return streams(channel).allocate(most);
    }

    /**
     * Writes what was put into a buffer, all of it and without waiting for room; it is the application's no more, also if that fails.
     * Only where the room was a copy, or the session has left the library meanwhile, it may have to wait.
     *
     * @return how many bytes
     * @throws IllegalArgumentException when it is no buffer of {@link #allocate} for this channel: it stays the application's
     * @throws IllegalStateException when it was written or given back before
     */
    public static int write(SocketChannel channel, LentBuffer piece) throws IOException {
        return streams(channel).write(piece);
    }

    private static StreamLending streams(SocketChannel channel) {
        if (channel instanceof MachbedSocketChannel ours) {
            return new StreamLending(ours, lending(channel.provider()));
        }
        throw unsupported(channel);
    }

    private static LendingSockets lending(SelectorProvider provider) {
        if (provider instanceof MachbedSelectorProvider ours) {
            return ours.lending();
        }
        throw unsupported(provider);
    }

    private static UnsupportedOperationException unsupported(Object other) {
        return new UnsupportedOperationException("a channel of another provider lends no buffers: " + other);
    }
}
