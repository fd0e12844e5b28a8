package org.machbed.kernel.port;

import com.google.protobuf.ByteString;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.machbed.kernel.port.PortCounters.Count;

/** A send or send-once right that the kernel holds, to a port of a task. Any thread may use it. */
public final class SendRight {
    private final Relay relay;
    private final TransitRight right;
    /** Guarded by the relay's lock, as {@link #onDeath} is. */
    private boolean released;

    private @Nullable Runnable onDeath;

    SendRight(Relay relay, TransitRight right) {
        this.relay = relay;
        this.right = right;
        relay.locked(() -> {
            if (!right.port().dead) {
                right.port().watchers.add(this);
            }
            return right;
        });
    }

    /**
     * Sends a message in line, without waiting. A send-once right is used up by it.
     *
     * @return false when the port's queue is full or the port is dead: the caller drops the message and counts it
     */
    public boolean send(int id, ByteString body) {
        return relay.locked(() -> {
            Port port = right.port();
            boolean sendOnce = right.type() == TransitRight.Type.SEND_ONCE;
            if (released || port.dead || (!sendOnce && port.full())) {
                return false;
            }
            if (sendOnce) {
                forget();
            } else {
                port.sendRights++;
            }
            // Before the receiver can answer, so that whoever counts its answers finds this counted.
            relay.counters.count(Count.INDICATIONS);
            relay.delivery.send(new TransitMessage(port, sendOnce, null, id, body, List.of(), List.of(), null));
            return true;
        });
    }

    /** Whether it is good for one message only, after which nobody is told of the port's death. */
    public boolean isSendOnce() {
        return right.type() == TransitRight.Type.SEND_ONCE;
    }

    /** Whether both are rights to one port. */
    public boolean isToPortOf(SendRight other) {
        return right.port().equals(other.right.port());
    }

    /** What takes the messages that are sent with it, {@code null} when that is a task, in which the kernel cannot look, or nobody. */
    public @Nullable KernelMessageHandler kernelHandler() {
        return relay.locked(() -> {
            KernelPort kernelPort = right.port().kernelReceiver;
            return kernelPort == null || right.port().dead ? null : kernelPort.handler();
        });
    }

    public boolean isDead() {
        return relay.locked(() -> right.port().dead);
    }

    /**
     * Runs {@code action} once when the port dies, outside of all locks of this package; at once when it is dead already. One
     * action per right; a second call replaces the first.
     */
    public void onDeath(Runnable action) {
        relay.locked(() -> {
            if (right.port().dead) {
                relay.afterUnlock(action);
            } else {
                onDeath = action;
            }
            return right;
        });
    }

    /** The port has died; under the relay's lock. */
    void portDied() {
        if (onDeath != null && !released) {
            relay.afterUnlock(onDeath);
            onDeath = null;
        }
    }

    private void forget() {
        released = true;
        right.port().watchers.remove(this);
    }

    /** Gives the right up. A second call is ignored. */
    public void release() {
        relay.locked(() -> {
            if (!released) {
                forget();
                relay.rights.drop(right);
            }
            return right;
        });
    }
}
