package org.machbed.kernel.port;

import java.util.ArrayDeque;
import java.util.Deque;
import org.machbed.ipc.mach.MachCode;
import org.machbed.ipc.mach.MachLimits;
import org.machbed.kernel.port.NameSpace.Entry;
import org.machbed.kernel.port.PortCounters.Count;
import org.machbed.kernel.port.Waiting.BlockedSend;
import org.machbed.proto.mach.Message;
import org.machbed.proto.mach.TaskFrame;

/** Sending: refused, queued, or held back until the queue has room. Guarded by the relay's lock. */
final class Sends {
    /** Bytes of one task's messages that may wait in the kernel. */
    static final long MAX_QUEUED_BYTES = 16L << 20;

    private final Relay relay;

    /**
     * Ports whose held senders are still to be looked at. A list, not recursion: what a sender is let go on to do, such as the
     * receive combined with its send, makes room in turn, as often as tasks have calls that wait.
     */
    private final Deque<Port> roomy = new ArrayDeque<>();

    private boolean admitting;

    Sends(Relay relay) {
        this.relay = relay;
    }

    /** SEND of a task, alone or combined with a receive. */
    void send(Task task, TaskFrame frame) {
        MachCode code = check(task, frame);
        if (code != MachCode.KERN_SUCCESS) {
            refuse(task, frame, code);
            return;
        }
        Port destination = destination(task, frame.getMessage());
        if (mustWait(frame.getMessage(), destination)) {
            hold(task, frame, destination);
        } else {
            complete(task, frame, destination);
        }
    }

    private MachCode check(Task task, TaskFrame frame) {
        if (!frame.hasMessage()) {
            return MachCode.MACH_SEND_INVALID_DATA;
        }
        MachCode code = relay.copyIn.check(task, frame.getMessage());
        if (code == MachCode.KERN_SUCCESS && task.queuedBytes > MAX_QUEUED_BYTES) {
            return MachCode.MACH_SEND_NO_BUFFER;
        }
        return code;
    }

    /** The destination of a message that has passed the check. */
    private static Port destination(Task task, Message message) {
        Entry entry = task.space.find(message.getDestination());
        if (entry == null) {
            throw new IllegalStateException("destination vanished after its check");
        }
        return entry.requirePort();
    }

    private static boolean mustWait(Message message, Port destination) {
        return switch (message.getDestinationDisposition()) {
            // A send-once right is a promise that there is room for one message.
            case MOVE_SEND_ONCE, MAKE_SEND_ONCE -> false;
            default -> destination.full();
        };
    }

    private void hold(Task task, TaskFrame frame, Port destination) {
        if (frame.getNoWait() || frame.getDrop() || frame.getCall() == 0) {
            refuse(task, frame, MachCode.MACH_SEND_TIMED_OUT);
            return;
        }
        if (task.waiting.size() >= MachLimits.MAX_CALLS || task.waiting.containsKey(frame.getCall())) {
            refuse(task, frame, MachCode.KERN_RESOURCE_SHORTAGE);
            return;
        }
        relay.counters.count(Count.BLOCKED_SENDS);
        BlockedSend blocked = new BlockedSend(task, frame.getCall(), frame, destination);
        task.queuedBytes += blocked.bytes();
        task.waiting.put(frame.getCall(), blocked);
        destination.blockedSenders.addLast(blocked);
    }

    private void complete(Task task, TaskFrame frame, Port destination) {
        Message message = frame.getMessage();
        boolean circular = message.getRightsCount() > 0 && relay.copyIn.circular(task, message, destination);
        TransitMessage taken = relay.copyIn.take(task, message, destination);
        if (circular) {
            // As in Mach: the sender has succeeded, and nobody will ever receive it.
            relay.rights.destroyMessage(taken);
        } else {
            relay.delivery.send(taken);
        }
        afterSend(task, frame);
    }

    private void afterSend(Task task, TaskFrame frame) {
        if (frame.getName() != 0) {
            relay.receives.receive(task, frame);
        } else if (frame.getCall() != 0) {
            relay.answer(task, frame.getCall(), MachCode.KERN_SUCCESS);
        }
    }

    private void refuse(Task task, TaskFrame frame, MachCode code) {
        if (frame.getDrop() || frame.getCall() == 0) {
            relay.counters.count(Count.DROPPED_POSTS);
            relay.copyIn.discard(task, frame.getMessage());
            if (frame.getCall() != 0) {
                afterSend(task, frame);
            }
        } else {
            relay.answer(task, frame.getCall(), code);
        }
    }

    /** The queue has room again: lets held senders go on, in their order. */
    void admit(Port port) {
        if (port.blockedSenders.isEmpty()) {
            return;
        }
        roomy.add(port);
        if (admitting) {
            return;
        }
        admitting = true;
        try {
            for (Port next = roomy.poll(); next != null; next = roomy.poll()) {
                while (!next.blockedSenders.isEmpty() && next.queue.size() < next.queueLimit) {
                    unblock(next.blockedSenders.getFirst());
                }
            }
        } finally {
            admitting = false;
        }
    }

    /** Tries a held send again, as from the start: its sender's rights may have changed meanwhile. */
    void unblock(BlockedSend blocked) {
        withdraw(blocked);
        blocked.task().waiting.remove(blocked.call());
        MachCode code = check(blocked.task(), blocked.frame());
        if (code == MachCode.KERN_SUCCESS
                && destination(blocked.task(), blocked.frame().getMessage()) != blocked.port()) {
            code = MachCode.MACH_SEND_INVALID_DEST;
        }
        if (code == MachCode.KERN_SUCCESS) {
            complete(blocked.task(), blocked.frame(), blocked.port());
        } else {
            refuse(blocked.task(), blocked.frame(), code);
        }
    }

    /** Takes a held send back. */
    void withdraw(BlockedSend blocked) {
        blocked.port().blockedSenders.remove(blocked);
        blocked.task().queuedBytes -= blocked.bytes();
    }
}
