package org.machbed.server.unix;

import org.machbed.ipc.mach.PortName;
import org.machbed.link.session.SessionMemory;

/**
 * A client's memory with the records of its sessions, mapped while it is open. The client may write at the same time, and may have
 * written anything; where it has cut the file short, {@link InternalError} is what a look at it comes to. Guarded by {@link Spl#NET}.
 */
final class BsdSessionMemory implements BsdFile {
    private final PortName client;
    private final SessionMemory memory;
    private final Runnable onClose;

    /** @param onClose run when it is closed */
    BsdSessionMemory(PortName client, SessionMemory memory, Runnable onClose) {
        this.client = client;
        this.memory = memory;
        this.onClose = onClose;
    }

    PortName client() {
        return client;
    }

    SessionMemory memory() {
        return memory;
    }

    @Override
    public void close(long nowNs) {
        onClose.run();
        memory.close();
    }
}
