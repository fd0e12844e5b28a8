package org.machbed.netstack.tcp;

import org.jspecify.annotations.Nullable;

/** What happened to a connection and its user has not been told: told once nothing in the stack is half done any more. */
final class PendingEvents {
    static final int CONNECTED = 1;
    static final int READABLE = 2;
    static final int WRITABLE = 4;
    static final int CLOSED = 8;
    static final int URGENT = 16;

    private final TcpConnection c;
    private @Nullable ConnectionEvents listener;
    private int bits;

    PendingEvents(TcpConnection connection) {
        this.c = connection;
    }

    void listener(@Nullable ConnectionEvents told) {
        listener = told;
    }

    void raise(int events) {
        if (bits == 0) {
            c.layer.hasEvents(c);
        }
        bits |= events;
    }

    /** The listener may go, or others come, with any of them. */
    void tell() {
        int events = bits;
        bits = 0;
        if ((events & CONNECTED) != 0 && listener != null) {
            listener.onConnected();
        }
        if ((events & URGENT) != 0 && listener != null) {
            listener.onUrgent();
        }
        if ((events & READABLE) != 0 && listener != null) {
            listener.onReadable();
        }
        if ((events & WRITABLE) != 0 && listener != null) {
            listener.onWritable();
        }
        if ((events & CLOSED) != 0 && listener != null) {
            listener.onClosed(c.error());
        }
    }
}
