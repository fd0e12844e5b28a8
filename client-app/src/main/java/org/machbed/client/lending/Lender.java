package org.machbed.client.lending;

/** A binding whose sockets lend their buffers: it has this beside them. */
public interface Lender {
    /** The same sockets, by the same descriptors. */
    LendingSockets lending();
}
