package org.machbed.kernel.port;

import org.jspecify.annotations.Nullable;
import org.machbed.kernel.port.NameSpace.Entry;
import org.machbed.kernel.port.PortCounters.Count;
import org.machbed.proto.mach.KernelFrame;
import org.machbed.proto.mach.Message;
import org.machbed.proto.mach.PortRight;
import org.machbed.proto.mach.Region;
import org.machbed.proto.mach.RightDisposition;

/** Copyout: from the rights that a message owns to names in the receiver's space. Guarded by the relay's lock. */
final class CopyOut {
    private static final int DEAD_NAME = -1;

    private final Relay relay;

    CopyOut(Relay relay) {
        this.relay = relay;
    }

    /** Moves the message's rights and regions to {@code task}; the destination right is left to the caller. */
    KernelFrame frame(Task task, int call, TransitMessage message) {
        Message.Builder copy = Message.newBuilder()
                .setDestination(message.destination().receiverName)
                .setId(message.id())
                .setBody(message.body());
        TransitRight reply = message.reply();
        if (reply != null) {
            copy.setReply(name(task, reply)).setReplyDisposition(disposition(reply));
        }
        for (int i = 0; i < message.rights().size(); i++) {
            TransitRight right = message.rights().get(i);
            copy.addRights(PortRight.newBuilder().setName(name(task, right)).setDisposition(disposition(right)));
        }
        for (Region region : message.regions()) {
            relay.objects.give(task, region.getObject());
            copy.addRegions(region);
        }
        boolean fromKernel = message.sender() == null;
        relay.countMessage(fromKernel);
        return KernelFrame.newBuilder().setCall(call).setMessage(copy).build();
    }

    private static RightDisposition disposition(TransitRight right) {
        return switch (right.type()) {
            case SEND -> RightDisposition.MOVE_SEND;
            case SEND_ONCE -> RightDisposition.MOVE_SEND_ONCE;
            case RECEIVE -> RightDisposition.MOVE_RECEIVE;
        };
    }

    /** Names the right in the task's space; a right that has no room there is let go of, and named 0. */
    int name(Task task, TransitRight right) {
        Port port = right.port();
        if (port.dead) {
            return right.equals(TransitRight.NULL) ? 0 : DEAD_NAME;
        }
        Entry entry = entry(task.space, right);
        if (entry == null) {
            relay.counters.count(Count.REFUSED_RIGHTS);
            relay.rights.drop(right);
            return 0;
        }
        switch (right.type()) {
            case SEND_ONCE -> {
                entry.sendOnce = true;
                entry.port = port;
            }
            case SEND -> {
                if (entry.sendReferences > 0) {
                    // The space counts as one holder of a send right, however many references it has.
                    port.sendRights--;
                }
                entry.sendReferences = Math.min(entry.sendReferences + 1, NameOperations.MAX_REFERENCES);
            }
            case RECEIVE -> {
                entry.receive = true;
                port.receiver = task.space;
                port.receiverName = entry.name;
                port.inTransitTo = null;
            }
        }
        return entry.name;
    }

    private static @Nullable Entry entry(NameSpace space, TransitRight right) {
        if (right.type() == TransitRight.Type.SEND_ONCE) {
            return space.allocate();
        }
        Entry entry = space.findPort(right.port());
        if (entry == null) {
            entry = space.allocate();
            if (entry != null) {
                space.bind(entry, right.port());
            }
        }
        return entry;
    }
}
