package org.machbed.kernel.port;

import org.jspecify.annotations.Nullable;
import org.machbed.ipc.mach.MachCode;
import org.machbed.ipc.mach.MachLimits;
import org.machbed.ipc.mach.Notification;
import org.machbed.ipc.mach.NotificationType;
import org.machbed.ipc.mach.RightType;
import org.machbed.kernel.port.NameSpace.Entry;
import org.machbed.proto.mach.KernelFrame;
import org.machbed.proto.mach.TaskFrame;

/** What a task does to names of its own space (Mach's port manipulation calls). Guarded by the relay's lock. */
final class NameOperations {
    /** Most user references of one right (MACH_PORT_UREFS_MAX). */
    static final int MAX_REFERENCES = 65_535;

    private final Relay relay;

    NameOperations(Relay relay) {
        this.relay = relay;
    }

    void allocatePort(Task task, TaskFrame frame) {
        int limit = frame.getValue() == 0 ? MachLimits.DEFAULT_QUEUE_LIMIT : frame.getValue();
        if (limit < 1 || limit > MachLimits.MAX_QUEUE_LIMIT) {
            relay.answer(task, frame.getCall(), MachCode.KERN_INVALID_VALUE);
            return;
        }
        Entry entry = task.space.allocate();
        if (entry == null) {
            relay.answer(task, frame.getCall(), MachCode.KERN_NO_SPACE);
            return;
        }
        Port port = new Port(limit);
        port.receiver = task.space;
        port.receiverName = entry.name;
        entry.receive = true;
        task.space.bind(entry, port);
        relay.answerName(task, frame.getCall(), entry.name);
    }

    void allocatePortSet(Task task, TaskFrame frame) {
        Entry entry = task.space.allocate();
        if (entry == null) {
            relay.answer(task, frame.getCall(), MachCode.KERN_NO_SPACE);
            return;
        }
        entry.set = new PortSet();
        relay.answerName(task, frame.getCall(), entry.name);
    }

    MachCode moveMember(Task task, TaskFrame frame) {
        Entry entry = task.space.find(frame.getName());
        if (entry == null) {
            return MachCode.KERN_INVALID_NAME;
        }
        if (!entry.receive) {
            return MachCode.KERN_INVALID_RIGHT;
        }
        Port port = entry.requirePort();
        if (frame.getOtherName() == 0) {
            if (port.set == null) {
                return MachCode.KERN_NOT_IN_SET;
            }
            port.set.remove(port);
            return MachCode.KERN_SUCCESS;
        }
        Entry setEntry = task.space.find(frame.getOtherName());
        if (setEntry == null || setEntry.set == null) {
            return setEntry == null ? MachCode.KERN_INVALID_NAME : MachCode.KERN_INVALID_RIGHT;
        }
        if (port.set != null) {
            port.set.remove(port);
        }
        relay.delivery.endReceives(port.receives, MachCode.MACH_RCV_PORT_CHANGED);
        setEntry.set.add(port);
        relay.delivery.pump(null, setEntry.set);
        return MachCode.KERN_SUCCESS;
    }

    MachCode makeSend(Task task, TaskFrame frame) {
        Entry entry = task.space.find(frame.getName());
        if (entry == null) {
            return MachCode.KERN_INVALID_NAME;
        }
        if (!entry.receive) {
            return MachCode.KERN_INVALID_RIGHT;
        }
        if (entry.sendReferences >= MAX_REFERENCES) {
            return MachCode.KERN_UREFS_OVERFLOW;
        }
        Port port = entry.requirePort();
        if (entry.sendReferences == 0) {
            port.sendRights++;
        }
        port.makeSendCount++;
        entry.sendReferences++;
        return MachCode.KERN_SUCCESS;
    }

    MachCode deallocate(Task task, TaskFrame frame) {
        Entry entry = task.space.find(frame.getName());
        if (entry == null) {
            return MachCode.KERN_INVALID_NAME;
        }
        if (entry.sendReferences > 0) {
            relay.rights.releaseSend(task.space, entry, 1);
        } else if (entry.sendOnce) {
            relay.rights.releaseSendOnce(task.space, entry, true);
        } else if (entry.deadReferences > 0) {
            relay.rights.releaseDeadName(task.space, entry, 1);
        } else {
            return MachCode.KERN_INVALID_RIGHT;
        }
        return MachCode.KERN_SUCCESS;
    }

    MachCode destroy(Task task, TaskFrame frame) {
        Entry entry = task.space.find(frame.getName());
        if (entry == null) {
            return MachCode.KERN_INVALID_NAME;
        }
        relay.rights.releaseAll(task.space, entry);
        return MachCode.KERN_SUCCESS;
    }

