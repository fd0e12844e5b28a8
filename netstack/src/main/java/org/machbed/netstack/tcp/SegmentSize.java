package org.machbed.netstack.tcp;

import org.machbed.netstack.StackCounter;
import org.machbed.netstack.state.StateTransfer;

/** How much text a segment has: what the peer takes and the path carries, options taken off (RFC 9293 section 3.7.1, RFC 6691). */
final class SegmentSize {
    /** MUST-15: of a peer that does not say. */
    static final int DEFAULT_MSS_BYTES = 536;

    /** A smaller one of a peer's is not believed: it asks us to drown in headers. Linux's least is the same. */
    static final int LEAST_MSS_BYTES = 48;

    private final TcpConnection c;

    /** SendMSS: what the peer takes, without options. */
    private int peerMssBytes = DEFAULT_MSS_BYTES;

    private int segmentBytes = DEFAULT_MSS_BYTES;
    private int textRoomBytes = DEFAULT_MSS_BYTES;

    SegmentSize(TcpConnection connection) {
        this.c = connection;
    }

    void peerMssBytes(int bytes) {
        peerMssBytes = bytes;
    }

    /** The handshake is over and options are known. */
    void start(long nowNs) {
        segmentBytes = pathSegmentBytes(nowNs);
        textRoomBytes = segmentBytes;
    }

    /** SMSS, SACK options left out of account. */
    int segmentBytes() {
        return segmentBytes;
    }

    /** How much text a segment may have now, beside the SACK blocks that it would carry. */
    int textRoomBytes() {
        return textRoomBytes;
    }

    /** Sees whether the path takes other segments than before (RFC 1191). */
    void update(long nowNs) {
        int bytes = pathSegmentBytes(nowNs);
        if (bytes != segmentBytes) {
            if (bytes < segmentBytes) {
                c.count(StackCounter.TCP_PATH_MTU_REDUCTIONS);
            }
            segmentBytes = bytes;
            c.congestion.onSegmentSize(bytes);
        }
        int blocks = c.offer.sack ? c.reception.sackBlocks(c.layer.output.largestSegmentBytes(c.remoteIpv4, nowNs)) : 0;
        boolean stamped = c.timestamps.enabled;
        int sackBytes = blocks == 0 ? 0 : TcpOptionWriter.bytes(stamped, blocks) - TcpOptionWriter.bytes(stamped, 0);
        textRoomBytes = Math.max(1, segmentBytes - sackBytes);
    }

    int pathSegmentBytes(long nowNs) {
        int path = c.layer.output.largestSegmentBytes(c.remoteIpv4, nowNs) - TcpHeader.MINIMUM_BYTES;
        int mss = Math.min(path, Math.max(peerMssBytes, LEAST_MSS_BYTES));
        return Math.max(1, mss - TcpOptionWriter.bytes(c.timestamps.enabled, 0));
    }

    /** For a migration. */
    void transfer(StateTransfer t) {
        peerMssBytes = t.within("SendMSS", peerMssBytes, 0, 0xFFFF);
        segmentBytes = t.within("SMSS", segmentBytes, 1, 0xFFFF);
        if (t.isReading()) {
            textRoomBytes = segmentBytes; // no SACK block is left to report
        }
    }
}
