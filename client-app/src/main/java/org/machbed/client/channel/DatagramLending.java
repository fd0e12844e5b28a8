package org.machbed.client.channel;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.channels.AlreadyConnectedException;
import org.jspecify.annotations.Nullable;
import org.machbed.client.lending.LendingSockets;
import org.machbed.client.lending.Loan;
import org.machbed.netstack.socket.SocketLayerException;

/** What {@link LendingChannels} does with a datagram channel: its locks, modes and errors are those of the channel's own methods. */
final class DatagramLending {
    private final MachbedDatagramChannel channel;
    private final LendingSockets sockets;

    DatagramLending(MachbedDatagramChannel channel, LendingSockets sockets) {
        this.channel = channel;
        this.sockets = sockets;
    }

    @Nullable
    LentBuffer receive() throws IOException {
        channel.locks().read.lock();
        try {
            channel.ensureOpen();
            boolean blocking = channel.isBlocking();
            Loan loan = null;
            try {
                channel.enter(blocking);
                InetSocketAddress _ = channel.state().peer();
                loan = sockets.receive(channel.io().socket, blocking);
            } catch (SocketLayerException e) {
                throw SocketErrors.ofDatagram(e);
            } finally {
                leave(blocking, loan);
            }
            return loan == null ? null : new LentBuffer(channel, LentBuffer.Use.RECEIVED, loan);
        } finally {
            channel.locks().read.unlock();
        }
    }

    /** A channel that was closed meanwhile throws, so that nobody is to give back what was received. */
    private void leave(boolean blocking, @Nullable Loan loan) throws IOException {
        try {
            channel.leave(blocking, loan != null);
        } catch (IOException e) {
            if (loan != null) {
                loan.end();
            }
            throw e;
        }
    }

    int mostBytes() {
        return sockets.mostDatagramBytes();
    }

    LentBuffer allocate(int bytes) throws IOException {
        if (bytes < 0) {
            throw new IllegalArgumentException("room of " + bytes + " bytes");
        }
        channel.ensureOpen();
        try {
            return new LentBuffer(channel, LentBuffer.Use.DATAGRAM_ROOM, sockets.allocate(channel.io().socket, bytes));
        } catch (SocketLayerException e) {
            throw SocketErrors.ofDatagram(e);
        }
    }

    /** Sends to somebody, or with {@code null} to the peer. */
    int send(LentBuffer datagram, @Nullable InetSocketAddress target) throws IOException {
        Loan room = datagram.toSend(channel, LentBuffer.Use.DATAGRAM_ROOM);
        int bytes = datagram.composedBytes();
        channel.locks().write.lock();
        try {
            channel.ensureOpen();
            boolean blocking = channel.isBlocking();
            boolean completed = false;
            try {
                channel.enter(blocking);
                send(room, bytes, target);
                completed = true;
            } catch (SocketLayerException e) {
                throw SocketErrors.ofDatagram(e);
            } finally {
                channel.leave(blocking, completed);
            }
            return bytes;
        } finally {
            channel.locks().write.unlock();
            datagram.sent();
        }
    }

    private void send(Loan room, int bytes, @Nullable InetSocketAddress target)
            throws IOException, SocketLayerException {
        InetSocketAddress peer = channel.state().peer();
        if (target == null) {
            channel.state().ensureConnected();
        } else if (peer != null && !peer.equals(target)) {
            throw new AlreadyConnectedException();
        } else if (target.getPort() == 0) {
            throw new SocketException("Can't send to port 0");
        }
        if (target == null || peer != null) {
            sockets.send(channel.io().socket, room, bytes, 0, 0);
        } else {
            sockets.send(channel.io().socket, room, bytes, SocketAddresses.ipv4(target), target.getPort());
        }
    }
}
