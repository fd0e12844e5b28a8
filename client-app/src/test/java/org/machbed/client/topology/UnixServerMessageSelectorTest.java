package org.machbed.client.topology;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.ipc.mach.MachTransport;

/** {@link UnixServerSelectors} as in server-ipc, over gRPC. */
class UnixServerMessageSelectorTest extends UnixServerSelectors {
    UnixServerMessageSelectorTest(@TempDir Path directory) throws IOException {
        super(directory, "message", "message", MachTransport.GRPC);
    }
}
