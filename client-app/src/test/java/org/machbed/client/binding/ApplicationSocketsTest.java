package org.machbed.client.binding;

import java.io.IOException;
import java.nio.channels.spi.SelectorProvider;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.ipc.mach.MachTransport;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.ipc.process.UsageException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ApplicationSocketsTest {
    @TempDir
    private Path directory;

    private HostDirectory host;

    @BeforeEach
    void createHost() throws IOException {
        host = HostDirectory.create(directory.resolve("host"));
    }

    private ApplicationSockets open(Binding binding, String serverArguments) throws IOException {
        return ApplicationSockets.open(binding, host, MachTransport.GRPC, serverArguments, Crossings.unshared());
    }

    @Test
    void linuxIsTheJdk() throws IOException {
        try (ApplicationSockets sockets = open(Binding.LINUX, "")) {
            assertThat(sockets.provider()).isSameAs(SelectorProvider.provider());
        }
    }

    @Test
    void withoutBindingThereAreNoChannels() throws IOException {
        try (ApplicationSockets sockets = open(Binding.NONE, "")) {
            assertThatThrownBy(sockets::provider).isInstanceOf(UsageException.class);
        }
    }

    @Test
    void hostWithoutKernelIsSaid() {
        assertThatThrownBy(() -> open(Binding.TRAP, "")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> open(Binding.EMULATION, "")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> open(Binding.UDP_RPC, "")).isInstanceOf(IOException.class);
    }

    @Test
    void serverArgumentsAreKeysAndValues() {
        assertThat(ApplicationSockets.keysAndValues("server=udp;wire=segment:/x,loss=0.1;empty="))
                .containsExactly(
                        Map.entry("server", "udp"), Map.entry("wire", "segment:/x,loss=0.1"), Map.entry("empty", ""));
        for (String malformed : new String[] {"", "server", "=udp", "a=1;a=2", "a=1;"}) {
            assertThatThrownBy(() -> open(Binding.CALL, malformed))
                    .as(malformed)
                    .isInstanceOf(UsageException.class)
                    .hasMessageContaining("--server-arguments");
        }
    }
}
