package org.machbed.netstack.socket;

import java.nio.ByteBuffer;

/**
 * The calls for stream sockets (TCP). A call that may wait has a parameter {@code wait}; a thread that is interrupted while it
 * waits gets {@link Errno#EINTR} where the binding can tell.
 */
public interface StreamSocketLayer extends SocketLayer {
    /** What {@link #accept} answers when nobody waits to be accepted. */
    int NONE = -1;

    /** What {@link #receiveStream} answers at the end of the stream. */
    int END_OF_STREAM = -1;

    /** Opens an unbound stream socket and returns its descriptor. */
    int streamSocket() throws SocketLayerException;

    /**
     * Connects; binds when unbound.
     *
     * @param wait whether to wait until the connection stands or has failed
     * @return whether it stands; {@code false} only without {@code wait}, and then {@link #finishConnect} tells how it went
     */
    boolean connectStream(int socket, int ipv4, int port, boolean wait) throws SocketLayerException;

    /**
     * Whether the connect that was begun has succeeded; {@code false} only without {@code wait}.
     *
     * @throws SocketLayerException with ENOTCONN when none was begun, or with why it failed
     */
    boolean finishConnect(int socket, boolean wait) throws SocketLayerException;

    /** Lets others connect; {@code backlog} connections may wait to be accepted. */
    void listen(int socket, int backlog) throws SocketLayerException;

    /** The oldest connection that waits, as a socket of its own; {@link #NONE} when there is none and {@code wait} is false. */
    int accept(int socket, boolean wait) throws SocketLayerException;

    /**
     * Sends from {@code source}'s position, which it leaves alone.
     *
     * @param wait whether to wait for room
     * @return bytes taken, perhaps fewer than remain; 0 when there is no room and {@code wait} is false
     */
    int sendStream(int socket, ByteBuffer source, boolean wait) throws SocketLayerException;

    /** Sends one byte as urgent data (MSG_OOB); {@code false} when there is no room. */
    boolean sendUrgent(int socket, byte value) throws SocketLayerException;

    /**
     * Receives into {@code target} from its position, which it leaves alone.
     *
     * @param wait whether to wait for data
     * @return bytes received; {@link #END_OF_STREAM}, or 0 when nothing is there and {@code wait} is false
     */
    int receiveStream(int socket, ByteBuffer target, boolean wait) throws SocketLayerException;

    /** Ends the stream that we send, once all of it is sent; the peer reads its end. */
    void shutdownSending(int socket) throws SocketLayerException;

    /** Receives no more: what is there or comes is thrown away. */
    void shutdownReceiving(int socket) throws SocketLayerException;

    /** The peer's address and port, packed as a {@link DatagramHeader} of length 0; 0 when not connected. */
    long remoteAddress(int socket) throws SocketLayerException;
}
