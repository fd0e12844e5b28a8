package org.machbed.netstack;

import java.lang.foreign.MemorySegment;
import org.machbed.netstack.link.FrameOutput;
import org.machbed.netstack.socket.UdpSockets;

/** One host's protocols over one link. Single-threaded: the owner's lock guards it. */
@SuppressWarnings("DoNotCallSuggester")
public final class NetworkStack {
    private final StackCounters counters = new StackCounters();

    public NetworkStack(StackConfiguration configuration, FrameOutput output) {
        throw new UnsupportedOperationException(configuration + " " + output);
    }

    /**
     * A frame came from the link.
     *
     * @param memory where it lies, valid during the call only
     * @param offset of its Ethernet header
     * @param length of header and data, without frame check sequence
     * @param nowNs the time, on any monotonic clock, always the same
     */
    public void onFrame(MemorySegment memory, long offset, int length, long nowNs) {
        throw new UnsupportedOperationException();
    }

    /** {@link #nextDeadlineNs} may have come: does what is due. */
    public void onTimer(long nowNs) {
        throw new UnsupportedOperationException();
    }

    /**
     * When {@link #onTimer} wants to be called, {@link Long#MAX_VALUE} for never and {@link Long#MIN_VALUE} for at once. Any
     * call into the stack may change it.
     */
    public long nextDeadlineNs() {
        throw new UnsupportedOperationException();
    }

    public UdpSockets udp() {
        throw new UnsupportedOperationException();
    }

    public StackCounters counters() {
        return counters;
    }
}
