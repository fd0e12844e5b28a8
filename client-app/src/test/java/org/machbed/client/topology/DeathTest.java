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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.machbed.client.Child;
import org.machbed.client.binding.Binding;
import org.machbed.client.channel.Ends;
import org.machbed.ipc.mach.MachTransport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Whoever waits for a process that dies is told. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
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

    @ParameterizedTest
    @EnumSource(MachTransport.class)
    void deathOfTheUdpServerEndsAReceive(MachTransport ipc) throws Exception {
        try (TwoHosts hosts = udpServers(ipc)) {
            assertDeathEndsAReceive(hosts, TwoHosts.SERVER_A);
        }
    }

    @ParameterizedTest
    @EnumSource(MachTransport.class)
    void deathOfTheKernelEndsAReceiveAndTheServer(MachTransport ipc) throws Exception {
        try (TwoHosts hosts = udpServers(ipc)) {
            assertDeathEndsAReceive(hosts, TwoHosts.KERNEL_A);
            assertThat(hosts.process(TwoHosts.SERVER_A).exitCode()).isEqualTo(1);
        }
    }

    private TwoHosts udpServers(MachTransport ipc) throws IOException {
        return new TwoHosts(directory)
                .kernels("none", true, ipc)
                .servers("udp", "trap", "message", ipc)
                .applications(Binding.UDP_RPC, ipc);
    }

    @ParameterizedTest
    @EnumSource(MachTransport.class)
    void deathOfAnApplicationClosesItsSocketsInTheUdpServer(MachTransport ipc) throws Exception {
        try (TwoHosts hosts = udpServers(ipc)) {
            assertDeathClosesSockets(hosts, Binding.UDP_RPC, ipc);
        }
    }

    @ParameterizedTest
    @EnumSource(MachTransport.class)
    void deathOfAnApplicationClosesItsSocketsInTheUnixServer(MachTransport ipc) throws Exception {
        try (TwoHosts hosts =
                new TwoHosts(directory).kernels("none", true, ipc).servers("unix", "trap", "message", ipc)) {
            assertDeathClosesSockets(hosts, Binding.EMULATION, ipc);
        }
    }

    private static void assertDeathClosesSockets(TwoHosts hosts, Binding binding, MachTransport ipc) throws Exception {
        Child application = hosts.applicationProcess(binding, ipc);
        assertThat(application.ask("serve workload=udp-rtt port=4000")).startsWith("SERVING");
        Child server = hosts.process(TwoHosts.SERVER_A);
        assertThat(server.ask("counters")).contains("\"openSockets\":1,", "\"deadClients\":0,");
        application.kill();
        String counters = server.ask("counters");
        while (!counters.contains("\"openSockets\":0,")) {
            counters = server.ask("counters");
        }
        assertThat(counters).contains("\"deadClients\":1,");
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
