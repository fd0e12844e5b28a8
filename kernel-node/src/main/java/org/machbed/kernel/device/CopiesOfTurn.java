package org.machbed.kernel.device;

import org.machbed.ipc.process.Crossings;

/** What was copied in a turn, counted at its end: an atomic addition for each frame would wait for the frame's stores. One thread at a time. */
final class CopiesOfTurn {
    private long copies;
    private long bytes;

    boolean isEmpty() {
        return copies == 0;
    }

    void add(int copiedBytes) {
        copies++;
        bytes += copiedBytes;
    }

    /** Counts them, and begins anew. */
    void count(Crossings crossings) {
        if (!isEmpty()) {
            crossings.copies(copies, bytes);
            copies = 0;
            bytes = 0;
        }
    }
}
