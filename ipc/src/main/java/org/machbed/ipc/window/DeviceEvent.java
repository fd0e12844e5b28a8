package org.machbed.ipc.window;

/** How a producer starts an idle consumer: a doorbell, or for the driver a trap or a message into the kernel. */
@FunctionalInterface
public interface DeviceEvent {
    void signal();
}
