package org.machbed.netstack.arp;

import java.lang.foreign.MemorySegment;

/** Takes back packets that waited for an address which nobody answered for (RFC 1122 section 2.3.2.2). */
@FunctionalInterface
public interface UnresolvedListener {
    /**
     * A packet of ours will not be sent.
     *
     * @param memory where its IPv4 header is, at {@code offset}, valid during the call only
     */
    void onUnresolved(MemorySegment memory, long offset, int lengthBytes, long nowNs);
}
