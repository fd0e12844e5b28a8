package org.machbed.netstack.session;

import java.lang.foreign.MemorySegment;

/** Takes the frames that a {@link SessionTable} matched. */
@FunctionalInterface
public interface SessionConsumer<T> {
    /**
     * A frame is for the session of {@code target}: {@code lengthBytes} of {@code memory} from {@code offset}, to be copied by
     * whoever keeps it beyond this call. Sessions may be added, removed and replaced meanwhile, but no frame matched.
     */
    void onFrame(T target, MemorySegment memory, long offset, int lengthBytes);
}
