package org.machbed.netstack.socket;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.tcp.TcpConnection;

/**
 * Octets of a stream that were received where they lie, in the memory that the connection's ring is made of. They stay as they are until
 * {@link #giveBack}, whatever becomes of connection and socket. Guarded by the lock of the stack's owner.
 */
public final class LentText {
    /** What {@link TcpSocket#lend} answers when nothing will come any more. */
    public static final LentText END_OF_STREAM = new LentText(null, null, MemorySegment.ofArray(new byte[0]));

    private final @Nullable TcpSockets sockets;
    private final MemorySegment memory;
    private @Nullable TcpConnection connection;

    LentText(@Nullable TcpSockets sockets, @Nullable TcpConnection connection, MemorySegment memory) {
        this.sockets = sockets;
        this.connection = connection;
        this.memory = memory;
    }

    /** The octets, and nothing else. */
    public MemorySegment memory() {
        return memory;
    }

    /** Nobody looks at them any more: their room is the connection's again, and its peer's. Once; more often is ignored. */
    public void giveBack(long nowNs) {
        TcpConnection of = connection;
        if (of != null && sockets != null) {
            connection = null;
            of.endReceiveLoan(nowNs);
            sockets.afterCall(nowNs);
        }
    }
}
