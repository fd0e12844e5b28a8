package org.machbed.client.topology;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.client.channel.StreamChannelContract;
import org.machbed.client.channel.StreamEnds;
import org.machbed.ipc.mach.MachTransport;

/** The suite on streams that move between the Unix server and the protocol library. */
class LibraryTopologyStreamChannelTest extends StreamChannelContract {
    @TempDir
    private static Path directory;

    private static TwoHosts hosts;

    @BeforeAll
    static void start() throws IOException {
        hosts = new TwoHosts(directory).withSessions(MachTransport.GRPC);
    }

    @AfterAll
    static void stop() throws IOException {
        hosts.close();
    }

    @Override
    protected StreamEnds openEnds() {
        return hosts.streamEnds();
    }
}
