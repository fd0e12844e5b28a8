package org.machbed.client.channel;

import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import org.jspecify.annotations.Nullable;
import org.machbed.client.lending.Loan;
import org.machbed.client.lending.StreamEnd;
import org.machbed.netstack.socket.DatagramHeader;

/**
 * Memory of the protocol library that is with the application: what was received, or room for what is sent next ({@link
 * LendingChannels}). It belongs to the thread that got it, until that one gives it back or sends it. From then on every access
 * fails with an {@link IllegalStateException}, also through buffers and segments that were kept or derived; another thread's fails
 * with a {@link WrongThreadException} at any time.
 *
 * <p>What is received stays as it is whatever becomes of the channel. It may be written over, which nobody else sees.
 */
public final class LentBuffer implements AutoCloseable {
    /** What a buffer is lent for. */
    enum Use {
        RECEIVED,
        DATAGRAM_ROOM,
        STREAM_ROOM
    }

    /** What the buffer's thread can say of it. */
    private enum State {
        LENT,
        GIVEN_BACK,
        SENT
    }

    private final Channel channel;
    private final Use use;
    private final Loan loan;
    private final Thread owner = Thread.currentThread();
    private State state = State.LENT;
    private @Nullable ByteBuffer bytes;

    LentBuffer(Channel channel, Use use, Loan loan) {
        this.channel = channel;
        this.use = use;
        this.loan = loan;
    }

    /**
     * The memory as a buffer, always the same one: what was received is between its position, at first 0, and its limit; of room, what
     * was put before its position is sent.
     *
     * @throws IllegalStateException when it was given back or sent
     */
    public ByteBuffer bytes() {
        requireLent();
        ByteBuffer made = bytes;
        if (made == null) {
            made = loan.memory().asByteBuffer();
            bytes = made;
        }
        return made;
    }

    /**
     * The memory as a segment.
     *
     * @throws IllegalStateException when it was given back or sent
     */
    public MemorySegment memory() {
        requireLent();
        return loan.memory();
    }

    /**
     * Who sent the datagram.
     *
     * @throws IllegalStateException when it is no datagram that was received, or was given back
     */
    public InetSocketAddress source() {
        requireLent();
        if (loan.header() == DatagramHeader.NONE) {
            throw new IllegalStateException("the buffer has no sender: it is no datagram that was received");
        }
        return SocketAddresses.of(loan.header());
    }

    /** Whether it stands for the end of a stream: it has no bytes, and none will come. */
    public boolean isEndOfStream() {
        return loan instanceof StreamEnd;
    }

    /**
     * Gives it back: what was received is not needed any more, what was composed is not sent and leaves no trace.
     *
     * @throws IllegalStateException when it was given back or sent before
     * @throws WrongThreadException by another thread than its own
     */
    public void giveBack() {
        requireLent();
        end(State.GIVEN_BACK);
    }

    /**
     * The same for the end of a block: what was given back or sent before is left alone.
     *
     * @throws WrongThreadException by another thread than its own
     */
    @Override
    public void close() {
        requireOwner();
        if (state == State.LENT) {
            end(State.GIVEN_BACK);
        }
    }

    private void requireOwner() {
        if (!Thread.currentThread().equals(owner)) {
            throw new WrongThreadException("the buffer is lent to " + owner + ", not to " + Thread.currentThread());
        }
    }

    private void requireLent() {
        requireOwner();
        switch (state) {
            case LENT -> {}
            case GIVEN_BACK -> throw new IllegalStateException("the buffer was given back before");
            case SENT -> throw new IllegalStateException("the buffer was sent before");
        }
    }

    /** What is to be sent of it by a channel. It stays lent if that may not be. */
    Loan toSend(Channel sender, Use wanted) {
        requireLent();
        if (use == Use.RECEIVED) {
            throw new IllegalArgumentException(
                    "the buffer was received: what is sent is composed in one of allocate()");
        }
        if (!channel.equals(sender) || use != wanted) {
            throw new IllegalArgumentException("the buffer was allocated of " + channel + ", not of " + sender);
        }
        return loan;
    }

    /** How many bytes of room are to be sent. */
    int composedBytes() {
        ByteBuffer composed = bytes;
        return composed == null ? 0 : composed.position();
    }

    /** A send has been tried, so it is the application's no more, whatever came of that. */
    void sent() {
        end(State.SENT);
    }

    private void end(State last) {
        state = last;
        loan.end();
    }

    @Override
    public String toString() {
        return "LentBuffer[" + use + ", " + state + ", of " + channel + "]";
    }
}
