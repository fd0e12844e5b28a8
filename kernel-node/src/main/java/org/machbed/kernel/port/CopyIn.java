package org.machbed.kernel.port;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.mach.MachCode;
import org.machbed.ipc.mach.MachLimits;
import org.machbed.kernel.port.NameSpace.Entry;
import org.machbed.proto.mach.Message;
import org.machbed.proto.mach.PortRight;
import org.machbed.proto.mach.Region;
import org.machbed.proto.mach.RightDisposition;

/**
 * Copyin: from names in the sender's space to rights that a message owns. First everything is checked, then everything is taken,
 * so that a refused message takes nothing. Guarded by the relay's lock.
 */
final class CopyIn {
    private static final int NULL_NAME = 0;
    private static final int DEAD_NAME = -1;

    private final Relay relay;

    CopyIn(Relay relay) {
        this.relay = relay;
    }

    /** Whether {@code task} may send this message: KERN_SUCCESS or why not. */
    MachCode check(Task task, Message message) {
        if (message.getBody().size() > MachLimits.MAX_BODY_BYTES
                || message.getRightsCount() > MachLimits.MAX_RIGHTS
                || message.getRegionsCount() > MachLimits.MAX_REGIONS) {
            return MachCode.MACH_SEND_TOO_LARGE;
        }
        MachCode code = checkDestination(task.space, message);
        if (code == MachCode.KERN_SUCCESS) {
            code = checkReply(task.space, message);
        }
        if (code == MachCode.KERN_SUCCESS) {
            code = checkRights(task.space, message);
        }
        return code == MachCode.KERN_SUCCESS && message.getRegionsCount() > 0 ? checkRegions(task, message) : code;
    }

    private MachCode checkDestination(NameSpace space, Message message) {
        Entry entry = space.find(message.getDestination());
        if (entry == null || entry.port == null) {
            return MachCode.MACH_SEND_INVALID_DEST;
        }
        return switch (message.getDestinationDisposition()) {
            case COPY_SEND, MOVE_SEND, MAKE_SEND, MAKE_SEND_ONCE, MOVE_SEND_ONCE ->
                allows(entry, message.getDestinationDisposition())
                        ? MachCode.KERN_SUCCESS
                        : MachCode.MACH_SEND_INVALID_DEST;
            case NONE, MOVE_RECEIVE, UNRECOGNIZED -> MachCode.MACH_SEND_INVALID_HEADER;
        };
    }

    private static MachCode checkReply(NameSpace space, Message message) {
        int name = message.getReply();
        RightDisposition disposition = message.getReplyDisposition();
        if (name == NULL_NAME || name == DEAD_NAME) {
            return disposition == RightDisposition.NONE ? MachCode.KERN_SUCCESS : MachCode.MACH_SEND_INVALID_REPLY;
        }
        Entry entry = space.find(name);
        if (entry == null || disposition == RightDisposition.MOVE_RECEIVE || !allows(entry, disposition)) {
            return MachCode.MACH_SEND_INVALID_REPLY;
        }
        if (name != message.getDestination()) {
            return MachCode.KERN_SUCCESS;
        }
        Uses uses = new Uses();
        uses.add(message.getDestinationDisposition());
        uses.add(disposition);
        return uses.fit(entry) ? MachCode.KERN_SUCCESS : MachCode.MACH_SEND_INVALID_REPLY;
    }

    private static MachCode checkRights(NameSpace space, Message message) {
        for (PortRight right : message.getRightsList()) {
            if (right.getDisposition() == RightDisposition.UNRECOGNIZED) {
                return MachCode.MACH_SEND_INVALID_TYPE;
            }
            if (right.getName() == NULL_NAME || right.getName() == DEAD_NAME) {
                continue;
            }
            if (right.getDisposition() == RightDisposition.NONE) {
                return MachCode.MACH_SEND_INVALID_TYPE;
            }
            Entry entry = space.find(right.getName());
            if (entry == null
                    || !allows(entry, right.getDisposition())
                    || !usesOf(right.getName(), message).fit(entry)) {
                return MachCode.MACH_SEND_INVALID_RIGHT;
            }
        }
        return MachCode.KERN_SUCCESS;
    }

