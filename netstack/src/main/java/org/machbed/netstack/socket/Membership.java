package org.machbed.netstack.socket;

import org.jspecify.annotations.Nullable;

/** One socket in one {@link ReadinessSet}, a link of three lists: of the socket, of the set, and of what may be ready there. */
final class Membership {
    final ReadinessSet set;
    final WatchedSocket socket;

    /** What the set's owner calls the socket. */
    final int name;

    /** Bits of {@link Readiness}. */
    int interests;

    @Nullable
    Membership previousOfSocket;

    @Nullable
    Membership nextOfSocket;

    @Nullable
    Membership previousOfSet;

    @Nullable
    Membership nextOfSet;

    /** Whether it is on the list of what may be ready. */
    boolean listed;

    @Nullable
    Membership previousListed;

    @Nullable
    Membership nextListed;

    Membership(ReadinessSet set, WatchedSocket socket, int name) {
        this.set = set;
        this.socket = socket;
        this.name = name;
    }

    /** What is to be told of it now, 0 for nothing. */
    int readiness() {
        return socket.readiness(interests) & (interests | Readiness.HUNG_UP);
    }
}
