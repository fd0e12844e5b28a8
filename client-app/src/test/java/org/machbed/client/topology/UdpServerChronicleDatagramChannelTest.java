package org.machbed.client.topology;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.client.binding.Binding;
import org.machbed.client.channel.DatagramChannelContract;
import org.machbed.client.channel.Ends;
import org.machbed.ipc.mach.MachTransport;

/** The suite on sockets in real UDP servers, reached by RPC over Chronicle Queue. */
class UdpServerChronicleDatagramChannelTest extends DatagramChannelContract {
    @TempDir
    private static Path directory;

    private static TwoHosts hosts;

    @BeforeAll
    static void start() throws IOException {
        hosts = new TwoHosts(directory)
                .kernels("none", true, MachTransport.CHRONICLE)
                .servers("udp", "trap", "message", MachTransport.CHRONICLE)
                .applications(Binding.UDP_RPC, MachTransport.CHRONICLE);
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
