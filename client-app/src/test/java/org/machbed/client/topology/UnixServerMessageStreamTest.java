package org.machbed.client.topology;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.ipc.mach.MachTransport;

/** {@link UnixServerStreams} as in server-syscall, over gRPC. */
class UnixServerMessageStreamTest extends UnixServerStreams {
    UnixServerMessageStreamTest(@TempDir Path directory) throws IOException {
        super(directory, "trap", "message", MachTransport.GRPC);
    }
}
