package org.machbed.kernel.port;

import org.machbed.ipc.mach.MachCode;
import org.machbed.ipc.mach.MachLimits;
import org.machbed.kernel.port.NameSpace.Entry;
import org.machbed.kernel.port.PortCounters.Count;
import org.machbed.kernel.port.Waiting.Receive;
import org.machbed.proto.mach.TaskFrame;

/** Receives that tasks post: once, or standing with credit. Guarded by the relay's lock. */
final class Receives {
    private final Relay relay;

    Receives(Relay relay) {
        this.relay = relay;
    }

    /** RECEIVE, or the second half of a combined SEND. */
    void receive(Task task, TaskFrame frame) {
        post(task, frame, false, 0);
    }

    /** SERVE. */
    void serve(Task task, TaskFrame frame) {
        post(task, frame, true, credit(frame.getValue()));
    }

    private void post(Task task, TaskFrame frame, boolean standing, int credit) {
        Entry entry = task.space.find(frame.getName());
        if (entry == null || !(entry.receive || entry.set != null)) {
            relay.answer(task, frame.getCall(), MachCode.MACH_RCV_INVALID_NAME);
            return;
        }
        Port port = entry.set == null ? entry.requirePort() : null;
        if (port != null && port.set != null) {
            relay.answer(task, frame.getCall(), MachCode.MACH_RCV_IN_SET);
            return;
        }
        if (!standing && frame.getNoWait() && !relay.delivery.pending(port, entry.set)) {
            relay.answer(task, frame.getCall(), MachCode.MACH_RCV_TIMED_OUT);
            return;
        }
        if (task.waiting.size() >= MachLimits.MAX_CALLS || task.waiting.containsKey(frame.getCall())) {
            relay.answer(task, frame.getCall(), MachCode.KERN_RESOURCE_SHORTAGE);
            return;
        }
        if (standing) {
            relay.answer(task, frame.getCall(), MachCode.KERN_SUCCESS);
        }
        relay.delivery.post(new Receive(task, frame.getCall(), port, entry.set, standing, credit));
    }

    /** CREDIT: more messages for a standing receive. */
    void credit(Task task, TaskFrame frame) {
        Waiting waiting = task.waiting.get(frame.getCall());
        if (waiting instanceof Receive receive && receive.standing) {
            receive.credit = credit(receive.credit + credit(frame.getValue()));
            relay.delivery.pump(receive.port, receive.set);
        } else if (waiting != null) {
            relay.counters.count(Count.MALFORMED_FRAMES);
        }
    }

    private static int credit(int asked) {
        return Math.clamp(asked, 0, MachLimits.SERVE_CREDIT);
    }

    /** CANCEL: a task does not want to wait longer. */
    void cancel(Task task, int call) {
        Waiting waiting = task.waiting.remove(call);
        if (waiting == null) {
            // Answered meanwhile: the answer is on its way.
            return;
        }
        withdraw(waiting);
        relay.answer(
                task,
                call,
                switch (waiting) {
                    case Waiting.BlockedSend blocked -> MachCode.MACH_SEND_TIMED_OUT;
                    case Receive receive -> MachCode.MACH_RCV_TIMED_OUT;
                    case Waiting.LookUp lookUp -> MachCode.KERN_ABORTED;
                });
    }

    /** Takes a waiting call out of wherever it waits. */
    void withdraw(Waiting waiting) {
        switch (waiting) {
            case Waiting.BlockedSend blocked -> {
                relay.sends.withdraw(blocked);
                relay.sends.admit(blocked.port());
            }
            case Receive receive -> relay.delivery.withdraw(receive);
            case Waiting.LookUp lookUp -> relay.directory.withdraw(lookUp);
        }
    }
}
