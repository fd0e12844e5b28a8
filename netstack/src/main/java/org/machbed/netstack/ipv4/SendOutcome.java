package org.machbed.netstack.ipv4;

/** What became of a packet on its way out. */
public enum SendOutcome {
    /** Sent, or waiting for its next hop's station. */
    SENT,
    /** Does not fit in one packet to that destination. */
    TOO_BIG,
    /** No route leads there; counted. */
    NO_ROUTE,
    /** The next hop does not answer; counted. */
    HOST_UNREACHABLE,
    /** The way out is full; counted. */
    NO_ROOM
}
