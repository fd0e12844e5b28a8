package org.machbed.client.topology;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.ipc.mach.MachTransport;

/** {@link UnixServerStreams} as in server-window, over Chronicle Queue. */
class UnixServerWindowStreamTest extends UnixServerStreams {
    UnixServerWindowStreamTest(@TempDir Path directory) throws IOException {
        super(directory, "window", "window", MachTransport.CHRONICLE);
    }
}
