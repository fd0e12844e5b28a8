package org.machbed.kernel.port;

/** The kernel's wish to know when a task is gone; from {@link KernelMessage#watchSender}. Any thread. */
public final class TaskWatch {
    private final Relay relay;
    private final Task task;
    private final Runnable action;

    private TaskWatch(Relay relay, Task task, Runnable action) {
        this.relay = relay;
        this.task = task;
        this.action = action;
    }

    static TaskWatch start(Relay relay, Task task, Runnable action) {
        TaskWatch watch = new TaskWatch(relay, task, action);
        relay.locked(() -> {
            if (task.dead) {
                relay.afterUnlock(action);
            } else {
                task.watches.add(watch);
            }
            return watch;
        });
        return watch;
    }

    /** Under the relay's lock. */
    void taskGone() {
        relay.afterUnlock(action);
    }

    /** Wishes it no more; the action may be under way. A second call is ignored. */
    public void cancel() {
        relay.locked(() -> task.watches.remove(this));
    }
}
