package org.machbed.netstack.tcp;

import java.lang.foreign.MemorySegment;

/**
 * The segment at hand: its header's fields and options, read once, which the steps of RFC 9293 section 3.10.7 cut down to what
 * they leave for the next one. One object serves all segments.
 */
final class Segment {
    final TcpHeader header = new TcpHeader();
    final TcpOptions options;

    int source;
    int destination;

    /** SEG.SEQ of what is left. */
    int sequence;

    int ack;
    int flags;

    /** The window field as it stands. */
    int window;

    MemorySegment memory = MemorySegment.NULL;
    long textOffset;
    int textBytes;

    Segment(TcpOptions options) {
        this.options = options;
    }

    /** Takes over what {@link #header} views. */
    void load(int source, int destination) {
        this.source = source;
        this.destination = destination;
        sequence = header.sequence();
        ack = header.acknowledgement();
        flags = header.flags();
        window = header.window();
        memory = header.memory();
        textOffset = header.dataOffset();
        textBytes = header.dataBytes();
        options.parse(header);
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** SEG.WND: scaled, unless the segment came with SYN (RFC 7323 section 2.2). */
    int windowBytes(int shift) {
        return header.isSyn() ? window : window << shift;
    }

    /** SEG.LEN: octets of the sequence space that it occupies. */
    int length() {
        return textBytes + (has(TcpFlags.SYN) ? 1 : 0) + (has(TcpFlags.FIN) ? 1 : 0);
    }

    /** The number after its last one. */
    int end() {
        return sequence + length();
    }

    /** Takes a SYN that has been dealt with off its front. */
    void removeSyn() {
        flags &= ~TcpFlags.SYN;
        sequence++;
    }

    @Override
    public String toString() {
        return header.toString();
    }
}
