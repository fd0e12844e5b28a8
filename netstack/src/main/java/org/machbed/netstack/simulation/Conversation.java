package org.machbed.netstack.simulation;

/** Two applications that talk to each other, and the ports by which the network knows them. */
final class Conversation {
    final int number;

    /** Whether both connect, each to the port that the other is bound to (RFC 9293 section 3.5, figure 8). */
    final boolean simultaneous;

    private final boolean risksCookies;
    final Endpoint first;
    final Endpoint second;

    Conversation(World world, int number, SimulatedHost a, SimulatedHost b, boolean simultaneous, Dice dice) {
        this.number = number;
        this.simultaneous = simultaneous;
        risksCookies = !simultaneous && world.sendsCookies(b);
        int mss = Math.min(a.plan.mtuBytes(), b.plan.mtuBytes()) - 40;
        Behaviour one = Behaviour.of(dice, mss);
        Behaviour other = Behaviour.of(dice, mss);
        if (dice.chance(0.3)) { // a question and its answer
            other = other.after(dice.below(one.totalBytes() + 1));
        }
        first = new Endpoint(world, this, "first", a, one, dice.split());
        second = new Endpoint(world, this, "second", b, other, dice.split());
        first.other(second);
        second.other(first);
    }

    /**
     * Whether its server may answer by a cookie. Then the first segment that arrives from the client must be the one that brings the
     * cookie back; another one, which came before it, is answered by a reset (RFC 4987 section 3.6 keeps no state to do better by).
     */
    boolean risksCookies() {
        return risksCookies;
    }

    /**
     * Whether old segments may bring its connection back to life at the server: an old cookie, or, where the clock of initial
     * sequence numbers is slower than the network, an old acknowledgment of the number that is chosen again.
     */
    boolean mayHaunt() {
        return risksCookies || !outrunsOldSegments();
    }

    /**
     * Whether its sequence numbers lie beyond those of every conversation between the same ports before. A clock of 4 microseconds
     * (RFC 9293 section 3.4.1) does not see to that in a fast network when a reset ended TIME-WAIT too soon (RFC 1337); then the old
     * segments must have gone first.
     */
    boolean outrunsOldSegments() {
        return first.host.plan.stack().tcp().initialSequences() != null
                && second.host.plan.stack().tcp().initialSequences() != null;
    }

    /** Whether both applications are done with it. */
    boolean isOver() {
        return first.isOver() && (second.isOver() || (!second.hasBegun() && (first.broke() || second.broke())));
    }

    /** Whether both had from it what they wanted. */
    boolean wentWell() {
        return isOver() && !first.broke() && !second.broke();
    }

    @Override
    public String toString() {
        return "conversation " + number;
    }
}
