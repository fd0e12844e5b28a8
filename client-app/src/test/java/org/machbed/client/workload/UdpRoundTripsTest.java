package org.machbed.client.workload;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.Base64;
import java.util.concurrent.FutureTask;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.machbed.client.channel.MachbedSelectorProvider;
import org.machbed.client.channel.MemoryNetwork;
import org.machbed.ipc.process.CommandArguments;
import org.machbed.ipc.process.Json;
import org.machbed.ipc.process.UsageException;
import org.machbed.ipc.trial.Role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@Timeout(30)
class UdpRoundTripsTest {
    private final MemoryNetwork network = new MemoryNetwork();
    private final SelectorProvider a = new MachbedSelectorProvider(network.host(0xC0000201));
    private final SelectorProvider b = new MachbedSelectorProvider(network.host(0xC0000202));

    private static CommandArguments words(String line) {
        return CommandArguments.parse(line);
    }

    @Test
    void trialsDoExactlyTheirOperations() throws Exception {
        for (int bytes : new int[] {1, 1000}) {
            try (Role echo = UdpRoundTrips.serve(b, Buffers.COPIED, words("port=5001 bytes=" + bytes));
                    Role ping = UdpRoundTrips.connect(a, Buffers.COPIED, words("peer=192.0.2.2:5001 bytes=" + bytes))) {
                // More than 256 in all, so that the rolling byte rolls over, also between trials.
                for (int operations : new int[] {1, 200, 300}) {
                    FutureTask<Json> echoed = new FutureTask<>(() -> echo.trial(operations));
                    Thread.ofPlatform().start(echoed);
                    String done = ping.trial(operations).toString();
                    assertThat(echoed.get().toString()).startsWith("{\"operations\":" + operations + ",");
                    assertThat(done).startsWith("{\"operations\":" + operations + ",\"elapsedNanos\":");
                    assertThat(histogramIn(done).getTotalCount()).isEqualTo(operations);
                }
            }
        }
    }

    private static Histogram histogramIn(String reply) throws DataFormatException {
        Matcher matcher = Pattern.compile("\"histogram\":\"([^\"]*)\"").matcher(reply);
        assertThat(matcher.find()).isTrue();
        byte[] encoded = Base64.getDecoder().decode(matcher.group(1));
        return Histogram.decodeFromCompressedByteBuffer(ByteBuffer.wrap(encoded), 0);
    }

    @Test
    void portOfTheEchoIsTold() throws IOException {
        try (Role echo = UdpRoundTrips.serve(b, Buffers.COPIED, words("port=5001"))) {
            Json reply = Json.object();
            echo.describe(reply);
            assertThat(reply).hasToString("{\"port\":5001}");
        }
    }

    @Test
    void lostDatagramEndsTheTrial() throws IOException {
        try (DatagramChannel silent = b.openDatagramChannel().bind(new InetSocketAddress("192.0.2.2", 5001));
                Role ping = UdpRoundTrips.connect(a, Buffers.COPIED, words("peer=192.0.2.2:5001 timeoutMillis=50"))) {
            assertThat(silent.isOpen()).isTrue();
            assertThatThrownBy(() -> ping.trial(3))
                    .isInstanceOf(IOException.class)
                    .hasMessage("udp-rtt: nothing came for 50 ms after operation 0 of 3");
        }
    }

    @Test
    void wrongAnswerEndsTheTrial() throws Exception {
        try (DatagramChannel wrong = b.openDatagramChannel().bind(new InetSocketAddress("192.0.2.2", 5001));
                Role ping = UdpRoundTrips.connect(a, Buffers.COPIED, words("peer=192.0.2.2:5001"))) {
            FutureTask<Json> trial = new FutureTask<>(() -> ping.trial(3));
            Thread.ofPlatform().start(trial);
            wrong.send(ByteBuffer.wrap(new byte[] {9}), wrong.receive(ByteBuffer.allocate(8)));
            assertThatThrownBy(trial::get)
                    .hasRootCauseMessage("message 9 came where 0 was due: one was lost, repeated or overtaken");
        }
    }

    @Test
    void nobodyThereIsSaid() throws IOException {
        try (Role ping = UdpRoundTrips.connect(a, Buffers.COPIED, words("peer=192.0.2.2:5001"))) {
            assertThatThrownBy(() -> ping.trial(3))
                    .isInstanceOf(IOException.class)
                    .hasMessage("udp-rtt: nobody serves /192.0.2.2:5001");
        }
    }

    @Test
    void closeEndsATrial() throws Exception {
        Role echo = UdpRoundTrips.serve(b, Buffers.COPIED, words("port=5001"));
        FutureTask<Json> trial = new FutureTask<>(() -> echo.trial(1));
        Thread.ofPlatform().start(trial);
        echo.close();
        assertThatThrownBy(trial::get).hasCauseInstanceOf(IOException.class);
    }

    @Test
    void wrongKeysAreRefused() {
        assertThatThrownBy(() -> UdpRoundTrips.serve(b, Buffers.COPIED, words("bytes=1")))
                .isInstanceOf(UsageException.class)
                .hasMessage("port is missing");
        assertThatThrownBy(() -> UdpRoundTrips.serve(b, Buffers.COPIED, words("port=65536")))
                .isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> UdpRoundTrips.serve(b, Buffers.COPIED, words("port=1 byts=1")))
                .isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> UdpRoundTrips.serve(b, Buffers.COPIED, words("port=1 bytes=0")))
                .isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> UdpRoundTrips.connect(a, Buffers.COPIED, words("peer=192.0.2.2")))
                .isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> UdpRoundTrips.connect(a, Buffers.COPIED, words("peer=host:5001")))
                .isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> UdpRoundTrips.connect(a, Buffers.COPIED, words("peer=192.0.2.2:0")))
                .isInstanceOf(UsageException.class);
    }
}
