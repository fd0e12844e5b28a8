package org.machbed.netstack.tcp;

import org.jspecify.annotations.Nullable;
import org.machbed.netstack.ipv4.NetworkError;
import org.machbed.netstack.ipv4.SendOutcome;
import org.machbed.netstack.state.StateTransfer;

/** What the network, and our own way to it, say of a connection (RFC 9293 section 3.9.2.2). */
final class NetworkReports {
    private static final TcpError[] ERRORS = TcpError.values();

    private final TcpConnection c;

    /** What was said since the peer was last heard of, and did not end the connection (SHLD-25). */
    private @Nullable TcpError softError;

    NetworkReports(TcpConnection connection) {
        this.c = connection;
    }

    @Nullable
    TcpError softError() {
        return softError;
    }

    /** Something new was acknowledged: the path works. */
    void forget() {
        softError = null;
    }

    /** ICMP says that a segment of ours did not arrive (RFC 9293 section 3.9.2.2, RFC 5927). */
    void onNetworkError(NetworkError reported, long nowNs) {
        switch (reported) {
            // Soft: kept for the user who asks why nothing happens (MUST-56, SHLD-25).
            case NET_UNREACHABLE -> softError = TcpError.NET_UNREACHABLE;
            case HOST_UNREACHABLE, TIME_EXCEEDED -> softError = TcpError.HOST_UNREACHABLE;
            case PARAMETER_PROBLEM -> softError = TcpError.PROTOCOL;
            // Hard: they end an attempt (SHLD-26), but no established connection, which a forger could end so (RFC 5927
            // section 5.2).
            case PROTOCOL_UNREACHABLE, PORT_UNREACHABLE -> {
                softError = TcpError.REFUSED;
                if (c.state == TcpState.SYN_SENT || c.state == TcpState.SYN_RECEIVED) {
                    c.end(TcpError.REFUSED, nowNs);
                }
            }
            case FRAGMENTATION_NEEDED -> {
                // The path MTU is noted next, and onPathMtu called.
            }
        }
    }

    /** The path to the peer takes smaller packets than we sent (RFC 1191 section 6.5). */
    void onPathMtu(long nowNs) {
        if (c.state.transmits() && c.size.pathSegmentBytes(nowNs) < c.size.segmentBytes()) {
            c.recovery.onPathMtuReduced();
            c.transmission.run(nowNs);
        }
    }

    /**
     * What became of a segment on its way through our own host. No way at all is known at once, which for an attempt to connect is
     * the end; later it may come back.
     */
    void noteOutcome(SendOutcome outcome) {
        TcpError failure = switch (outcome) {
            case SENT, NO_ROOM, TOO_BIG -> null;
            case NO_ROUTE -> TcpError.NET_UNREACHABLE;
            case HOST_UNREACHABLE -> TcpError.HOST_UNREACHABLE;
        };
        if (failure != null) {
            softError = failure;
            if (c.state == TcpState.SYN_SENT) {
                c.end(failure, c.heardNs);
            }
        }
    }

    /** For a migration. */
    void transfer(StateTransfer t) {
        softError = t.optional("the soft error", softError, ERRORS);
    }
}
