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

    /**
     * Copies all of it to {@code target} from {@code offset}. A sender that shortens the file meanwhile makes this fail, where
     * an access through {@link #map} would fail with an {@link InternalError}.
     *
     * @throws MachException MACH_RCV_INVALID_DATA as {@link #map}
     */
    default void copyTo(MemorySegment target, long offset) throws MachException {
        MemorySegment source = map();
        try {
            MemorySegment.copy(source, 0, target, offset, lengthBytes());
        } catch (InternalError fault) {
            throw new MachException(MachCode.MACH_RCV_INVALID_DATA, "the memory object was cut short", fault);
        }
    }

    /** Unmaps and deletes; a second close is ignored. */
    @Override
    void close();
}
