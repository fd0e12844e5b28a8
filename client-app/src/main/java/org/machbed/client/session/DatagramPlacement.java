package org.machbed.client.session;

import org.machbed.client.binding.EmulationLibrary;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.ipv4.LocalAddresses;
import org.machbed.netstack.socket.SocketLayerException;

/**
 * Where datagram sockets are to be: in the library, but for those that send to this host or to a group, and while their peer changes. Any
 * thread may call.
 */
final class DatagramPlacement {
    private final EmulationLibrary server;
    private final Migration migration;
    private final LocalAddresses local;

    DatagramPlacement(EmulationLibrary server, Migration migration, LocalAddresses local) {
        this.server = server;
        this.migration = migration;
        this.local = local;
    }

    /** Changes a socket's peer in the server. */
    @FunctionalInterface
    interface PeerChange {
        void make() throws SocketLayerException;
    }

    /** A socket's addresses are the server's to change: its session is there meanwhile. */
    void changePeer(SessionSocket session, PeerChange change) throws SocketLayerException {
        session.moving().lock();
        try {
            migration.toServer(session);
            session.stays(false);
            try {
                change.make();
            } finally {
                if (server.localAddress(session.descriptor()) != 0) {
                    migration.toLibrary(session);
                }
            }
        } finally {
            session.moving().unlock();
        }
    }

    /** Whether a datagram cannot be sent from where the socket is, or could be from the library: {@link #move} comes first. */
    boolean isElsewhere(SessionSocket session, int place, int ipv4) {
        return SessionSocket.isInLibrary(place) ? staysOnHost(ipv4) : !session.stays();
    }

    /**
     * Where a datagram can be sent from, after the session was moved there if need be.
     *
     * @return as {@link SessionSocket#place}
     */
    int placeToSend(SessionSocket session, int ipv4) throws SocketLayerException {
        int place = session.place();
        while (isElsewhere(session, place, ipv4)) {
            move(session, ipv4);
            place = session.place();
        }
        return place;
    }

    /** Whether the library, which knows of no other socket of the host, cannot bring a datagram there. */
    private boolean staysOnHost(int ipv4) {
        return ipv4 != 0 && (local.isThisHost(ipv4) || local.isGroup(ipv4));
    }

    /** Moves the session to where it can send this, and lets it stay there where that is the server. */
    void move(SessionSocket session, int ipv4) throws SocketLayerException {
        session.moving().lock();
        try {
            if (staysOnHost(ipv4)) {
                migration.toServer(session);
                session.stays(true);
                return;
            }
            if (server.localAddress(session.descriptor()) == 0) {
                server.bind(session.descriptor(), Ipv4Address.ANY, 0);
            }
            migration.toLibrary(session);
            session.stays(!session.isInLibrary());
        } finally {
            session.moving().unlock();
        }
    }
}
