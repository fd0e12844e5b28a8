package org.machbed.netstack.socket;

import java.nio.ByteBuffer;

/** The calls for datagram sockets (UDP). */
public interface DatagramSocketLayer extends SocketLayer {
    /** Opens an unbound datagram socket and returns its descriptor. */
    int socket() throws SocketLayerException;

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
}
