package org.machbed.netstack.tcp;

import org.machbed.netstack.state.StateTransfer;
import org.machbed.netstack.time.WheelTimer;

/**
 * What ends a connection by itself: two maximum segment lifetimes in TIME-WAIT (RFC 9293 section 3.6.1), and as long in
 * FIN-WAIT-2 when our application has gone and so could not take what the peer may still say.
 */
final class Linger {
    private final TcpConnection c;
    private final WheelTimer timer;

    Linger(TcpConnection connection) {
        this.c = connection;
        this.timer = new WheelTimer(this::onTimeout);
    }

    void restart(long nowNs) {
        c.layer.timers.schedule(timer, nowNs + 2 * c.layer.configuration.mslNs(), nowNs);
    }

    void stop() {
        c.layer.timers.cancel(timer);
    }

    private void onTimeout(long nowNs) {
        c.end(null, nowNs);
    }

    /** For a migration. */
    void transfer(StateTransfer t) {
        t.timer(timer, c.layer.timers);
    }
}
