package org.machbed.kernel.port;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.machbed.proto.mach.TaskFrame;

/** A call of a task that the kernel has not answered yet; its number stands in {@link Task#waiting}. */
sealed interface Waiting {
    Task task();

    int call();

    /** A send that waits for room in a queue. Its rights are still the sender's: they are taken when there is room. */
    final class BlockedSend implements Waiting {
        private final Task task;
        private final int call;
        private final TaskFrame frame;
        private final Port port;

        BlockedSend(Task task, int call, TaskFrame frame, Port port) {
            this.task = task;
            this.call = call;
            this.frame = frame;
            this.port = port;
        }

        @Override
        public Task task() {
            return task;
        }

        @Override
        public int call() {
            return call;
        }

        TaskFrame frame() {
            return frame;
        }

        Port port() {
            return port;
        }

        /** What the kernel keeps for it in memory, roughly. */
        int bytes() {
            return 512 + frame.getMessage().getBody().size();
        }
    }

    /** Waits for a service to be registered. */
    record LookUp(Task task, int call, String service) implements Waiting {}

    /** A receive posted on a port or a port set; exactly one of the two is set. */
    final class Receive implements Waiting {
        private final Task task;
        private final int call;
        final @Nullable Port port;
        final @Nullable PortSet set;
        /** Stays posted and answers many times (SERVE). */
        final boolean standing;
        /** Messages that a standing receive may still be given. */
        int credit;

        Receive(Task task, int call, @Nullable Port port, @Nullable PortSet set, boolean standing, int credit) {
            this.task = task;
            this.call = call;
            this.port = port;
            this.set = set;
            this.standing = standing;
            this.credit = credit;
        }

        PortSet requireSet() {
            return Objects.requireNonNull(set);
        }

        @Override
        public Task task() {
            return task;
        }

        @Override
        public int call() {
            return call;
        }

        /** Whether it can be given a message now. A slow task's receives hold back, so that queues fill and not memory. */
        boolean canTake() {
            return (!standing || credit > 0) && task.output.isReady();
        }
    }
}
