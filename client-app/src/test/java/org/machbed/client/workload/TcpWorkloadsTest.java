package org.machbed.client.workload;

import java.nio.channels.spi.SelectorProvider;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.machbed.client.channel.LoopbackStreams;
import org.machbed.client.channel.MachbedSelectorProvider;
import org.machbed.client.channel.MemoryNetwork;
import org.machbed.ipc.process.CommandArguments;
import org.machbed.ipc.process.Json;
import org.machbed.ipc.process.UsageException;
import org.machbed.ipc.trial.Role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** {@code tcp-rtt} and {@code tcp-stream} over the protocol library in memory, and over the JDK's own channels. */
@Timeout(60)
class TcpWorkloadsTest {
    private static final SelectorProvider JDK = SelectorProvider.provider();
    private final LoopbackStreams streams = new LoopbackStreams();
    private final SelectorProvider ours = new MachbedSelectorProvider(new MemoryNetwork().host(0x7F000001), streams);

    @AfterEach
    void close() {
        streams.close();
    }

    private static CommandArguments words(String text) {
        return CommandArguments.parse(text);
    }

    @ParameterizedTest
    @CsvSource({"tcp-rtt,1", "tcp-rtt,5000", "tcp-stream,1", "tcp-stream,7", "tcp-stream,300000"})
    void bothSidesCountTheSame(String workload, int bytes) throws Exception {
        for (SelectorProvider provider : new SelectorProvider[] {JDK, ours}) {
            try (Role server = Workloads.serve(
                    workload, provider, Buffers.COPIED, words("port=0 address=127.0.0.1 bytes=" + bytes))) {
                Json described = Json.object();
                server.describe(described);
                String port = described.toString().replaceAll("\\D", "");
                try (Role client = Workloads.connect(
                        workload, provider, Buffers.COPIED, words("peer=127.0.0.1:" + port + " bytes=" + bytes))) {
                    for (int operations : new int[] {30, 1}) {
                        FutureTask<Json> served = new FutureTask<>(() -> server.trial(operations));
                        Thread.ofPlatform().start(served);
                        assertThat(client.trial(operations).toString())
                                .contains("\"operations\":" + operations, "histogram");
                        assertThat(served.get().toString()).contains("\"operations\":" + operations);
                        if (workload.equals("tcp-stream")) {
                            assertThat(served.get().toString()).contains("\"bytes\":" + (long) operations * bytes);
                        }
                    }
                }
            }
        }
    }

    @Test
    void argumentsThatMakeNoSenseAreRefused() {
        assertThatThrownBy(() -> Workloads.serve("tcp-rtt", ours, Buffers.COPIED, words("port=1 bytes=0")))
                .isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> Workloads.serve("tcp-stream", ours, Buffers.COPIED, words("port=1 bytes=16777217")))
                .isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> Workloads.connect("tcp-stream", ours, Buffers.COPIED, words("peer=127.0.0.1")))
                .isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> Workloads.connect("chess", ours, Buffers.COPIED, words("")))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("tcp-stream");
    }
}
