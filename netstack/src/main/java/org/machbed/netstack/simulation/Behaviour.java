package org.machbed.netstack.simulation;

/**
 * What an application does with its connection.
 *
 * @param totalBytes of the stream that it sends
 * @param sendBytes of one call at most
 * @param receiveBytes of one call at most
 * @param sendsAfterBytes how much it receives before it sends
 * @param pauses how often it stops sending or receiving for a while, at most
 * @param pauseNs for how long at most
 * @param thinkNs how long it takes to react at most
 * @param ending how it ends
 * @param endsAtBytes sent and received, when it ends before its time
 * @param sendsEarly whether it sends before it is connected
 * @param urgency how likely a piece of text is urgent
 * @param fickleness how likely a call is followed by a change of options
 * @param keepAlive whether it trusts keep-alives to tell of a peer that is gone
 */
record Behaviour(
        int totalBytes,
        int sendBytes,
        int receiveBytes,
        int sendsAfterBytes,
        int pauses,
        long pauseNs,
        long thinkNs,
        Ending ending,
        int endsAtBytes,
        boolean sendsEarly,
        double urgency,
        double fickleness,
        boolean keepAlive) {
    private static final long MS = 1_000_000L;

    /** A stream takes no more calls than this. */
    private static final int CALLS = 500;

    private static final int LONGEST_BYTES = 400_000;

    /** And no more segments. */
    private static final int SEGMENTS = 500;

    enum Ending {
        /** Ends its stream when all is sent, receives the other's to its end, closes. */
        GRACEFUL,
        /** Closes when all is sent, whatever the other may still say. */
        CLOSE,
        /** Resets the connection in the middle of something. */
        ABORT,
        /** Closes in the middle of something. */
        ABANDON,
        /** Stops to receive in the middle of something, and ends gracefully. */
        DEAF
    }

    /** Whether it receives text where it lies, and composes where it is sent from: one in four does. */
    boolean lends() {
        return ((totalBytes ^ endsAtBytes) & 3) == 0;
    }

    /**
     * One of many.
     *
     * @param smallestMssBytes of both ends
     */
    static Behaviour of(Dice dice, int smallestMssBytes) {
        int most = Math.min(LONGEST_BYTES, SEGMENTS * smallestMssBytes);
        int total = dice.chance(0.15) ? 0 : dice.skewed(dice.chance(0.5) ? Math.min(most, 4096) : most);
        return new Behaviour(
                total,
                Math.max(total / CALLS, dice.skewed(40_000)),
                Math.max(most / CALLS, dice.skewed(40_000)),
                0,
                dice.chance(0.5) ? 0 : dice.below(8),
                dice.skewed(dice.chance(0.1) ? 200_000 * MS : 5_000 * MS),
                dice.chance(0.6) ? 0 : dice.skewed(20 * MS),
                ending(dice),
                dice.skewed(Math.max(1, total + total / 2)),
                dice.chance(0.1),
                dice.chance(0.1) ? 0.3 : 0,
                dice.chance(0.3) ? 0.1 : 0,
                dice.chance(0.2));
    }

    private static Ending ending(Dice dice) {
        int choice = dice.below(100);
        if (choice < 65) {
            return Ending.GRACEFUL;
        }
        return choice < 78 ? Ending.CLOSE : choice < 87 ? Ending.ABORT : choice < 92 ? Ending.ABANDON : Ending.DEAF;
    }

    /** The same, but it speaks when it is spoken to. */
    Behaviour after(int bytes) {
        return new Behaviour(
                totalBytes,
                sendBytes,
                receiveBytes,
                bytes,
                pauses,
                pauseNs,
                thinkNs,
                ending,
                endsAtBytes,
                sendsEarly,
                urgency,
                fickleness,
                keepAlive);
    }

    boolean endsEarly() {
        return ending == Ending.ABORT || ending == Ending.ABANDON || ending == Ending.DEAF;
    }
}
