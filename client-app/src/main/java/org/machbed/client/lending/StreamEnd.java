package org.machbed.client.lending;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.machbed.netstack.socket.DatagramHeader;

/** The end of a stream in place of a piece of it. */
public final class StreamEnd extends Loan {
    public StreamEnd() {
        super(Arena.ofConfined(), MemorySegment.NULL, DatagramHeader.NONE);
    }

    @Override
    protected void giveBack() {
        // Nothing was lent.
    }
}
