package org.machbed.client.library;

import org.machbed.client.lending.Loan;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.udp.UdpLayer;

/** Room for a datagram in the frame that it will leave in. */
final class LentRoom extends Loan {
    private final LibraryHost host;
    private final FrameBuffer frame;

    /** Whether the frame is the link's again. */
    private boolean taken;

    LentRoom(LibraryHost host, FrameBuffer frame, int bytes) {
        super(frame.memory.asSlice(frame.offset + UdpLayer.COMPOSED_OFFSET, bytes), DatagramHeader.NONE);
        this.host = host;
        this.frame = frame;
    }

    /** The frame, for who sends it. With the library's lock. */
    FrameBuffer take() {
        taken = true;
        host.lent().takeBack();
        return frame;
    }

    @Override
    protected void giveBack() {
        if (!taken) {
            host.lock();
            try {
                host.link().release(take());
            } finally {
                host.leave();
            }
        }
    }
}
