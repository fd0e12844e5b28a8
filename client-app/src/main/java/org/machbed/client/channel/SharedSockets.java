package org.machbed.client.channel;

import org.machbed.netstack.socket.SocketLayerException;

/** Sockets that two processes of a host can share: a binding has this beside its sockets where it can. */
public interface SharedSockets {
    /**
     * A socket of another process.
     *
     * @param socket its descriptor here
     */
    record Share(int socket, boolean isStream) {}

    /** A token with which another process takes a share in a socket by {@link #takeOver}, once and within seconds, while it is open here. */
    byte[] handOver(int socket) throws SocketLayerException;

    /** Takes a share in the socket of another process. */
    Share takeOver(byte[] token) throws SocketLayerException;
}
