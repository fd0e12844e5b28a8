package org.machbed.kernel.port;

import com.google.protobuf.ByteString;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.mach.MachCode;
import org.machbed.ipc.mach.MemoryObjectStore;
import org.machbed.kernel.port.NameSpace.Entry;
import org.machbed.kernel.port.PortCounters.Count;
import org.machbed.proto.mach.KernelFrame;
import org.machbed.proto.mach.TaskFrame;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The relay: frames of tasks come in, frames to tasks go out, on the thread that brought the frame. It knows no transport, reads
 * no clock and waits for nobody; time-outs are the waiting task's, which cancels its call. One lock guards all ports and name
 * spaces; the kernel's own handlers run after it is released, on the same thread.
 */
final class Relay {
    private static final Logger LOG = LoggerFactory.getLogger(Relay.class);

    static final ByteString NO_BODY = ByteString.EMPTY;

    /** Tasks attached at a time. */
    private static final int MAX_TASKS = 1024;

    final PortCounters counters;
    final Rights rights = new Rights(this);
    final Delivery delivery = new Delivery(this);
    final CopyIn copyIn = new CopyIn(this);
    final CopyOut copyOut = new CopyOut(this);
    final Sends sends = new Sends(this);
    final Receives receives = new Receives(this);
    final Directory directory = new Directory(this);
    final MemoryObjects objects;

    private final NameOperations names = new NameOperations(this);
    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<Runnable> afterUnlock = new ArrayDeque<>();
    private int tasks;
    private int lastTaskNumber;

    Relay(MemoryObjectStore store, PortCounters counters) {
        this.counters = counters;
        this.objects = new MemoryObjects(this, store);
    }

    /** Runs {@code action} when the lock is released, on the thread that holds it now. */
    void afterUnlock(Runnable action) {
        afterUnlock.add(action);
    }

    /** Runs {@code action} under the lock, then what it left to do without. */
    <T> T locked(Supplier<T> action) {
        lock.lock();
        try {
            return action.get();
        } finally {
            unlock();
        }
    }

    private void unlock() {
        if (lock.getHoldCount() > 1 || afterUnlock.isEmpty()) {
            lock.unlock();
            return;
        }
        Runnable[] actions = afterUnlock.toArray(new Runnable[0]);
        afterUnlock.clear();
        lock.unlock();
        for (Runnable action : actions) {
            try {
                action.run();
            } catch (RuntimeException e) {
                LOG.error("a handler of the kernel failed", e);
            }
        }
    }

    /** A task attaches; {@code null} when the kernel has as many as it takes. */
    @Nullable
    Task attach(String name, TaskOutput output) {
        return locked(() -> {
            if (tasks >= MAX_TASKS) {
                return null;
            }
            tasks++;
            counters.count(Count.TASKS_ATTACHED);
            return new Task(++lastTaskNumber, name, output);
        });
    }

    /** The task's transport has ended: all its rights die, and all its calls are forgotten. */
    void gone(Task task) {
        locked(() -> {
            if (!task.dead) {
                task.dead = true;
                tasks--;
                counters.count(Count.TASKS_GONE);
                buryTask(task);
            }
            return task;
        });
    }

    private void buryTask(Task task) {
        for (Waiting waiting : new ArrayList<>(task.waiting.values())) {
            task.waiting.remove(waiting.call());
            receives.withdraw(waiting);
        }
        for (Entry entry : task.space.used()) {
            if (task.space.find(entry.name) == entry) {
                cancelRequests(entry);
                rights.releaseAll(task.space, entry);
            }
        }
        objects.taskGone(task);
        task.watches.forEach(TaskWatch::taskGone);
        task.watches.clear();
    }

    /** Requests of a dead task ask for nothing more; they would only make work for its own ports. */
    private void cancelRequests(Entry entry) {
        rights.cancelDeadNameRequest(entry, false);
        if (entry.receive) {
            entry.requirePort().noSendersNotify = null;
        }
    }

    /** The task's transport has room again. */
    void onReady(Task task) {
        locked(() -> {
            for (Waiting waiting : new ArrayList<>(task.waiting.values())) {
                if (waiting instanceof Waiting.Receive receive) {
                    delivery.pump(receive.port, receive.set);
                }
            }
            return task;
        });
    }

    /** One frame of a task. Whatever it says, the answer is at worst an error. */
    void onFrame(Task task, TaskFrame frame) {
        lock.lock();
        try {
            if (!task.dead) {
                for (int i = 0; i < frame.getReleasedCount(); i++) {
                    objects.released(task, frame.getReleased(i));
                }
                dispatch(task, frame);
            }
        } finally {
            unlock();
        }
    }

    private void dispatch(Task task, TaskFrame frame) {
        int call = frame.getCall();
        switch (frame.getOperation()) {
            case SEND -> sends.send(task, frame);
            case RECEIVE -> receives.receive(task, frame);
            case SERVE -> receives.serve(task, frame);
            case CREDIT -> receives.credit(task, frame);
            case CANCEL -> receives.cancel(task, call);
            case RELEASE -> {}
            case ALLOCATE_PORT -> names.allocatePort(task, frame);
            case ALLOCATE_PORT_SET -> names.allocatePortSet(task, frame);
            case MOVE_MEMBER -> answer(task, call, names.moveMember(task, frame));
            case MAKE_SEND_RIGHT -> answer(task, call, names.makeSend(task, frame));
            case DEALLOCATE -> answer(task, call, names.deallocate(task, frame));
            case DESTROY -> answer(task, call, names.destroy(task, frame));
            case MODIFY_REFERENCES -> answer(task, call, names.modifyReferences(task, frame));
            case STATUS -> names.status(task, frame);
            case REQUEST_NOTIFICATION -> answer(task, call, names.requestNotification(task, frame));
            case REGISTER -> answer(task, call, directory.register(task, frame));
            case LOOK_UP -> directory.lookUp(task, frame);
            case ATTACH, OPERATION_INVALID, UNRECOGNIZED -> {
                counters.count(Count.MALFORMED_FRAMES);
                answer(task, call, MachCode.KERN_INVALID_ARGUMENT);
            }
        }
    }

    void answer(Task task, int call, MachCode code) {
        switch (code) {
            case KERN_SUCCESS, MACH_SEND_TIMED_OUT, MACH_RCV_TIMED_OUT, KERN_ABORTED -> {}
            default -> counters.count(Count.REFUSED_CALLS);
        }
        if (call != 0 && !task.dead) {
            task.output.deliver(KernelFrame.newBuilder()
                    .setCall(call)
                    .setCode(code.number())
                    .build());
        }
    }

    void answerName(Task task, int call, int name) {
        task.output.deliver(KernelFrame.newBuilder().setCall(call).setName(name).build());
    }

    void countMessage(boolean kernel) {
        counters.count(kernel ? Count.KERNEL_MESSAGES : Count.MESSAGES);
    }
}
