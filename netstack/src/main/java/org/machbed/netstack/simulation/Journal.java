package org.machbed.netstack.simulation;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/** What is heard of a world: by who listens, and in a digest that tells one run from another. */
final class Journal {
    private static final long FIRST_PRIME = 0x9E37_79B9_7F4A_7C15L;

    private final Timeline timeline;
    private final @Nullable SimulationListener listener;
    private long digest;

    Journal(Timeline timeline, @Nullable SimulationListener listener) {
        this.timeline = timeline;
        this.listener = listener;
    }

    /** Of all that was heard, and when. */
    long digest() {
        return digest;
    }

    /** Adds to the digest. */
    void mix(long value) {
        digest = Long.rotateLeft((digest ^ value ^ timeline.nowNs()) * FIRST_PRIME, 27);
    }

    /** Somebody does something. */
    void say(long atNs, String who, String what) {
        mix(what.hashCode());
        if (listener != null) {
            listener.onEvent(atNs, who, what);
        }
    }

    void sent(SimulatedHost host, MemorySegment memory, int length) {
        if (listener != null) {
            listener.onFrameSent(timeline.nowNs(), host.plan.stack().mac(), memory, length);
        }
        mix(host.number);
        mix(length);
        int headers = Math.min(length, 96) & ~7; // a checksum is among them, so the text is too
        for (int at = 0; at < headers; at += Long.BYTES) {
            mix(memory.get(ValueLayout.JAVA_LONG_UNALIGNED, at));
        }
    }

    void arrived(SimulatedHost host, MemorySegment memory, int length) {
        mix(~host.number);
        if (listener != null) {
            listener.onFrameArrived(timeline.nowNs(), host.plan.stack().mac(), memory, length);
        }
    }
}
