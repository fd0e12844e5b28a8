package org.machbed.netstack.ipv4;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.BigEndian;
import org.machbed.netstack.StackCounter;

/**
 * Steps over the options of a header (RFC 791 section 3.1). They are looked at so that no malformed list and no unfinished
 * source route gets through; nothing that they ask for is done, but in echo replies.
 */
public final class Ipv4Options {
    public static final int END_OF_LIST = 0;
    public static final int NO_OPERATION = 1;
    public static final int RECORD_ROUTE = 7;
    public static final int TIMESTAMP = 68;
    private static final int LOOSE_SOURCE_ROUTE = 131;
    private static final int STRICT_SOURCE_ROUTE = 137;

    /** Of meaning after a refusal. */
    private int pointer;

    /** Why the packet is refused, or {@code null} when its options may be ignored (RFC 1122 section 3.2.1.8). */
    @Nullable
    StackCounter refusal(Ipv4Header header) {
        MemorySegment memory = header.memory();
        long end = header.dataOffset();
        long at = header.offset() + Ipv4Header.MINIMUM_BYTES;
        while (at < end) {
            int type = memory.get(BigEndian.BYTE, at) & 0xFF;
            if (type == END_OF_LIST) {
                return null;
            }
            if (type == NO_OPERATION) {
                at++;
                continue;
            }
            int length = at + 1 < end ? memory.get(BigEndian.BYTE, at + 1) & 0xFF : 0;
            pointer = (int) (at - header.offset());
            if (length < 2 || at + length > end) {
                return StackCounter.DROP_IPV4_OPTIONS;
            }
            if (type == LOOSE_SOURCE_ROUTE || type == STRICT_SOURCE_ROUTE) {
                if (length < 3) {
                    return StackCounter.DROP_IPV4_OPTIONS;
                }
                // The pointer, counted from 1, is beyond the option when the route has been travelled.
                if ((memory.get(BigEndian.BYTE, at + 2) & 0xFF) <= length) {
                    return StackCounter.DROP_IPV4_SOURCE_ROUTE;
                }
            }
            at += length;
        }
        return null;
    }

    /** The octet of the header where the option starts for which the packet was refused (RFC 792, parameter problem). */
    int pointer() {
        return pointer;
    }
}
