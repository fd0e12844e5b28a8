package org.machbed.netstack.random;

import java.util.function.IntPredicate;

/** Chooses ports that strangers cannot guess (RFC 6056 section 3.3.2: a random one, then the next free one). */
public final class EphemeralPorts {
    /** RFC 6335 section 6: the dynamic ports are 49,152 to 65,535. */
    public static final int FIRST = 49_152;

    public static final int COUNT = 65_536 - FIRST;

    /** No port is free. */
    public static final int NONE = -1;

    private final KeyedRandom random;

    public EphemeralPorts(KeyedRandom random) {
        this.random = random;
    }

    /** A port that is not taken, or {@link #NONE}. */
    public int next(IntPredicate isTaken) {
        int start = random.nextInt(COUNT);
        for (int i = 0; i < COUNT; i++) {
            int port = FIRST + (start + i) % COUNT;
            if (!isTaken.test(port)) {
                return port;
            }
        }
        return NONE;
    }
}