    MachCode modifyReferences(Task task, TaskFrame frame) {
        Entry entry = task.space.find(frame.getName());
        RightType type = RightType.of(frame.getValue());
        if (entry == null) {
            return MachCode.KERN_INVALID_NAME;
        }
        if (type == null) {
            return MachCode.KERN_INVALID_VALUE;
        }
        int held = references(entry, type);
        if (held == 0) {
            return MachCode.KERN_INVALID_RIGHT;
        }
        int delta = frame.getDelta();
        if ((long) held + delta < 0) {
            return MachCode.KERN_INVALID_VALUE;
        }
        if (delta > 0) {
            return addReferences(entry, type, held, delta);
        }
        if (delta < 0) {
            removeReferences(task.space, entry, type, -delta);
        }
        return MachCode.KERN_SUCCESS;
    }

    private static int references(Entry entry, RightType type) {
        return switch (type) {
            case SEND -> entry.sendReferences;
            case DEAD_NAME -> entry.deadReferences;
            case RECEIVE -> entry.receive ? 1 : 0;
            case SEND_ONCE -> entry.sendOnce ? 1 : 0;
            case PORT_SET -> entry.set != null ? 1 : 0;
        };
    }

    private static MachCode addReferences(Entry entry, RightType type, int held, int delta) {
        if (type != RightType.SEND && type != RightType.DEAD_NAME) {
            return MachCode.KERN_INVALID_VALUE;
        }
        if (delta > MAX_REFERENCES - held) {
            return MachCode.KERN_UREFS_OVERFLOW;
        }
        if (type == RightType.SEND) {
            entry.sendReferences += delta;
        } else {
            entry.deadReferences += delta;
        }
        return MachCode.KERN_SUCCESS;
    }

    private void removeReferences(NameSpace space, Entry entry, RightType type, int count) {
        switch (type) {
            case SEND -> relay.rights.releaseSend(space, entry, count);
            case DEAD_NAME -> relay.rights.releaseDeadName(space, entry, count);
            case RECEIVE -> relay.rights.releaseReceive(space, entry);
            case SEND_ONCE -> relay.rights.releaseSendOnce(space, entry, true);
            case PORT_SET -> relay.rights.releaseAll(space, entry);
        }
    }

    void status(Task task, TaskFrame frame) {
        Entry entry = task.space.find(frame.getName());
        if (entry == null) {
            relay.answer(task, frame.getCall(), MachCode.KERN_INVALID_NAME);
            return;
        }
        int rights = 0;
        for (RightType type : RightType.values()) {
            rights |= references(entry, type) > 0 ? 1 << type.number() : 0;
        }
        KernelFrame.Builder answer = KernelFrame.newBuilder()
                .setCall(frame.getCall())
                .setValue(rights)
                .setReferences(entry.sendReferences + entry.deadReferences + (entry.sendOnce ? 1 : 0));
        if (entry.receive) {
            Port port = entry.requirePort();
            answer.setQueued(port.queue.size()).setQueueLimit(port.queueLimit);
        }
        task.output.deliver(answer.build());
    }

    MachCode requestNotification(Task task, TaskFrame frame) {
        Entry entry = task.space.find(frame.getName());
        NotificationType type = NotificationType.of(frame.getValue());
        if (entry == null) {
            return MachCode.KERN_INVALID_NAME;
        }
        if (type == null) {
            return MachCode.KERN_INVALID_VALUE;
        }
        Port notify = null;
        if (frame.getOtherName() != 0) {
            Entry notifyEntry = task.space.find(frame.getOtherName());
            if (notifyEntry == null || !notifyEntry.receive) {
                return MachCode.KERN_INVALID_CAPABILITY;
            }
            notify = notifyEntry.requirePort();
        }
        return switch (type) {
            case NO_SENDERS -> requestNoSenders(entry, notify);
            case DEAD_NAME -> requestDeadName(task.space, entry, notify);
        };
    }

    private MachCode requestNoSenders(Entry entry, @Nullable Port notify) {
        if (!entry.receive) {
            return MachCode.KERN_INVALID_RIGHT;
        }
        Port port = entry.requirePort();
        port.noSendersNotify = notify;
        if (notify != null && port.sendRights == 0 && port.makeSendCount > 0) {
            relay.rights.noSenders(port);
        }
        return MachCode.KERN_SUCCESS;
    }

    private MachCode requestDeadName(NameSpace space, Entry entry, @Nullable Port notify) {
        if (entry.set != null) {
            return MachCode.KERN_INVALID_RIGHT;
        }
        relay.rights.cancelDeadNameRequest(entry, false);
        if (notify == null) {
            return MachCode.KERN_SUCCESS;
        }
        if (entry.port == null) {
            entry.deadReferences++;
            relay.delivery.notify(notify, Notification.DEAD_NAME, Notification.body(entry.name));
            return MachCode.KERN_SUCCESS;
        }
        Port.DeadNameRequest request = new Port.DeadNameRequest(space, entry.name, notify);
        entry.deadNameRequest = request;
        entry.port.deadNameRequests.add(request);
        return MachCode.KERN_SUCCESS;
    }
}
