package org.machbed.kernel.port;

import org.machbed.proto.mach.KernelFrame;

/** The way to a task. Called under the relay's lock, so never by two threads at once; it must neither wait nor throw. */
interface TaskOutput {
    void deliver(KernelFrame frame);

    /** Whether the task keeps up. When it has not, the transport tells {@link Relay#onReady} once it does again. */
    boolean isReady();
}
