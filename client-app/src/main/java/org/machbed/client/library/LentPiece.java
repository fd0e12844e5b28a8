package org.machbed.client.library;

import org.machbed.client.lending.Loan;
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.socket.LentText;

/** A piece of a stream in the ring that it came to. */
final class LentPiece extends Loan {
    private final LibraryHost host;
    private final LentText text;

    LentPiece(LibraryHost host, LentText text) {
        super(text.memory(), DatagramHeader.NONE);
        this.host = host;
        this.text = text;
    }

    @Override
    protected void giveBack() {
        host.lock();
        try {
            text.giveBack(host.nowNs());
            host.lent().takeBack();
        } finally {
            host.leave();
        }
    }
}
