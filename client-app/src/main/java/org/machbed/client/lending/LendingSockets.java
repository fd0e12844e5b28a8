package org.machbed.client.lending;

import org.jspecify.annotations.Nullable;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;

/**
 * Sockets whose layer lends its buffers. A loan is of the thread that asks for it and is ended by that thread; what a send has taken is
 * ended by it too. All calls fail with {@link Errno#EBADF} where the socket is closed.
 */
public interface LendingSockets {
    /** How long a datagram may be that is composed in place: what one frame carries. */
    int mostDatagramBytes();

    /**
     * Receives the oldest datagram where it lies.
     *
     * @return {@code null} when there is none and it may not wait
     * @throws SocketLayerException as {@link org.machbed.netstack.socket.DatagramSocketLayer#receive}, and with ENOBUFS when too much is
     *     lent already
     */
    @Nullable
    Loan receive(int socket, boolean wait) throws SocketLayerException;

    /**
     * Room for a datagram. Never waits.
     *
     * @throws SocketLayerException with EMSGSIZE beyond {@link #mostDatagramBytes}, ENOBUFS when too much is lent already
     */
    Loan allocate(int socket, int bytes) throws SocketLayerException;

    /**
     * Sends the first bytes of room as a datagram.
     *
     * @param ipv4 destination, 0 with port 0 for the peer
     * @throws SocketLayerException as {@link org.machbed.netstack.socket.DatagramSocketLayer#send}; what was composed is lost then
     */
    void send(int socket, Loan room, int bytes, int ipv4, int port) throws SocketLayerException;

    /**
     * Receives a piece of a stream where it lies.
     *
     * @param most how much at most
     * @return a {@link StreamEnd} when nothing will come any more; {@code null} when nothing is there and it may not wait
     * @throws SocketLayerException as {@link org.machbed.netstack.socket.StreamSocketLayer#receiveStream}, with EALREADY while another
     *     piece is lent, ENOBUFS when too much is lent already
     */
    @Nullable
    Loan receiveStream(int socket, int most, boolean wait) throws SocketLayerException;

    /**
     * Room for what is sent next, at least one byte of it.
     *
     * @return {@code null} when there is no room and it may not wait
     * @throws SocketLayerException as {@link org.machbed.netstack.socket.StreamSocketLayer#sendStream}, with EALREADY while other room is
     *     lent, ENOBUFS when too much is lent already
     */
    @Nullable
    Loan allocateStream(int socket, int most, boolean wait) throws SocketLayerException;

    /**
     * Sends bytes of room: all from its beginning, or the rest. It does not wait unless the session has moved to where that room is none.
     *
     * @param from how many of them were sent before
     * @param bytes how many follow
     * @return how many of those were taken
     * @throws SocketLayerException as {@link org.machbed.netstack.socket.StreamSocketLayer#sendStream}; what was composed is lost then
     */
    int sendStream(int socket, Loan room, int from, int bytes) throws SocketLayerException;
}
