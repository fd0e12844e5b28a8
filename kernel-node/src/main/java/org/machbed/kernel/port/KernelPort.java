package org.machbed.kernel.port;

/** A port whose receive right the kernel holds: send rights to it travel in replies and stand in the bootstrap directory. */
public final class KernelPort {
    KernelPort() {}

    /** Destroys the receive right: send rights to it become dead names. A second call is ignored. */
    public void destroy() {
        Unbuilt.yet(Void.class);
    }
}