    private MachCode checkRegions(Task task, Message message) {
        List<String> seen = new ArrayList<>(message.getRegionsCount());
        for (Region region : message.getRegionsList()) {
            if (Integer.compareUnsigned(region.getLengthBytes(), MachLimits.MAX_REGION_BYTES) > 0) {
                return MachCode.MACH_SEND_TOO_LARGE;
            }
            if (seen.contains(region.getObject()) || !relay.objects.mayGive(task, region.getObject())) {
                return MachCode.MACH_SEND_INVALID_MEMORY;
            }
            seen.add(region.getObject());
        }
        return relay.objects.full() ? MachCode.MACH_SEND_NO_BUFFER : MachCode.KERN_SUCCESS;
    }

    /** Whether the entry, on its own, has what the disposition takes. A dead name passes for a right that died. */
    private static boolean allows(Entry entry, RightDisposition disposition) {
        return switch (disposition) {
            case COPY_SEND, MOVE_SEND -> entry.sendReferences > 0 || entry.deadReferences > 0;
            case MOVE_SEND_ONCE -> entry.sendOnce || entry.deadReferences > 0;
            case MAKE_SEND, MAKE_SEND_ONCE, MOVE_RECEIVE -> entry.receive;
            case NONE, UNRECOGNIZED -> false;
        };
    }

    private static Uses usesOf(int name, Message message) {
        Uses uses = new Uses();
        if (message.getDestination() == name) {
            uses.add(message.getDestinationDisposition());
        }
        if (message.getReply() == name) {
            uses.add(message.getReplyDisposition());
        }
        for (PortRight right : message.getRightsList()) {
            if (right.getName() == name) {
                uses.add(right.getDisposition());
            }
        }
        return uses;
    }

    /** How one message uses one name, over all the places where it occurs. */
    private static final class Uses {
        private int times;
        private int moved;
        private int copied;
        private int made;
        private int movedReceive;
        private int movedOnce;

        void add(RightDisposition disposition) {
            times++;
            switch (disposition) {
                case MOVE_SEND -> moved++;
                case COPY_SEND -> copied++;
                case MAKE_SEND, MAKE_SEND_ONCE -> made++;
                case MOVE_RECEIVE -> movedReceive++;
                case MOVE_SEND_ONCE -> movedOnce++;
                case NONE, UNRECOGNIZED -> {}
            }
        }

        boolean fit(Entry entry) {
            if ((movedOnce > 0 && times > 1) || movedReceive > 1 || (movedReceive == 1 && made > 0)) {
                return false;
            }
            if (movedOnce == 1) {
                return true;
            }
            return moved + (copied > 0 ? 1 : 0) <= entry.sendReferences + entry.deadReferences;
        }
    }

