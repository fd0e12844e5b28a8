package org.machbed.link;

/** What the device level of a driver counts: the frames that came in, and where each went. */
public enum DriverCounter {
    /** Frames that the link delivered. */
    RECEIVED,
    /** Frames handed to the family level. */
    PASSED,
    /** Frames shorter than Ethernet allows. */
    RUNT,
    /** Frames longer than the MTU allows. */
    OVERSIZE,
    /** Frames whose source is no station's address (a group's, or all zeros). */
    INVALID_SOURCE,
    /** Frames for another station. */
    FOREIGN_UNICAST,
    /** Frames for a group that this host is no member of; it is one of broadcast only. */
    FOREIGN_MULTICAST,
    /** Frames handed to the family level whose handling failed there. */
    FAILED
}
