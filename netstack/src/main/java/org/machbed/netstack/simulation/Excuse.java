package org.machbed.netstack.simulation;

import org.machbed.netstack.socket.Errno;

/**
 * Why a connection of an end may fail. RFC 9293 has few reasons: the other end broke it off, the network was away for longer than
 * connections wait, nobody listens, or an old segment happens to have the right number.
 */
final class Excuse {
    private static final long SECOND = 1_000_000_000L;

    private final World world;
    private final Endpoint endpoint;
    private final Dice dice;
    private boolean broke;
    private boolean oldReset;

    Excuse(World world, Endpoint endpoint, Dice dice) {
        this.world = world;
        this.endpoint = endpoint;
        this.dice = dice;
    }

    /** A reset arrives here that answers this end's SYN, but late, and may be believed for its number. */
    void onOldReset() {
        oldReset = true;
    }

    /** Another attempt begins, of which nothing old is known. */
    void forgetOldReset() {
        oldReset = false;
    }

    /** Whether the other end may find its connection broken. */
    boolean isGiven() {
        return broke;
    }

    /** What the end did may surprise the other one, which will not wait for ever to find out. */
    void give(long nowNs) {
        if (!broke) {
            broke = true;
            long hopeNs = Math.max(nowNs, world.healsNs()) + dice.between(100 * SECOND, 200 * SECOND);
            world.schedule().at(hopeNs, endpoint.other()::loseHope);
        }
    }

    /** @throws Violation when nothing explains that the end's connection, or attempt at one, fails so */
    void check(Errno errno, boolean connecting) {
        Conversation conversation = endpoint.conversation;
        boolean excused = endpoint.other().broke() || world.isLengthy() || conversation.risksCookies();
        boolean legal = switch (errno) {
            case ECONNREFUSED ->
                connecting && (conversation.simultaneous || !world.listensAlways(endpoint.other().host));
            case ECONNRESET -> excused || oldReset;
            case ETIMEDOUT, EHOSTUNREACH -> connecting || excused;
            case EADDRINUSE, ENOBUFS -> connecting;
            default -> false;
        };
        if (!legal) {
            throw new Violation(endpoint + " fails with " + errno + " for no reason");
        }
    }
}
