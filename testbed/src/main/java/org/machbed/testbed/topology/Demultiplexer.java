package org.machbed.testbed.topology;

/** What decides whom a received frame is for. */
public enum Demultiplexer implements Named {
    /** The stack itself takes every frame. */
    NONE,
    /** Programs of the CMU/Stanford packet filter, interpreted per frame. */
    PACKET_FILTER,
    /** The frame's protocol family alone (reynolds91). */
    FAMILY,
    /** Protocol, addresses and ports: whose session the frame is of (maeda93). */
    SESSION
}
