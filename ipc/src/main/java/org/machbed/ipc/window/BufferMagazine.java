package org.machbed.ipc.window;

/**
 * A few buffers that are taken out of a window's pools, or given back to them, at a time (Bonwick and Adams, Magazines and Vmem, 2001):
 * for a train of frames a pool is locked once and not once a frame. One thread at a time, which ends each turn by {@link #unload}, so that
 * no buffer stays here while nothing happens. No garbage.
 */
public final class BufferMagazine {
    private static final int MOST_ROUNDS = 32;

    /** Of this many buffers of the window one may be here: a window of long frames has few. */
    private static final int BUFFERS_PER_ROUND = 8;

    private final BufferPools pools;
    private final int[] rounds;
    private int count;

    /** How many to take the next time: one for the first frame of a turn, more when others follow. */
    private int load = 1;

    public BufferMagazine(BufferPools pools) {
        this.pools = pools;
        rounds = new int[Math.clamp(pools.buffers() / BUFFERS_PER_ROUND, 1, MOST_ROUNDS)];
    }

    /**
     * Takes a free buffer, without waiting.
     *
     * @return its number, or {@link BufferPools#NONE}
     */
    public int allocate() {
        if (count == 0) {
            count = pools.allocate(rounds, load);
            load = Math.min(load + count, rounds.length);
        }
        return count == 0 ? BufferPools.NONE : rounds[--count];
    }

    /** Gives a buffer back, by the end of the turn. */
    public void free(int buffer) {
        if (count == rounds.length) {
            giveBack();
        }
        rounds[count++] = buffer;
    }

    /** Ends a turn: gives what is here to the pools. */
    public void unload() {
        load = 1;
        if (count != 0) {
            giveBack();
        }
    }

    private void giveBack() {
        int given = count;
        count = 0;
        pools.free(rounds, given);
    }
}
