package org.machbed.client.topology;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.client.channel.DatagramChannelContract;
import org.machbed.client.channel.Ends;
import org.machbed.ipc.mach.MachTransport;

/** The suite on datagram sockets that move between the Unix server and the protocol library. */
class LibraryTopologyDatagramChannelTest extends DatagramChannelContract {
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
    protected Ends openEnds() {
        return hosts.ends();
    }
}
