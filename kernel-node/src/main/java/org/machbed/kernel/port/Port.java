package org.machbed.kernel.port;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A port: a message queue, and counts of the rights to it. Exactly one of these holds: a task or the kernel has the receive
 * right; the receive right is in a message ({@link #inTransitTo}); the port is dead. Guarded by the relay's lock.
 */
final class Port {
    /** Name space that holds the receive right. */
    @Nullable
    NameSpace receiver;

    /** The name of the receive right in {@link #receiver}. */
    int receiverName;

    /** The kernel's own code when the kernel holds the receive right. */
    @Nullable
    KernelPort kernelReceiver;

    /** Destination of the message that carries the receive right. */
    @Nullable
    Port inTransitTo;

    boolean dead;

    /** Set that the receive right is a member of. */
    @Nullable
    PortSet set;

    final int queueLimit;
    final Deque<TransitMessage> queue = new ArrayDeque<>(4);

    /** Senders waiting for room, first come first served. */
    final Deque<Waiting.BlockedSend> blockedSenders = new ArrayDeque<>(1);

    /** Receives posted on this port itself, first come first served; empty while it is in a set. */
    final Deque<Waiting.Receive> receives = new ArrayDeque<>(1);

    /** Send rights: one per name space that has any, one per message that carries or travels on one, the kernel's own. */
    int sendRights;

    /** Send rights ever made from the present receive right (mscount). */
    int makeSendCount;

    /** Where the no-senders notification goes: a send-once right. */
    @Nullable
    Port noSendersNotify;

    final List<DeadNameRequest> deadNameRequests = new ArrayList<>(1);

    /** Send rights of the kernel that want to know of this port's death. */
    final List<SendRight> watchers = new ArrayList<>(0);

    Port(int queueLimit) {
        this.queueLimit = queueLimit;
    }

    /** Whether a send right (not a send-once right, which always may) has to wait. */
    boolean full() {
        return kernelReceiver == null && (queue.size() >= queueLimit || !blockedSenders.isEmpty());
    }

    /**
     * Asks that {@code notifyPort}, a send-once right, be sent a dead-name notification when the right that {@code space} calls
     * {@code name} dies.
     */
    record DeadNameRequest(NameSpace space, int name, Port notifyPort) {}
}
