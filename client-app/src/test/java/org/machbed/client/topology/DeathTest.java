package org.machbed.client.topology;

import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Path;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.client.binding.Binding;
import org.machbed.client.channel.Ends;
import org.machbed.ipc.mach.MachTransport;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Whoever waits for a process that dies is told. */
@Timeout(120)
class DeathTest {
    @TempDir
    private Path directory;

    @Test
    void deathOfTheKernelEndsAReceive() throws Exception {
        try (TwoHosts hosts = new TwoHosts(directory)
                .kernels("in-kernel", true, MachTransport.GRPC)
                .applications(Binding.TRAP, MachTransport.GRPC)) {
            assertDeathEndsAReceive(hosts, TwoHosts.KERNEL_A);
        }
    }

    @Test
    void deathOfTheServerEndsAReceive() throws Exception {
        try (TwoHosts hosts = new TwoHosts(directory)
                .kernels("none", true, MachTransport.GRPC)
                .servers("unix", "trap", "message", MachTransport.GRPC)
                .applications(Binding.EMULATION, MachTransport.GRPC)) {
            assertDeathEndsAReceive(hosts, TwoHosts.SERVER_A);
        }
    }

    private static void assertDeathEndsAReceive(TwoHosts hosts, int process) throws IOException {
        try (Ends ends = hosts.ends()) {
            DatagramChannel channel = ends.boundA();
            FutureTask<?> receive = new FutureTask<>(() -> channel.receive(ByteBuffer.allocate(1)));
            Thread.ofPlatform().start(receive);
            hosts.kill(process);
            assertThatThrownBy(receive::get).hasCauseInstanceOf(SocketException.class);
            assertThatThrownBy(() -> channel.send(ByteBuffer.allocate(1), channel.getLocalAddress()))
                    .isInstanceOf(SocketException.class);
            assertThatThrownBy(channel::close).isInstanceOf(SocketException.class);
        }
    }
}