    /**
     * Whether the message carries a receive right whose own queue the message would, through queues of ports in transit, end up
     * in: nobody could ever receive it.
     */
    boolean circular(Task task, Message message, Port destination) {
        for (PortRight right : message.getRightsList()) {
            if (right.getDisposition() == RightDisposition.MOVE_RECEIVE) {
                Entry entry = task.space.find(right.getName());
                Port carried = entry == null ? null : entry.port;
                for (Port port = destination; port != null && carried != null; port = port.inTransitTo) {
                    if (port == carried) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    /** Takes the rights of a message that {@link #check} has passed. */
    TransitMessage take(Task task, Message message, Port destination) {
        NameSpace space = task.space;
        TransitRight reply = takeRight(space, message.getReply(), message.getReplyDisposition(), destination);
        List<TransitRight> rights = List.of();
        if (message.getRightsCount() > 0) {
            rights = new ArrayList<>(message.getRightsCount());
            for (PortRight right : message.getRightsList()) {
                TransitRight taken = takeRight(space, right.getName(), right.getDisposition(), destination);
                rights.add(taken == null ? TransitRight.NULL : taken);
            }
        }
        for (Region region : message.getRegionsList()) {
            relay.objects.inMessage(region.getObject());
        }
        TransitRight travelsOn =
                takeRight(space, message.getDestination(), message.getDestinationDisposition(), destination);
        boolean sendOnce = travelsOn != null && travelsOn.type() == TransitRight.Type.SEND_ONCE;
        return new TransitMessage(
                destination,
                sendOnce,
                reply,
                message.getId(),
                message.getBody(),
                rights,
                message.getRegionsList(),
                task);
    }

    private @Nullable TransitRight takeRight(
            NameSpace space, int name, RightDisposition disposition, Port destination) {
        if (name == NULL_NAME || name == DEAD_NAME) {
            return null;
        }
        Entry entry = space.find(name);
        if (entry == null) {
            throw new IllegalStateException("name 0x" + Integer.toHexString(name) + " vanished between check and take");
        }
        Port port = entry.port;
        if (port == null) {
            if (disposition != RightDisposition.COPY_SEND) {
                relay.rights.releaseDeadName(space, entry, 1);
            }
            return TransitRight.DEAD;
        }
        return switch (disposition) {
            case COPY_SEND -> send(port, false);
            case MAKE_SEND -> send(port, true);
            case MAKE_SEND_ONCE -> new TransitRight(port, TransitRight.Type.SEND_ONCE);
            case MOVE_SEND -> {
                TransitRight right = send(port, false);
                relay.rights.releaseSend(space, entry, 1);
                yield right;
            }
            case MOVE_SEND_ONCE -> {
                relay.rights.releaseSendOnce(space, entry, false);
                yield new TransitRight(port, TransitRight.Type.SEND_ONCE);
            }
            case MOVE_RECEIVE -> takeReceive(space, entry, port, destination);
            case NONE, UNRECOGNIZED -> throw new IllegalStateException("unchecked disposition " + disposition);
        };
    }

    private static TransitRight send(Port port, boolean made) {
        port.sendRights++;
        if (made) {
            port.makeSendCount++;
        }
        return new TransitRight(port, TransitRight.Type.SEND);
    }

    private TransitRight takeReceive(NameSpace space, Entry entry, Port port, Port destination) {
        entry.receive = false;
        port.receiver = null;
        port.inTransitTo = destination;
        // The new receiver counts the rights that it makes itself.
        port.makeSendCount = 0;
        if (port.set != null) {
            port.set.remove(port);
        }
        relay.delivery.endReceives(port.receives, MachCode.MACH_RCV_PORT_DIED);
        relay.rights.freeIfEmpty(space, entry);
        return new TransitRight(port, TransitRight.Type.RECEIVE);
    }

    /** Lets go of what a dropped message would have moved. */
    void discard(Task task, Message message) {
        discardRight(task.space, message.getDestination(), message.getDestinationDisposition());
        discardRight(task.space, message.getReply(), message.getReplyDisposition());
        for (PortRight right : message.getRightsList()) {
            discardRight(task.space, right.getName(), right.getDisposition());
        }
        for (Region region : message.getRegionsList()) {
            if (relay.objects.mayGive(task, region.getObject())) {
                relay.objects.delete(region.getObject());
            }
        }
    }

    private void discardRight(NameSpace space, int name, RightDisposition disposition) {
        Entry entry = space.find(name);
        if (entry == null || !allows(entry, disposition)) {
            return;
        }
        switch (disposition) {
            case MOVE_SEND, MOVE_SEND_ONCE -> {
                if (entry.deadReferences > 0) {
                    relay.rights.releaseDeadName(space, entry, 1);
                } else if (entry.sendOnce) {
                    relay.rights.releaseSendOnce(space, entry, true);
                } else {
                    relay.rights.releaseSend(space, entry, 1);
                }
            }
            case MOVE_RECEIVE -> relay.rights.releaseReceive(space, entry);
            case COPY_SEND, MAKE_SEND, MAKE_SEND_ONCE, NONE, UNRECOGNIZED -> {}
        }
    }
}
