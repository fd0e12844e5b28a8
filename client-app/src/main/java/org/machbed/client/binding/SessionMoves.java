package org.machbed.client.binding;

import org.machbed.ipc.mach.PortName;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.proto.bsd.BsdCall;

/**
 * The calls by which a session moves between who has it and this task. Sockets are named by this task's own descriptors. All but
 * {@link #migrate} throw {@link SessionMovedException} when the server has taken the session back. Thread-safe.
 */
public interface SessionMoves {
    /**
     * A session as a value.
     *
     * @param isStream whether it is a {@code TcpSessionState}, otherwise a {@code DatagramSession}
     * @param state not to be changed
     */
    @SuppressWarnings("ArrayRecordComponent") // Compared by nobody.
    record Session(boolean isStream, byte[] state) {}

    /**
     * Has a session leave the server: {@link BsdCall#MIGRATE}.
     *
     * @param window whose the session's frames are from now on
     * @param record of the session memory, which the session will have
     * @throws SocketLayerException with the server's reason, and the session is there; with EIO, and the session may have left, when the
     *     answer did not get here
     * @throws SessionMovedException when the session is not in the server
     */
    Session migrate(int socket, PortName window, int record) throws SocketLayerException;

    /** Has the session's frames come to the server; answers how many the kernel has ever put into the window. */
    long recall(int socket) throws SocketLayerException;

    /**
     * Gives a session back that was recalled, or, with an empty state, says that it is over.
     *
     * @param close whether its descriptor is closed with that, here too
     */
    void giveBack(int socket, byte[] state, boolean close) throws SocketLayerException;

    /**
     * Has the server take a session back from its record, or, where there is none, as it left: nobody here can give it back.
     *
     * @throws SocketLayerException with EINVAL when the server has it
     */
    void takeBack(int socket) throws SocketLayerException;
}
