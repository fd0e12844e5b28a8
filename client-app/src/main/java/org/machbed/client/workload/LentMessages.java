package org.machbed.client.workload;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.machbed.client.channel.LendingChannels;
import org.machbed.client.channel.LentBuffer;

/**
 * Messages in buffers that are lent: composed and looked at where they lie, which for one that goes around a ring's end is in two
 * pieces.
 */
final class LentMessages extends StreamMessages {
    private final SocketChannel channel;
    private final Payload payload;
    private final boolean wholly;

    /** The last piece of a message, or all of it. */
    private @Nullable LentBuffer piece;

    /** Where that begins in the message. */
    private int pieceFrom;

    LentMessages(SocketChannel channel, Payload payload, boolean wholly) {
        this.channel = channel;
        this.payload = payload;
        this.wholly = wholly;
    }

    /** Where it is composed is a part of its sending. */
    @Override
    void prepare(long number) {
        payload.numbered(number);
    }

    @Override
    void send() throws IOException {
        ByteBuffer message = payload.prepared();
        while (message.hasRemaining()) {
            LentBuffer room = Objects.requireNonNull(
                    LendingChannels.allocate(channel, message.remaining()), "a blocking channel");
            ByteBuffer to = room.bytes();
            int bytes = Math.min(to.remaining(), message.remaining());
            to.put(0, message, message.position(), bytes).position(bytes);
            message.position(message.position() + bytes);
            LendingChannels.write(channel, room);
        }
    }

    @Override
    void receive(long number) throws IOException {
        pieceFrom = 0;
        int left = receivePiece(payload.bytes());
        while (left > 0) {
            int from = payload.bytes() - left;
            check(number);
            done();
            pieceFrom = from;
            left = receivePiece(left);
        }
    }

    /** Answers how much of the message is still to come. */
    private int receivePiece(int left) throws IOException {
        LentBuffer next = Objects.requireNonNull(LendingChannels.read(channel, left), "a blocking channel");
        if (next.isEndOfStream()) {
            throw new EOFException("the other side ended the connection " + left + " bytes before a message's end");
        }
        piece = next;
        return left - next.bytes().remaining();
    }

    private LentBuffer lent() {
        return Objects.requireNonNull(piece, "nothing was received");
    }

    @Override
    void check(long number) throws IOException {
        payload.checkPart(lent().bytes(), pieceFrom, number, wholly);
    }

    @Override
    void answer(long number) throws IOException {
        prepare(number);
        send();
    }

    @Override
    void done() {
        lent().giveBack();
        piece = null;
    }
}
