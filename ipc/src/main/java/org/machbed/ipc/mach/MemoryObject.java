package org.machbed.ipc.mach;

import java.lang.foreign.MemorySegment;

/**
 * Out-of-line memory received: mapped read-only when first asked for, unmapped and deleted when closed. One thread maps, reads
 * and closes it; another thread may close it if it was never mapped.
 */
public interface MemoryObject extends AutoCloseable {
    int lengthBytes();

    /**
     * The memory, mapped on the first call.
     *
     * @throws MachException MACH_RCV_INVALID_DATA when the sender has not made it as long as its message said
     */
    MemorySegment map() throws MachException;

    /** Unmaps and deletes; a second close is ignored. */
    @Override
    void close();
}
