package org.machbed.netstack.simulation;

import org.machbed.netstack.tcp.SequenceNumber;

/**
 * What one end of one connection has said on the wire so far, and what it was told. Ports may have several, one after the other or,
 * where SYN cookies are sent, at once; their initial sequence numbers tell them apart.
 */
final class Incarnation {
    /** The number of its SYN. */
    final int iss;

    /** Whose stream it carries. */
    final Endpoint endpoint;

    // What its SYN said; of several, with and without ACK, the last.
    int windowScale = -1;
    boolean sackPermitted;
    boolean timestamps;

    /** Of the number after the highest one sent. */
    int next;

    boolean finSent;
    int fin;

    /** Up to where the other end's segments that arrived here offered room; of meaning when {@link #offered}. */
    int offeredEdge;

    boolean offered;

    /** Up to where it offered room itself; of meaning when {@link #announced}. */
    int announcedEdge;

    boolean announced;

    /** The highest number that it has acknowledged; of meaning when {@link #acknowledging}. */
    private int acknowledged;

    private boolean acknowledging;

    /** TSval of its latest segment; of meaning when {@link #stamped}. */
    int stamp;

    boolean stamped;
    boolean wrapped;

    Incarnation(int iss, Endpoint endpoint) {
        this.iss = iss;
        this.endpoint = endpoint;
        next = iss + 1;
    }

    boolean began(int sequence) {
        return SequenceNumber.greaterOrEqual(sequence, iss) && SequenceNumber.lessOrEqual(sequence, next);
    }

    /** Whether SND.NXT, once all that was given is sent, may be or have been this number. */
    boolean has(int sequence) {
        OneWayStream stream = endpoint.outgoing();
        int offset = offsetOf(sequence);
        return offset >= 0 && offset <= stream.givenBytes() + (stream.everEnded() ? 1 : 0);
    }

    /** Whether SND.NXT is this number; one that came back to life has forgotten how far it was. */
    boolean goesOnWith(int sequence) {
        return sequence == next || (began(sequence) && endpoint.mayHaunt());
    }

    /** Where in the stream an octet lies. */
    int offsetOf(int sequence) {
        return sequence - (iss + 1);
    }

    void sentUpTo(int end) {
        next = SequenceNumber.max(next, end);
        boolean half = iss < 0 != next < 0; // past 2^31 or 2^32
        wrapped |= half;
    }

    void acknowledges(int number) {
        acknowledged = acknowledging ? SequenceNumber.max(acknowledged, number) : number;
        acknowledging = true;
    }

    /** Whether it has not acknowledged more than what comes before that number. */
    boolean mayWaitFor(int number) {
        return acknowledging && SequenceNumber.lessOrEqual(acknowledged, number);
    }

    void offered(int edge) {
        offeredEdge = offered ? SequenceNumber.max(offeredEdge, edge) : edge;
        offered = true;
    }

    /** How the window field of what it sends to another incarnation is scaled (RFC 7323 section 2.2). */
    int shiftTo(Incarnation other) {
        return windowScale >= 0 && other.windowScale >= 0 ? windowScale : 0;
    }
}
