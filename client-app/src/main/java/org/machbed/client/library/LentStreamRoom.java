package org.machbed.client.library;

import org.machbed.client.lending.Loan;
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.socket.ReservedRoom;

/** Room in the ring that a stream is sent from. */
final class LentStreamRoom extends Loan {
    private final LibraryHost host;
    private final ReservedRoom room;
    private boolean taken;

    LentStreamRoom(LibraryHost host, ReservedRoom room) {
        super(room.memory(), DatagramHeader.NONE);
        this.host = host;
        this.room = room;
    }

    /** The room, for who sends what is in it. With the library's lock. */
    ReservedRoom room() {
        return room;
    }

    /** It was sent. With the library's lock. */
    void take() {
        taken = true;
        host.lent().takeBack();
    }

    @Override
    protected void giveBack() {
        if (!taken) {
            host.lock();
            try {
                room.giveBack(host.nowNs());
                take();
            } finally {
                host.leave();
            }
        }
    }
}
