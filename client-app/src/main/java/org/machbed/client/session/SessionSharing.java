package org.machbed.client.session;

import org.machbed.client.binding.SessionStubs;
import org.machbed.client.channel.SharedSockets.Share;
import org.machbed.netstack.socket.SocketLayerException;

/** Sockets that two processes have: their sessions are in the server, where both reach them by messages. Any thread may call. */
final class SessionSharing {
    private final SessionStubs server;
    private final Migration migration;
    private final SessionSockets sockets;

    SessionSharing(SessionStubs server, Migration migration, SessionSockets sockets) {
        this.server = server;
        this.migration = migration;
        this.sockets = sockets;
    }

    /** A token for a socket, whose session goes back to the server and stays there. */
    byte[] handOver(SessionSocket session) throws SocketLayerException {
        session.moving().lock();
        try {
            migration.toServer(session);
            session.stays(true);
            return server.handOver(session.descriptor());
        } finally {
            session.moving().unlock();
        }
    }

    Share takeOver(byte[] token) throws SocketLayerException {
        SessionStubs.Share share = server.takeOver(token);
        sockets.add(share.descriptor(), share.isStream()).stays(true);
        return new Share(share.descriptor(), share.isStream());
    }
}
