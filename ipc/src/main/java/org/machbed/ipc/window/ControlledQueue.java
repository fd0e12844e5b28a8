package org.machbed.ipc.window;

import org.machbed.ipc.chronicle.QueueControl;

/** A queue whose two sides tell each other by a {@link QueueControl} when the consumer is idle. */
abstract class ControlledQueue implements WindowQueue {
    final QueueControl control;

    ControlledQueue(QueueControl control) {
        this.control = control;
    }

    @Override
    public final boolean markIdleUnlessWork() {
        control.waiting(true);
        if (isEmpty()) {
            return true;
        }
        control.waiting(false);
        return false;
    }

    @Override
    public final void markBusy() {
        control.waiting(false);
    }

    @Override
    public final boolean consumerIdle() {
        return control.isWaiting();
    }
}
