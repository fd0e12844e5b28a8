package org.machbed.netstack.arp;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** IPv4 packets that wait for one neighbour's station, bounded in bytes, oldest first (RFC 1122 section 2.3.2.2). */
final class WaitingPackets {
    /** One datagram of the largest size, in fragments of 1,500 bytes and more. */
    static final int CAPACITY_BYTES = 128 * 1024;

    private static final int OVERHEAD_BYTES = 64;

    private final ArrayDeque<byte[]> packets = new ArrayDeque<>(1);
    private int bytes;

    /** Keeps a copy of a packet and drops the oldest ones that it leaves no room for; answers how many. */
    int add(MemorySegment memory, long offset, int lengthBytes) {
        int dropped = 0;
        int needed = lengthBytes + OVERHEAD_BYTES;
        while (bytes + needed > CAPACITY_BYTES && poll() != null) {
            dropped++;
        }
        byte[] copy = new byte[lengthBytes];
        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, offset, copy, 0, lengthBytes);
        packets.add(copy);
        bytes += needed;
        return dropped;
    }

    /** The oldest packet, taken out, or {@code null} when none is left. */
    byte @Nullable [] poll() {
        byte[] oldest = packets.poll();
        if (oldest != null) {
            bytes -= oldest.length + OVERHEAD_BYTES;
        }
        return oldest;
    }

    /** Drops those that something is so of; answers how many. */
    int removeIf(Predicate<byte[]> condition) {
        int before = packets.size();
        packets.removeIf(packet -> {
            boolean removed = condition.test(packet);
            bytes -= removed ? packet.length + OVERHEAD_BYTES : 0;
            return removed;
        });
        return before - packets.size();
    }
}
