package org.machbed.server.udp;

import java.lang.foreign.MemorySegment;
import org.machbed.server.driver.FrameOwner;

/** The frame that the stack is looking at, so that a socket can keep it instead of copying out of it. Guarded by the stack's lock. */
final class ArrivingFrame {
    private MemorySegment memory = MemorySegment.NULL;
    private int lengthBytes;
    private FrameOwner owner = FrameOwner.TRANSIENT;
    private long cookie;
    private boolean isKept;

    void begin(MemorySegment memory, int lengthBytes, FrameOwner owner, long cookie) {
        this.memory = memory;
        this.lengthBytes = lengthBytes;
        this.owner = owner;
        this.cookie = cookie;
        isKept = false;
    }

    /** Gives the frame back unless somebody keeps it. */
    void end() {
        if (!isKept) {
            owner.free(cookie);
        }
        memory = MemorySegment.NULL;
        owner = FrameOwner.TRANSIENT;
        isKept = true;
    }

    /**
     * Keeps the frame when that is where {@code data} lies and it is nobody else's yet; whoever keeps it frees it.
     *
     * @return the frame's length in bytes, or -1 when it cannot be kept
     */
    int keepIfHolds(MemorySegment data) {
        if (isKept || !owner.isLent() || !memory.equals(data)) {
            return -1;
        }
        isKept = true;
        return lengthBytes;
    }

    FrameOwner owner() {
        return owner;
    }

    long cookie() {
        return cookie;
    }
}
