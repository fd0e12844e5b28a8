package org.machbed.kernel.port;

import org.machbed.ipc.mach.MachLimits;

/** A port whose receive right the kernel holds: send rights to it travel in replies and stand in the bootstrap directory. */
public final class KernelPort {
    private final Relay relay;
    private final KernelMessageHandler handler;
    private final Port port = new Port(MachLimits.MAX_QUEUE_LIMIT);

    KernelPort(Relay relay, KernelMessageHandler handler) {
        this.relay = relay;
        this.handler = handler;
        port.kernelReceiver = this;
    }

    KernelMessageHandler handler() {
        return handler;
    }

    Port port() {
        return port;
    }

    /** Destroys the receive right: send rights to it become dead names. A second call is ignored. */
    public void destroy() {
        relay.locked(() -> {
            relay.rights.destroyPort(port);
            return port;
        });
    }
}
