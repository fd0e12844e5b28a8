package org.machbed.client.session;

import java.util.concurrent.atomic.AtomicIntegerArray;
import org.machbed.ipc.window.BufferPools;
import org.machbed.ipc.window.Window;
import org.machbed.link.FrameLoans;

/**
 * Buffers of a window that stay with whoever was handed the frame in them. One in four is not for keeping, so that the kernel finds
 * buffers however long datagrams lie unread; that is why none is ever asked back.
 */
final class WindowLoans {
    /** Of this many buffers one is not for keeping. */
    private static final int BUFFERS_PER_SPARE = 4;

    private final BufferPools pools;
    private final int spareBuffers;

    /** 1 where a buffer is kept: a buffer that is given back twice could be somebody else's by then. */
    private final AtomicIntegerArray kept;

    WindowLoans(Window window) {
        pools = window.pools();
        spareBuffers = Math.max(1, window.configuration().buffers() / BUFFERS_PER_SPARE);
        kept = new AtomicIntegerArray(window.configuration().buffers());
    }

    /** Keeps a buffer; answers it, or {@link FrameLoans#NONE} when the kernel needs it back. */
    long keep(int buffer) {
        if (pools.freeBuffers() < spareBuffers || !kept.compareAndSet(buffer, 0, 1)) {
            return FrameLoans.NONE;
        }
        return buffer;
    }

    void giveBack(long loan) {
        int buffer = (int) loan;
        if (loan < 0 || loan >= kept.length() || !kept.compareAndSet(buffer, 1, 0)) {
            throw new IllegalArgumentException("frame " + loan + " is not on loan");
        }
        pools.free(buffer);
    }
}
