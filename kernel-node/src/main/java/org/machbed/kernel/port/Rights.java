package org.machbed.kernel.port;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.machbed.ipc.mach.MachCode;
import org.machbed.ipc.mach.Notification;
import org.machbed.kernel.port.NameSpace.Entry;
import org.machbed.kernel.port.Port.DeadNameRequest;
import org.machbed.proto.mach.Region;

/**
 * How rights end, and who is told: no-senders, dead-name, port-deleted and send-once notifications, and the death of ports.
 * Guarded by the relay's lock.
 */
final class Rights {
    private final Relay relay;

    /** Ports whose death is still to be worked out. A list, not recursion: messages nest ports as deep as a task likes. */
    private final Deque<Port> dying = new ArrayDeque<>();

    private boolean burying;

    Rights(Relay relay) {
        this.relay = relay;
    }

    /** One send right to the port is gone. */
    void dropSend(Port port) {
        port.sendRights--;
        if (port.sendRights == 0 && !port.dead) {
            noSenders(port);
        }
    }

    /** Tells whoever asked that no send right is left. */
    void noSenders(Port port) {
        Port notify = port.noSendersNotify;
        if (notify != null) {
            port.noSendersNotify = null;
            relay.delivery.notify(notify, Notification.NO_SENDERS, Notification.body(port.makeSendCount));
        }
        KernelPort kernelPort = port.kernelReceiver;
        if (kernelPort != null) {
            relay.afterUnlock(() -> kernelPort.handler().onNoSenders(kernelPort));
        }
    }

    /** A send-once right is let go of unused: its receiver, who counted on exactly one message, gets one that says so. */
    void dropSendOnce(Port port) {
        if (!port.dead) {
            relay.delivery.notify(port, Notification.SEND_ONCE, Relay.NO_BODY);
        }
    }

    void drop(TransitRight right) {
        switch (right.type()) {
            case SEND -> dropSend(right.port());
            case SEND_ONCE -> dropSendOnce(right.port());
            case RECEIVE -> destroyPort(right.port());
        }
    }

    /** A message will not be received: lets go of all that it owns, its destination right included. */
    void destroyMessage(TransitMessage message) {
        dropDestination(message, true);
        destroyContents(message);
    }

    /** Lets go of the reply right, the rights and the regions. */
    void destroyContents(TransitMessage message) {
        if (message.reply() != null) {
            drop(message.reply());
        }
        for (TransitRight right : message.rights()) {
            drop(right);
        }
        for (Region region : message.regions()) {
            relay.objects.delete(region.getObject());
        }
    }

    /** The right that a message travelled on is used up, or let go of when {@code unused}. */
    void dropDestination(TransitMessage message, boolean unused) {
        if (!message.sendOnce()) {
            dropSend(message.destination());
        } else if (unused) {
            dropSendOnce(message.destination());
        }
    }

    /** The port dies: its messages are destroyed, whoever waits on it is told, rights to it become dead names. */
    void destroyPort(Port port) {
        if (port.dead) {
            return;
        }
        port.dead = true;
        dying.add(port);
        if (burying) {
            return;
        }
        burying = true;
        try {
            for (Port next = dying.poll(); next != null; next = dying.poll()) {
                bury(next);
            }
        } finally {
            burying = false;
        }
    }

    private void bury(Port port) {
        port.receiver = null;
        port.kernelReceiver = null;
        port.inTransitTo = null;
        if (port.set != null) {
            port.set.remove(port);
        }
        relay.delivery.endReceives(port.receives, MachCode.MACH_RCV_PORT_DIED);
        for (Waiting.BlockedSend blocked : List.copyOf(port.blockedSenders)) {
            relay.sends.unblock(blocked);
        }
        for (TransitMessage message = port.queue.poll(); message != null; message = port.queue.poll()) {
            relay.delivery.dequeued(message);
            destroyMessage(message);
        }
        Port notify = port.noSendersNotify;
        if (notify != null) {
            port.noSendersNotify = null;
            dropSendOnce(notify);
        }
        for (DeadNameRequest request : List.copyOf(port.deadNameRequests)) {
            fireDeadName(request);
        }
        port.deadNameRequests.clear();
        relay.directory.portDied(port);
        for (SendRight watcher : port.watchers) {
            watcher.portDied();
        }
        port.watchers.clear();
    }

    private void fireDeadName(DeadNameRequest request) {
        Entry entry = request.space().find(request.name());
        if (entry != null) {
            entry.deadNameRequest = null;
            // The notification carries a reference to the dead name, so that the name is not reused before it is read.
            entry.deadReferences++;
        }
        relay.delivery.notify(request.notifyPort(), Notification.DEAD_NAME, Notification.body(request.name()));
    }

    /** Takes a dead-name request back because its name goes away; the notification port learns that. */
    void cancelDeadNameRequest(Entry entry, boolean tell) {
        DeadNameRequest request = entry.deadNameRequest;
        if (request == null) {
            return;
        }
        entry.deadNameRequest = null;
        if (entry.port != null) {
            entry.port.deadNameRequests.remove(request);
        }
        if (tell) {
            relay.delivery.notify(request.notifyPort(), Notification.PORT_DELETED, Notification.body(request.name()));
        }
    }

    /** Takes {@code count} user references of a send right away; the entry goes with the last right in it. */
    void releaseSend(NameSpace space, Entry entry, int count) {
        entry.sendReferences -= count;
        if (entry.sendReferences == 0) {
            Port port = entry.requirePort();
            freeIfEmpty(space, entry);
            dropSend(port);
        }
    }

    /** The entry's send-once right leaves the space: with a message, or unused. */
    void releaseSendOnce(NameSpace space, Entry entry, boolean unused) {
        Port port = entry.requirePort();
        entry.sendOnce = false;
        cancelDeadNameRequest(entry, true);
        // The entry is not in the space's index of ports, which is for send and receive rights.
        entry.port = null;
        space.free(entry);
        if (unused) {
            dropSendOnce(port);
        }
    }

    void releaseDeadName(NameSpace space, Entry entry, int count) {
        entry.deadReferences -= count;
        freeIfEmpty(space, entry);
    }

    /** The receive right in the entry is given up: the port dies, and send rights under the name become a dead name. */
    void releaseReceive(NameSpace space, Entry entry) {
        Port port = entry.requirePort();
        entry.receive = false;
        destroyPort(port);
        if (space.find(entry.name) == entry) {
            freeIfEmpty(space, entry);
        }
    }

    void releaseSet(NameSpace space, Entry entry, PortSet set) {
        for (Port member : new ArrayList<>(set.members)) {
            set.remove(member);
        }
        relay.delivery.endReceives(set.receives, MachCode.MACH_RCV_PORT_DIED);
        space.free(entry);
    }

    /** Gives up everything that the entry denotes. */
    void releaseAll(NameSpace space, Entry entry) {
        if (entry.set != null) {
            releaseSet(space, entry, entry.set);
            return;
        }
        if (entry.sendOnce) {
            releaseSendOnce(space, entry, true);
            return;
        }
        int name = entry.name;
        if (entry.receive) {
            releaseReceive(space, entry);
        }
        if (space.find(name) == entry && entry.sendReferences > 0) {
            releaseSend(space, entry, entry.sendReferences);
        }
        if (space.find(name) == entry && entry.deadReferences > 0) {
            releaseDeadName(space, entry, entry.deadReferences);
        }
    }

    void freeIfEmpty(NameSpace space, Entry entry) {
        if (entry.denotesNothing()) {
            cancelDeadNameRequest(entry, true);
            space.free(entry);
        }
    }
}
