package org.machbed.kernel.port;

import com.google.protobuf.ByteString;

/** A send or send-once right that the kernel holds, to a port of a task. Any thread may use it. */
public final class SendRight {
    SendRight() {}

    /**
     * Sends a message in line, without waiting.
     *
     * @return false when the port's queue is full or the port is dead: the caller drops the message and counts it
     */
    public boolean send(int id, ByteString body) {
        return Unbuilt.yet(Boolean.class);
    }

    public boolean isDead() {
        return Unbuilt.yet(Boolean.class);
    }

    /**
     * Runs {@code action} once when the port dies, outside of all locks of this package; at once when it is dead already. One
     * action per right; a second call replaces the first.
     */
    public void onDeath(Runnable action) {
        Unbuilt.yet(Void.class);
    }

    /** Gives the right up. A second call is ignored. */
    public void release() {
        Unbuilt.yet(Void.class);
    }
}
