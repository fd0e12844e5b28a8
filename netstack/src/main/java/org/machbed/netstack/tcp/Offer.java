package org.machbed.netstack.tcp;

import org.machbed.netstack.state.StateTransfer;

/**
 * The options of our SYN: all that the configuration allows, or, in answer to a SYN, those of them that it had (RFC 7323 section
 * 2.2 and 3.2, RFC 2018 section 2). After the handshake: what both agreed to.
 */
final class Offer {
    /** -1 for none. */
    int windowScale;

    boolean sack;
    boolean timestamps;

    /** Ours alone, for the first SYN. */
    void start(TcpConfiguration configuration, int receiveBufferBytes) {
        sack = configuration.offers(TcpConfiguration.SACK);
        timestamps = configuration.offers(TcpConfiguration.TIMESTAMPS);
        windowScale = configuration.offers(TcpConfiguration.WINDOW_SCALE) ? shiftFor(receiveBufferBytes) : -1;
    }

    /** What is left of it once the peer's SYN is known. */
    void agree(TcpOptions peer) {
        sack &= peer.sackPermitted();
        timestamps &= peer.timestamps();
        if (peer.windowScale() < 0) {
            windowScale = -1;
        }
    }

    /**
     * What is left of it when the peer's SYN has been forgotten and the timestamp that went with a cookie comes back. Who echoes
     * another one, be it that its connection had more of ours before a reset ended it here, cannot get more than we offer.
     */
    void agreeByEcho(TcpOptions peer) {
        timestamps &= peer.timestamps();
        int echo = peer.timestampEcho();
        sack &= timestamps && SynCookies.sackPermitted(echo);
        if (!timestamps || SynCookies.windowScale(echo) < 0) {
            windowScale = -1;
        }
    }

    /** The smallest shift by which 16 bits can tell the whole buffer. */
    private static int shiftFor(int bufferBytes) {
        int shift = 0;
        while (shift < TcpOptions.MAXIMUM_WINDOW_SCALE && 0xFFFF << shift < bufferBytes) {
            shift++;
        }
        return shift;
    }

    /** For a migration: what was agreed on. */
    void transfer(StateTransfer t) {
        windowScale = t.within("the window scale", windowScale, -1, TcpOptions.MAXIMUM_WINDOW_SCALE);
        sack = t.flag("SACK-permitted", sack);
        timestamps = t.flag("timestamps", timestamps);
    }
}
