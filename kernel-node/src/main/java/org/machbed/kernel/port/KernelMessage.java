package org.machbed.kernel.port;

import com.google.protobuf.ByteString;
import java.util.List;
import org.machbed.ipc.mach.MemoryObject;

/**
 * A message that a task sent to a {@link KernelPort}. {@link #reply} may come later and from any thread; everything else is for
 * one thread. Closing it releases the rights that were not taken, deletes the regions, and lets go of the reply right, of which
 * a waiting client is told.
 */
public final class KernelMessage implements AutoCloseable {
    KernelMessage() {}

    /** The task that sent it. */
    public int senderTask() {
        return Unbuilt.yet(Integer.class);
    }

    public int id() {
        return Unbuilt.yet(Integer.class);
    }

    /** In-line data. */
    public ByteString body() {
        return Unbuilt.yet(ByteString.class);
    }

    /** Out-of-line memory; mapped on access, unmapped and deleted by {@link #close}. */
    public List<MemoryObject> regions() {
        return List.of(Unbuilt.yet(MemoryObject.class));
    }

    /** Send (or send-once) rights in the message. */
    public int rightCount() {
        return Unbuilt.yet(Integer.class);
    }

    /**
     * Takes the right at {@code index} out of the message, for the kernel to keep.
     *
     * @throws IllegalStateException when there is none, it was taken, or it is a receive right
     */
    public SendRight takeRight(int index) {
        return Unbuilt.yet(SendRight.class);
    }

    /** Whether the sender waits for a reply. */
    public boolean hasReplyPort() {
        return Unbuilt.yet(Boolean.class);
    }

    /**
     * Replies; once at most.
     *
     * @return false when the client is gone, did not want a reply, or had one
     */
    public boolean reply(int id, ByteString body) {
        return Unbuilt.yet(Boolean.class);
    }

    /** Replies with a send right made from {@code right} in the message's first port descriptor. */
    public boolean reply(int id, ByteString body, KernelPort right) {
        return Unbuilt.yet(Boolean.class);
    }

    @Override
    public void close() {
        Unbuilt.yet(Void.class);
    }
}
