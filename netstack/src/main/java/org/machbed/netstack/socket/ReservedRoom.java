package org.machbed.netstack.socket;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.tcp.TcpConnection;

/**
 * Room in the memory that a connection sends from, in which what is sent next is composed. It ends with {@link TcpSocket#commit} or {@link
 * #giveBack}; until then nobody else touches it, whatever becomes of connection and socket. Guarded by the lock of the stack's owner.
 */
public final class ReservedRoom {
    private final TcpSockets sockets;
    private final MemorySegment memory;
    private @Nullable TcpConnection connection;

    ReservedRoom(TcpSockets sockets, TcpConnection connection, MemorySegment memory) {
        this.sockets = sockets;
        this.connection = connection;
        this.memory = memory;
    }

    /** The room, of any content. */
    public MemorySegment memory() {
        return memory;
    }

    /** Whether it is in the memory of this connection, and has not ended. */
    boolean isOf(TcpConnection sender) {
        return sender.equals(connection);
    }

    /** Sends its first octets; answers whether they were taken. It has ended then in any case. */
    boolean commit(int bytes, long nowNs) {
        TcpConnection of = connection;
        connection = null;
        return of != null && of.commit(bytes, nowNs);
    }

    /** Leaves no trace. Once; what has ended is ignored. */
    public void giveBack(long nowNs) {
        if (connection != null) {
            boolean _ = commit(0, nowNs);
            sockets.afterCall(nowNs);
        }
    }
}
