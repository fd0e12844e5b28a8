package org.machbed.netstack.tcp;

import org.jspecify.annotations.Nullable;

/**
 * What a connection tells its user. Called at the end of a call into the stack, when nothing is half done: the user may do
 * anything with the connection from there, but not hand the stack frames. Several events of a kind may be told as one.
 */
public interface ConnectionEvents {
    /** The handshake is over. */
    void onConnected();

    /** The peer has urgent data, or more of them (RFC 9293 section 3.8.5); they are received in line, or will be. */
    void onUrgent();

    /** There is something to receive, be it the end of the stream. */
    void onReadable();

    /** The send buffer has room again. */
    void onWritable();

    /**
     * The connection is over.
     *
     * @param error why, or {@code null} when both sides ended it
     */
    void onClosed(@Nullable TcpError error);
}
