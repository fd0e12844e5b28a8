package org.machbed.netstack.tcp;

/** When a new connection may take the place of one in TIME-WAIT (RFC 9293 section 3.6.1 MAY-2, RFC 6191, RFC 1122 4.2.2.13). */
final class TimeWaitReuse {
    /** For our own SYN: our clock of timestamps must have ticked, and so have those that we see in the peer's. */
    private static final long SECOND_NS = 1_000_000_000L;

    private TimeWaitReuse() {}

    /**
     * Whether a SYN is from a new incarnation beyond doubt: its timestamp is later than the last one, or, where there are none to
     * compare, its sequence number lies beyond all that the old incarnation used.
     */
    static boolean allows(TcpConnection old, Segment s, long nowNs) {
        if (!s.has(TcpFlags.SYN) || s.has(TcpFlags.RST | TcpFlags.ACK | TcpFlags.FIN)) {
            return false;
        }
        boolean beyond = SequenceNumber.greaterOrEqual(s.sequence, old.receive.nxt);
        if (!old.timestamps.enabled || !s.options.timestamps()) {
            return beyond;
        }
        int value = s.options.timestampValue();
        boolean later = SequenceNumber.greaterThan(value, old.timestamps.recent);
        return later || (value == old.timestamps.recent && beyond);
    }

    /** Whether a SYN of ours may begin a new incarnation: with timestamps, a second after the old one's last word. */
    static boolean allowsActive(TcpConnection old, long nowNs) {
        return old.state == TcpState.TIME_WAIT && old.timestamps.enabled && nowNs - old.heardNs > SECOND_NS;
    }
}
