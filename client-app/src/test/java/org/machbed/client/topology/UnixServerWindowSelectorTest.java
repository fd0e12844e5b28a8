package org.machbed.client.topology;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.ipc.mach.MachTransport;

/** {@link UnixServerSelectors} as in server-window, over Chronicle Queue. */
class UnixServerWindowSelectorTest extends UnixServerSelectors {
    UnixServerWindowSelectorTest(@TempDir Path directory) throws IOException {
        super(directory, "window", "window", MachTransport.CHRONICLE);
    }
}
