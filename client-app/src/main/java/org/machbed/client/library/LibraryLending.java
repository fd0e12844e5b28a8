package org.machbed.client.library;

import org.jspecify.annotations.Nullable;
import org.machbed.client.lending.LendingSockets;
import org.machbed.client.lending.Loan;
import org.machbed.client.lending.OwnMemory;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.udp.UdpLayer;

/**
 * The library's buffers, lent to its application: frames of the link and rings of connections. Where the link recalls frames or lends no
 * room, and where rings are in the Java heap, what is lent is a copy.
 */
final class LibraryLending implements LendingSockets {
    private final LibraryHost host;
    private final LibrarySockets sockets;
    private final int mostDatagramBytes;

    LibraryLending(LibraryHost host, LibrarySockets sockets, int mtuBytes) {
        this.host = host;
        this.sockets = sockets;
        mostDatagramBytes = mtuBytes - UdpLayer.HEADERS_BYTES;
    }

    @Override
    public int mostDatagramBytes() {
        return mostDatagramBytes;
    }

    @Override
    public @Nullable Loan receive(int socket, boolean wait) throws SocketLayerException {
        host.enter();
        try {
            return sockets.datagrams(socket).lend(wait);
        } finally {
            host.leave();
        }
    }

    /** Room in a frame is of no socket: this one's is only where it is sent from. */
    @Override
    public Loan allocate(int socket, int bytes) throws SocketLayerException {
        if (bytes > mostDatagramBytes) {
            throw new SocketLayerException(
                    Errno.EMSGSIZE,
                    "a datagram of " + bytes + " bytes cannot be composed in a frame, which carries "
                            + mostDatagramBytes);
        }
        host.enter();
        try {
            host.lent().requireRoom();
            if (host.link().roomsToLend() == 0) {
                return OwnMemory.ofRoom(bytes);
            }
            FrameBuffer frame = new FrameBuffer();
            if (!host.link().lendRoom(frame)) {
                throw new SocketLayerException(Errno.ENOBUFS, "the window has no more room to lend");
            }
            host.lent().lend();
            return new LentRoom(host, frame, bytes);
        } finally {
            host.leave();
        }
    }

    @Override
    public void send(int socket, Loan room, int bytes, int ipv4, int port) throws SocketLayerException {
        host.enter();
        try {
            sockets.datagrams(socket).send(room, bytes, ipv4, port);
        } finally {
            host.leave();
        }
    }

    @Override
    public @Nullable Loan receiveStream(int socket, int most, boolean wait) throws SocketLayerException {
        host.enter();
        try {
            return sockets.stream(socket).lend(most, wait);
        } finally {
            host.leave();
        }
    }

    @Override
    public @Nullable Loan allocateStream(int socket, int most, boolean wait) throws SocketLayerException {
        host.enter();
        try {
            return sockets.stream(socket).reserve(most, wait);
        } finally {
            host.leave();
        }
    }

    @Override
    public int sendStream(int socket, Loan room, int from, int bytes) throws SocketLayerException {
        host.enter();
        try {
            return sockets.stream(socket).send(room, from, bytes);
        } finally {
            host.leave();
        }
    }
}
