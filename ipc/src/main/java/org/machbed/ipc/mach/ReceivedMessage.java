package org.machbed.ipc.mach;

import com.google.protobuf.ByteString;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A message received; all names are in the receiver's name space. Closing it unmaps and deletes its regions; a message
 * without regions need not be closed.
 */
public final class ReceivedMessage implements AutoCloseable {
    private final PortName port;
    private final PortName replyPort;
    private final @Nullable Disposition replyDisposition;
    private final int id;
    private final ByteString body;
    private final List<PortRight> rights;
    private final List<MemoryObject> regions;

    ReceivedMessage(
            PortName port,
            PortName replyPort,
            @Nullable Disposition replyDisposition,
            int id,
            ByteString body,
            List<PortRight> rights,
            List<MemoryObject> regions) {
        this.port = port;
        this.replyPort = replyPort;
        this.replyDisposition = replyDisposition;
        this.id = id;
        this.body = body;
        this.rights = rights;
        this.regions = regions;
    }

    /** The receive right that the message came in on, also when it was received through a port set. */
    public PortName port() {
        return port;
    }

    /** The right to reply with; {@link PortName#NULL} when the sender gave none, {@link PortName#DEAD} when it died. */
    public PortName replyPort() {
        return replyPort;
    }

    /** MOVE_SEND_ONCE or MOVE_SEND as {@link #replyPort} is one or the other; {@code null} without reply port. */
    public @Nullable Disposition replyDisposition() {
        return replyDisposition;
    }

    public int id() {
        return id;
    }

    /** In-line data. */
    public ByteString body() {
        return body;
    }

    /** Port rights that came with the message, in the sender's order. */
    public List<PortRight> rights() {
        return rights;
    }

    /** Out-of-line memory that came with the message, in the sender's order. */
    public List<MemoryObject> regions() {
        return regions;
    }

    /** Unmaps and deletes all regions; a second close is ignored. */
    @Override
    public void close() {
        for (MemoryObject region : regions) {
            region.close();
        }
    }

    @Override
    public String toString() {
        return "message " + id + " on " + port + ", " + body.size() + " bytes, " + rights.size() + " rights, "
                + regions.size() + " regions";
    }
}
