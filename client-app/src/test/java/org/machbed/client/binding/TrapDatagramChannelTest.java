package org.machbed.client.binding;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.client.channel.DatagramChannelContract;
import org.machbed.client.channel.Ends;
import org.machbed.client.channel.MachbedSelectorProvider;
import org.machbed.client.channel.MemoryNetwork;
import org.machbed.ipc.process.Crossings;

/** The suite over traps into kernels of this process. */
class TrapDatagramChannelTest extends DatagramChannelContract {
    @TempDir
    private Path directory;

    @Override
    protected Ends openEnds() throws IOException {
        MemoryNetwork network = new MemoryNetwork();
        KernelInProcess kernelA = new KernelInProcess(directory.resolve("a"), network.host(0xC0000201));
        KernelInProcess kernelB = new KernelInProcess(directory.resolve("b"), network.host(0xC0000202));
        TrapSocketLayer a = TrapSocketLayer.open(directory.resolve("a"), Crossings.unshared());
        TrapSocketLayer b = TrapSocketLayer.open(directory.resolve("b"), Crossings.unshared());
        return new Ends(new MachbedSelectorProvider(a), "192.0.2.1", new MachbedSelectorProvider(b), "192.0.2.2")
                .above(kernelA)
                .above(kernelB)
                .above(a)
                .above(b);
    }
}
