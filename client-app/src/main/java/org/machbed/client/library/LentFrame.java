package org.machbed.client.library;

import java.lang.foreign.MemorySegment;
import org.machbed.client.lending.Loan;

/** A datagram in the frame that it came in. */
final class LentFrame extends Loan {
    private final LibraryHost host;
    private final long frame;

    /** @param frame as of {@link org.machbed.link.FrameLoans#keep} */
    LentFrame(LibraryHost host, long frame, MemorySegment data, long header) {
        super(data, header);
        this.host = host;
        this.frame = frame;
    }

    /** Without the library's lock, which the link needs not. */
    @Override
    protected void giveBack() {
        host.link().giveBack(frame);
        host.lent().takeBack();
    }
}
