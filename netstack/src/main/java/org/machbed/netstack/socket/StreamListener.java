package org.machbed.netstack.socket;

/**
 * What a placement is told of one TCP socket, so that it can wake who waits. Called at the end of a call into the stack, under its
 * owner's lock; an implementation may call any socket of the stack, but must not hand it frames. Readiness is a level, to be asked
 * of the socket; these calls say only that it may have changed.
 */
public interface StreamListener {
    /** A connect succeeded. */
    void onConnected();

    /**
     * The peer has urgent data, or more of them (BSD's SIGURG): see {@link TcpSocket#urgentBytes}. Nothing by default, since the
     * JDK's sockets have nobody to tell.
     */
    default void onUrgent() {}

    /** Data can be received, or the end of the stream. */
    void onReadable();

    /** A send that took less than it was given can go on. */
    void onWritable();

    /** A connection can be accepted. */
    void onAcceptable();

    /** The connection failed; the next call on the socket fails with it too. */
    void onError(Errno errno);

    /** The connection is over in both directions. */
    void onHangUp();
}
