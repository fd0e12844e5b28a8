package org.machbed.netstack.tcp;

import org.machbed.netstack.state.StateTransfer;
import org.machbed.netstack.tcp.congestion.CongestionAlgorithm;
import org.machbed.netstack.tcp.congestion.CongestionControl;

/** The options of a connection that its socket sets. Guarded by the lock of the stack's owner. */
public final class ConnectionOptions {
    /** {@link #keepAliveSeconds} unless it is told otherwise: RFC 9293 section 3.8.4, MUST-28. */
    public static final int KEEP_ALIVE_SECONDS = 7200;

    private static final CongestionAlgorithm[] ALGORITHMS = CongestionAlgorithm.values();

    private final TcpConnection c;
    private CongestionAlgorithm congestion;

    ConnectionOptions(TcpConnection connection, CongestionAlgorithm congestion) {
        this.c = connection;
        this.congestion = congestion;
    }

    /** One was set, be it the socket's own: a record must have it. */
    public void changed() {
        c.onChanged();
    }

    /** SO_SNDBUF. */
    public void sendBufferBytes(int bytes) {
        c.sendBuffer.limitBytes(bytes);
    }

    /** SO_RCVBUF: a smaller buffer takes nothing back that was offered. */
    public void receiveBufferBytes(int bytes, long nowNs) {
        c.reception.limitBytes(bytes, nowNs);
    }

    /** IP_TOS (RFC 9293 section 3.9.1.9, MUST-48). */
    public void typeOfService(int octet) {
        c.typeOfService = octet;
    }

    /** TCP_NODELAY. */
    public void noDelay(boolean wanted, long nowNs) {
        c.transmission.noDelay = wanted;
        c.transmission.run(nowNs);
    }

    /** SO_KEEPALIVE. */
    public void keepAlive(boolean wanted, long nowNs) {
        if (wanted != c.keepAlive.isEnabled()) {
            c.keepAlive.enable(wanted, nowNs);
        }
    }

    /** TCP_KEEPIDLE: how long it is silent before a keep-alive is sent (RFC 9293 section 3.8.4, MUST-27). */
    public void keepAliveSeconds(int seconds, long nowNs) {
        c.keepAlive.idleSeconds(seconds, nowNs);
    }

    /** TCP_CONGESTION; a connection that is under way begins anew with it. */
    public void congestion(CongestionAlgorithm algorithm) {
        if (algorithm != congestion) {
            congestion = algorithm;
            c.congestion = algorithm.create();
            c.congestion.start(c.segmentBytes(), false);
        }
    }

    /** TCP_USER_TIMEOUT (RFC 9293 section 3.8.3, MUST-21); 0 for the stack's own. */
    public void userTimeoutNs(long timeoutNs) {
        c.userTimeoutNs = timeoutNs == 0 ? c.layer.configuration.userTimeoutNs() : timeoutNs;
    }

    /** For a migration: the algorithm and what it has learnt. */
    void transferCongestion(StateTransfer t) {
        congestion = t.constant("the congestion algorithm", congestion, ALGORITHMS);
        if (t.isReading()) {
            c.congestion = congestion.create();
        }
        int end = t.position() + CongestionControl.STATE_BYTES;
        c.congestion.transfer(t);
        t.skipTo(end);
    }
}
