package org.machbed.kernel.port;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.HostDirectory;

/** The Chronicle side of the kernel. */
final class ChronicleKernel implements AutoCloseable {
    record Attachment(Task task, String directory) implements AutoCloseable {
        @Override
        public void close() {}
    }

    static ChronicleKernel start(HostDirectory host, Relay relay) {
        if (relay == null) {
            throw new UnsupportedOperationException("not yet: " + host);
        }
        return new ChronicleKernel();
    }

    @Nullable
    Attachment attach(String name) throws IOException {
        if (name.isEmpty()) {
            throw new IOException("not yet");
        }
        return null;
    }

    @Override
    public void close() {}
}
