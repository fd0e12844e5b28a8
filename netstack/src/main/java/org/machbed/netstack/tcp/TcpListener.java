package org.machbed.netstack.tcp;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.StackCounter;

/**
 * A local address and port in LISTEN (RFC 9293 section 3.10.7.2), and the two queues behind it: half-open connections in
 * SYN-RECEIVED, whose number is bounded, and established ones that wait to be accepted. Beyond the first bound SYN cookies are sent;
 * beyond the second SYNs, and the ACKs that would complete a handshake, are dropped, as Linux does: the peer tries again.
 */
public final class TcpListener {
    private final TcpLayer layer;
    final int localIpv4;
    final int localPort;

    @Nullable
    TcpListener nextInBucket;

    private final int backlog;
    private final int receiveBufferBytes;
    private @Nullable Runnable onAcceptable;
    private final ArrayDeque<TcpConnection> halfOpen = new ArrayDeque<>();
    private final ArrayDeque<TcpConnection> established = new ArrayDeque<>();
    private boolean told = true;
    private boolean open = true;

    /** When the last cookie was sent; of meaning when {@link #cookiesSent}. */
    private long cookieNs;

    private boolean cookiesSent;

    TcpListener(TcpLayer layer, int localIpv4, int localPort, int backlog, int receiveBufferBytes) {
        this.layer = layer;
        this.localIpv4 = localIpv4;
        this.localPort = localPort;
        this.backlog = backlog;
        this.receiveBufferBytes = receiveBufferBytes;
    }

    /** Who is told, at the end of a call into the stack, that a connection can be accepted; {@code null} for nobody. */
    public void onAcceptable(@Nullable Runnable listener) {
        onAcceptable = listener;
    }

    /** A segment that belongs to no connection came to this address and port. */
    void onSegment(Segment s, long nowNs) {
        if (s.has(TcpFlags.RST)) {
            layer.counters.count(StackCounter.DROP_TCP_NO_CONNECTION); // first: it could only mean us by mistake
        } else if (s.has(TcpFlags.ACK)) {
            onAck(s, nowNs); // second
        } else if (s.has(TcpFlags.SYN) && !s.has(TcpFlags.FIN)) {
            onSyn(s, nowNs); // third
        } else {
            layer.counters.count(StackCounter.DROP_TCP_ILLEGAL_FLAGS); // fourth
        }
    }

    /** "Any acknowledgment is bad if it arrives on a connection still in the LISTEN state", unless it brings a cookie back. */
    private void onAck(Segment s, long nowNs) {
        int mss = s.has(TcpFlags.SYN) ? 0 : cookieMss(s, nowNs);
        if (mss == 0) {
            layer.counters.count(cookiesSent ? StackCounter.DROP_TCP_SYN_COOKIE : StackCounter.DROP_TCP_NO_CONNECTION);
            layer.output.sendResetFor(s, nowNs);
        } else if (!hasRoom() || !layer.makeRoom(nowNs)) {
            layer.counters.count(StackCounter.DROP_TCP_ACCEPT_QUEUE_FULL);
        } else {
            layer.counters.count(StackCounter.TCP_SYN_COOKIES_ACCEPTED);
            TcpConnection connection = create(s);
            connection.handshake.openFromCookie(s, mss, nowNs);
            connection.onSegment(s, nowNs);
        }
    }

    private int cookieMss(Segment s, long nowNs) {
        if (!cookiesSent || nowNs - cookieNs > 2 * SynCookies.PERIOD_NS) {
            return 0;
        }
        int ours = s.header.destinationPort();
        int theirs = s.header.sourcePort();
        return layer.cookies.decode(s.destination, ours, s.source, theirs, s.sequence - 1, s.ack - 1, nowNs);
    }

    private void onSyn(Segment s, long nowNs) {
        if (!hasRoom()) {
            layer.counters.count(StackCounter.DROP_TCP_LISTEN_OVERFLOW);
        } else if (halfOpen.size() >= layer.configuration.halfOpenConnections() || !layer.makeRoom(nowNs)) {
            cookiesSent = true;
            cookieNs = nowNs;
            layer.sendCookie(s, receiveBufferBytes, nowNs);
        } else {
            create(s).handshake.openPassively(s, nowNs);
        }
    }

    private TcpConnection create(Segment s) {
        TcpConnection connection = layer.createPassive(s, receiveBufferBytes);
        connection.listener = this;
        halfOpen.add(connection);
        return connection;
    }

    /** Whether one more established connection can wait. Linux lets one more wait than was asked for, and so do we. */
    boolean hasRoom() {
        return established.size() <= backlog;
    }

    void onEstablished(TcpConnection connection) {
        halfOpen.remove(connection);
        established.add(connection);
        layer.counters.count(StackCounter.TCP_CONNECTIONS_ACCEPTED);
        if (told) {
            told = false;
            layer.hasEvents(this);
        }
    }

    void onFailed(TcpConnection connection) {
        halfOpen.remove(connection);
    }

    void tell() {
        told = true;
        if (open && onAcceptable != null && !established.isEmpty()) {
            onAcceptable.run();
        }
    }

    /** The oldest established connection, {@code null} when there is none. It may be over already. */
    public @Nullable TcpConnection accept() {
        return established.poll();
    }

    public boolean acceptable() {
        return !established.isEmpty();
    }

    /** Connections in SYN-RECEIVED now, bounded. */
    public int halfOpenConnections() {
        return halfOpen.size();
    }

    public int localIpv4() {
        return localIpv4;
    }

    public int localPort() {
        return localPort;
    }

    /** Leaves LISTEN: half-open connections are forgotten, and those that nobody accepted are reset. */
    public void close(long nowNs) {
        if (!open) {
            return;
        }
        open = false;
        layer.removeListener(this);
        for (TcpConnection connection = halfOpen.poll(); connection != null; connection = halfOpen.poll()) {
            connection.listener = null;
            connection.abort(null, nowNs);
        }
        for (TcpConnection connection = established.poll(); connection != null; connection = established.poll()) {
            connection.discard(nowNs);
        }
    }
}
