package org.machbed.link.datagram;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Which socket's datagrams keep the frame of a loan, and where, so that a recall asks no other socket. Grows to the highest loan,
 * which is a place among those that the link has for kept frames. Guarded by the lock of the stack that the sockets are of.
 */
public final class LoanKeepers {
    private @Nullable KeptDatagrams[] keepers = {};
    private int[] places = {};

    void add(long loan, KeptDatagrams keeper, int place) {
        int index = Math.toIntExact(loan);
        if (index >= keepers.length) {
            int capacity = Math.max(KeptDatagrams.CAPACITY, Integer.highestOneBit(index) << 1);
            keepers = Arrays.copyOf(keepers, capacity);
            places = Arrays.copyOf(places, capacity);
        }
        keepers[index] = keeper;
        places[index] = place;
    }

    /** Forgets a loan that is given back or has ended. */
    void remove(long loan) {
        keepers[(int) loan] = null;
    }

    /** Who keeps the frame of a loan; {@code null} for nobody any more. */
    public @Nullable KeptDatagrams keeper(long loan) {
        return loan < keepers.length ? keepers[(int) loan] : null;
    }

    /** Where the keeper has it. */
    int place(long loan) {
        return places[(int) loan];
    }
}
