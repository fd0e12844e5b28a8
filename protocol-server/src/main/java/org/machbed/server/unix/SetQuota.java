package org.machbed.server.unix;

import java.util.HashMap;
import java.util.Map;
import org.machbed.ipc.mach.PortName;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;

/** How many sets of sockets each client has: what a client can make a change of one socket cost. Guarded by {@link Spl#NET}. */
final class SetQuota {
    /** Sets of all clients together. */
    static final int CAPACITY = 1_024;

    /** Sets of one client: each costs a socket that is in all of them a step an event. */
    static final int MAX_SETS_OF_CLIENT = 64;

    private final Map<PortName, Integer> owned = new HashMap<>();
    private int all;

    /**
     * One set more of a client.
     *
     * @throws SocketLayerException with EMFILE when it is one too many
     */
    void take(PortName client) throws SocketLayerException {
        int sets = owned.getOrDefault(client, 0);
        if (sets == MAX_SETS_OF_CLIENT) {
            throw new SocketLayerException(Errno.EMFILE, "the client has " + sets + " sets of sockets already");
        }
        if (all == CAPACITY) {
            throw new SocketLayerException(Errno.EMFILE, "all " + CAPACITY + " sets of sockets are open");
        }
        owned.put(client, sets + 1);
        all++;
    }

    /** One set fewer. */
    void giveBack(PortName client) {
        all--;
        owned.computeIfPresent(client, (_, sets) -> sets == 1 ? null : sets - 1);
    }
}
