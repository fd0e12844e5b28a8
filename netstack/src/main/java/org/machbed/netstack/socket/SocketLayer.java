package org.machbed.netstack.socket;

import java.nio.ByteBuffer;

/**
 * The edge from {@code app} to {@code sockets}: the datagram calls of BSD as an application's side of a binding offers them.
 * A topology chooses the implementation (traps into the kernel, messages to a server, a procedure call); nothing above it
 * knows which.
 *
 * <p>IPv4 addresses are 32-bit words in host order ({@code 192.0.2.1} is {@code 0xC0000201}); ports are 0 to 65,535. All
 * methods may be called by many threads at once. A call on a socket that {@link #close(int)} has closed, also one that was
 * waiting, fails with {@link Errno#EBADF}.
 */
public interface SocketLayer extends AutoCloseable {
    /** Opens an unbound datagram socket and returns its descriptor. */
    int socket() throws SocketLayerException;

    /** Binds to a local address (0 for any) and port (0 for a free one of the host's choice). */
    void bind(int socket, int ipv4, int port) throws SocketLayerException;

    /** Fixes the peer: sends need no address, and datagrams of others are not received. Binds when unbound. */
    void connect(int socket, int ipv4, int port) throws SocketLayerException;

    /** Dissolves {@link #connect}. */
    void disconnect(int socket) throws SocketLayerException;

    /**
     * Sends {@code source}'s remaining bytes as one datagram and leaves its position alone.
     *
     * @param ipv4 destination, 0 with port 0 on a connected socket
     * @return bytes sent
     */
    int send(int socket, ByteBuffer source, int ipv4, int port) throws SocketLayerException;

    /**
     * Receives one datagram into {@code target} from its position, which it leaves alone; bytes for which there is no room
     * are discarded.
     *
     * @param wait whether to wait for a datagram
     * @return the packed {@link DatagramHeader}, or {@link DatagramHeader#NONE} when nothing is queued and {@code wait} is
     *     false
     */
    long receive(int socket, ByteBuffer target, boolean wait) throws SocketLayerException;

    /** The local address and port, packed as a {@link DatagramHeader} of length 0; 0 when unbound. */
    long localAddress(int socket) throws SocketLayerException;

    int option(int socket, SocketOptionName name) throws SocketLayerException;

    void setOption(int socket, SocketOptionName name, int value) throws SocketLayerException;

    /** Closes the socket; a second close is ignored. */
    void close(int socket) throws SocketLayerException;

    /** Closes every socket and leaves the socket layer. */
    @Override
    void close();
}
