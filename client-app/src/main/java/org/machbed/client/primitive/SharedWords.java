package org.machbed.client.primitive;

import java.io.IOException;
import java.nio.file.Path;
import org.machbed.ipc.memory.SharedMemory;
import org.machbed.ipc.process.CommandArguments;
import org.machbed.ipc.process.HostDirectory;

/** A page that the two sides of a primitive share; the side that serves makes it and tells its path. */
final class SharedWords {
    static final String KEY = "path";

    private static final long BYTES = 4096;

    private final SharedMemory memory;
    private final boolean owner;

    /** Set when a side closes: whoever waits looks at it now and then. */
    private volatile boolean closed;

    private SharedWords(SharedMemory memory, boolean owner) {
        this.memory = memory;
        this.owner = owner;
    }

    static SharedWords create(HostDirectory host, String prefix) throws IOException {
        return new SharedWords(SharedMemory.create(host.fresh(prefix), BYTES), true);
    }

    static SharedWords open(CommandArguments arguments) throws IOException {
        return new SharedWords(SharedMemory.open(Path.of(arguments.required(KEY))), false);
    }

    SharedMemory memory() {
        return memory;
    }

    void requireOpen() throws IOException {
        if (closed) {
            throw new IOException("the primitive was closed");
        }
    }

    /** Lets waits end. The memory stays mapped, because a futex's address must not vanish under who waits on it. */
    void close() throws IOException {
        closed = true;
        if (owner) {
            memory.unlink();
        }
    }
}
