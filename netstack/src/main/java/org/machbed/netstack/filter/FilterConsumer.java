package org.machbed.netstack.filter;

import java.lang.foreign.MemorySegment;

/** Takes the frames that a {@link FilterTable} matched, once for each filter that matched. */
@FunctionalInterface
public interface FilterConsumer<T> {
    /**
     * A filter of {@code target} matched. The frame is {@code length} bytes of {@code frame} from {@code offset}, to be copied by
     * whoever keeps it beyond this call.
     */
    void onMatch(T target, MemorySegment frame, long offset, int length);
}
