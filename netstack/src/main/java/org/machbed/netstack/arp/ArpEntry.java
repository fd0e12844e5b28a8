package org.machbed.netstack.arp;

import org.jspecify.annotations.Nullable;

/** What is known of one neighbour. Owned by {@link ArpCache}. */
final class ArpEntry {
    enum State {
        /** Requests are out, packets wait. */
        WAITING,
        /** Its station is known and was confirmed not long ago. */
        KNOWN,
        /** Its station is known, was not confirmed for a while and is being asked. */
        POLLED,
        /** Nobody answered a moment ago. */
        FAILED
    }

    final int ipv4;
    State state = State.WAITING;

    /** Its station; of meaning in {@code KNOWN} and {@code POLLED}. */
    long mac;

    /** When the station was last seen to use the address, in {@code KNOWN} and {@code POLLED}. */
    long confirmedNs;

    /** When the state ends by itself; {@link Long#MAX_VALUE} in {@code KNOWN}, whose age is looked at when it is used. */
    long deadlineNs = Long.MAX_VALUE;

    /** Requests sent since the state began. */
    int attempts;

    /** Whether somebody beside the stack asked for it, and is told. */
    boolean lookedUp;

    /** What waits for its station; empty but in {@code WAITING}. */
    final WaitingPackets waiting = new WaitingPackets();

    /** Next entry of the same hash. */
    @Nullable
    ArpEntry next;

    ArpEntry(int ipv4) {
        this.ipv4 = ipv4;
    }

    boolean hasStation() {
        return state == State.KNOWN || state == State.POLLED;
    }
}
