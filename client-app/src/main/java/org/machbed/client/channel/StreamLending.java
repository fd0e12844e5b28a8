package org.machbed.client.channel;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.machbed.client.lending.LendingSockets;
import org.machbed.client.lending.Loan;
import org.machbed.client.lending.StreamEnd;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;

/** What {@link LendingChannels} does with a stream channel: its locks, modes and errors are those of the channel's own methods. */
final class StreamLending {
    private final MachbedSocketChannel channel;
    private final LendingSockets sockets;

    StreamLending(MachbedSocketChannel channel, LendingSockets sockets) {
        this.channel = channel;
        this.sockets = sockets;
    }

    private static int requirePositive(int bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("a piece of " + bytes + " bytes");
        }
        return bytes;
    }

    @Nullable
    LentBuffer read(int most) throws IOException {
        int wanted = requirePositive(most);
        channel.locks().read.lock();
        try {
            channel.state().ensureConnected();
            channel.io().requireNoReset();
            boolean blocking = channel.isBlocking();
            Loan loan = null;
            try {
                channel.enter(blocking);
                loan = channel.state().isInputShutdown()
                        ? new StreamEnd()
                        : sockets.receiveStream(channel.io().socket, wanted, blocking);
            } catch (SocketLayerException e) {
                throw failure(e, channel.io().readFailure(e));
            } finally {
                leaveRead(blocking, loan);
            }
            return loan == null ? null : new LentBuffer(channel, LentBuffer.Use.RECEIVED, loan);
        } finally {
            channel.locks().read.unlock();
        }
    }

    /** A channel that was closed meanwhile throws, so that nobody is to give back what was received. */
    private void leaveRead(boolean blocking, @Nullable Loan loan) throws IOException {
        try {
            channel.leave(blocking, loan != null && !(loan instanceof StreamEnd));
        } catch (IOException e) {
            if (loan != null) {
                loan.end();
            }
            throw e;
        }
    }

    @Nullable
    LentBuffer allocate(int most) throws IOException {
        int wanted = requirePositive(most);
        channel.locks().write.lock();
        try {
            channel.state().ensureConnected();
            channel.io().requireNoFailure();
            boolean blocking = channel.isBlocking();
            Loan room = null;
            try {
                channel.enter(blocking);
                channel.state().ensureOutput();
                room = sockets.allocateStream(channel.io().socket, wanted, blocking);
            } catch (SocketLayerException e) {
                throw failure(e, SocketErrors.ofWrite(e));
            } finally {
                leaveAllocate(blocking, room);
            }
            return room == null ? null : new LentBuffer(channel, LentBuffer.Use.STREAM_ROOM, room);
        } finally {
            channel.locks().write.unlock();
        }
    }

    private void leaveAllocate(boolean blocking, @Nullable Loan room) throws IOException {
        try {
            channel.leaveWrite(blocking, room != null);
        } catch (IOException e) {
            if (room != null) {
                room.end();
            }
            throw e;
        }
    }

    int write(LentBuffer piece) throws IOException {
        Loan room = piece.toSend(channel, LentBuffer.Use.STREAM_ROOM);
        int bytes = piece.composedBytes();
        channel.locks().write.lock();
        try {
            channel.state().ensureConnected();
            channel.io().requireNoFailure();
            boolean blocking = channel.isBlocking();
            int sent = 0;
            try {
                channel.enter(blocking);
                channel.state().ensureOutput();
                while (sent < bytes) {
                    sent += sockets.sendStream(channel.io().socket, room, sent, bytes - sent);
                }
            } catch (SocketLayerException e) {
                throw failure(e, SocketErrors.ofWrite(e));
            } finally {
                channel.leaveWrite(blocking, sent == bytes);
            }
            return bytes;
        } finally {
            channel.locks().write.unlock();
            piece.sent();
        }
    }

    /** Two loans each way at a time are a mistake of the application's. */
    private static IOException failure(SocketLayerException error, IOException translated) {
        if (error.errno() == Errno.EALREADY) {
            throw new IllegalStateException(error.getMessage(), error);
        }
        return translated;
    }
}
