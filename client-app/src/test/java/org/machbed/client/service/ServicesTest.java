package org.machbed.client.service;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** The small services over the JDK's own channels on loopback. */
@Timeout(60)
class ServicesTest {
    private static final String NOW = "Thursday, February 4, 1993 17:37:43-UTC\r\n";

    private final List<String> failures = new ArrayList<>();

    @SuppressWarnings("NullAway.Init")
    private Services services;

    @BeforeEach
    void open() throws IOException {
        services = Services.open(SelectorProvider.provider(), all(), _ -> 0, failures::add);
    }

    private static List<SmallService> all() {
        InstantSource clock = InstantSource.fixed(Instant.parse("1993-02-04T17:37:43Z"));
        return List.of(new Echo(), new Discard(), new Daytime(clock), new Chargen(new SplittableRandom(1)));
    }

    @AfterEach
    void close() throws IOException {
        services.close();
        assertThat(failures).isEmpty();
    }

    private InetSocketAddress address(String transport, String service) {
        var matcher = Pattern.compile("\"" + transport + "\":\\{[^}]*\"" + service + "\":(\\d+)")
                .matcher(services.describe().toString());
        assertThat(matcher.find()).isTrue();
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(matcher.group(1)));
    }

    /** RFC 862. */
    @Test
    void echoSendsBackAStreamUntilItsEnd() throws IOException {
        try (SocketChannel channel = SocketChannel.open(address("tcp", "echo"))) {
            channel.write(ByteBuffer.wrap("abc".getBytes(US_ASCII)));
            channel.write(ByteBuffer.wrap("def".getBytes(US_ASCII)));
            channel.shutdownOutput();
            assertThat(all(channel)).isEqualTo("abcdef");
        }
    }

    @Test
    void echoSendsBackADatagramAndAnEmptyOneToo() throws IOException {
        try (DatagramChannel channel = DatagramChannel.open()) {
            assertThat(ask(channel, "echo", "hello")).isEqualTo("hello");
            assertThat(ask(channel, "echo", "")).isEmpty();
        }
    }

    /** RFC 863. */
    @Test
    void discardReadsToTheEndAndAnswersNothing() throws IOException {
        try (SocketChannel channel = SocketChannel.open(address("tcp", "discard"))) {
            channel.write(ByteBuffer.allocate(100_000));
            channel.shutdownOutput();
            assertThat(all(channel)).isEmpty();
        }
    }

    /** RFC 867. */
    @Test
    void daytimeTellsTheTimeAndEnds() throws IOException {
        try (SocketChannel channel = SocketChannel.open(address("tcp", "daytime"))) {
            assertThat(all(channel)).isEqualTo(NOW);
        }
        try (DatagramChannel channel = DatagramChannel.open()) {
            assertThat(ask(channel, "daytime", "whatever it is")).isEqualTo(NOW);
        }
    }

    /** RFC 864: lines of 72 characters that begin one further on, until the peer goes. */
    @Test
    void chargenSendsLinesForAsLongAsThePeerStays() throws IOException {
        try (SocketChannel channel = SocketChannel.open(address("tcp", "chargen"))) {
            ByteBuffer received = ByteBuffer.allocate(3 * 95 * 74);
            while (received.hasRemaining()) {
                assertThat(channel.read(received)).isPositive();
            }
            String[] lines = new String(received.array(), US_ASCII).split("\r\n", -1);
            assertThat(lines[0]).hasSize(72).startsWith(" !\"#$%&'()").endsWith("defg");
            assertThat(lines[1]).hasSize(72).startsWith("!\"#$%&'()*").endsWith("efgh");
            assertThat(lines[94]).hasSize(72).startsWith("~ !");
            assertThat(lines[95]).isEqualTo(lines[0]);
        }
    }

    @Test
    void chargenAnswersADatagramWithUpTo512Characters() throws IOException {
        try (DatagramChannel channel = DatagramChannel.open()) {
            for (int i = 0; i < 20; i++) {
                String answer = ask(channel, "chargen", "x");
                assertThat(answer.length()).isBetween(0, 512);
                assertThat(" !\"#$%&'()").startsWith(answer.substring(0, Math.min(10, answer.length())));
            }
        }
    }

    /** Two services that answer each other never stop. */
    @Test
    void noServiceAnswersAnother() throws IOException {
        try (Services wellKnown =
                        Services.open(SelectorProvider.provider(), List.of(new Echo()), _ -> 0, failures::add);
                DatagramChannel asDaytime = DatagramChannel.open();
                DatagramChannel other = DatagramChannel.open()) {
            assertThat(wellKnown.describe().toString()).contains("echo");
            bindOrSkip(asDaytime, new Daytime(InstantSource.system()).port());
            asDaytime.send(ByteBuffer.wrap(new byte[] {1}), address("udp", "echo"));
            // The answer to a later datagram shows that the earlier one has been dealt with.
            assertThat(ask(other, "echo", "later")).isEqualTo("later");
            asDaytime.configureBlocking(false);
            assertThat(asDaytime.receive(ByteBuffer.allocate(10))).isNull();
        }
    }

    private static void bindOrSkip(DatagramChannel channel, int port) throws IOException {
        try {
            channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        } catch (BindException e) {
            assumeTrue(false, "port " + port + " is not to be had: " + e.getMessage());
        }
    }

    @Test
    void moreConnectionsThanAreServedAtOnceWaitTheirTurn() throws IOException {
        var channels = new ArrayList<SocketChannel>();
        for (int i = 0; i < ConnectionAcceptor.CONNECTIONS + 10; i++) {
            channels.add(SocketChannel.open(address("tcp", "echo")));
        }
        SocketChannel last = channels.getLast();
        last.write(ByteBuffer.wrap("last".getBytes(US_ASCII)));
        last.shutdownOutput();
        for (SocketChannel channel : channels.subList(0, 10)) {
            channel.close();
        }
        assertThat(all(last)).isEqualTo("last");
        for (SocketChannel channel : channels) {
            channel.close();
        }
    }

    /** Peers that went without a word, more than are served at once, do not keep others out. */
    @Test
    void idleConnectionsMakeRoom() throws IOException {
        var idle = new ArrayList<SocketChannel>();
        for (int i = 0; i < ConnectionAcceptor.CONNECTIONS; i++) {
            idle.add(SocketChannel.open(address("tcp", "echo")));
        }
        try (SocketChannel last = SocketChannel.open(address("tcp", "echo"))) {
            last.write(ByteBuffer.wrap("last".getBytes(US_ASCII)));
            last.shutdownOutput();
            assertThat(all(last)).isEqualTo("last");
        }
        for (SocketChannel channel : idle) {
            channel.close();
        }
    }

    @Test
    void closingEndsConnectionsUnderWay() throws IOException {
        try (SocketChannel channel = SocketChannel.open(address("tcp", "echo"))) {
            channel.write(ByteBuffer.wrap("x".getBytes(US_ASCII)));
            assertThat(channel.read(ByteBuffer.allocate(1))).isEqualTo(1);
            services.close();
            assertThat(channel.read(ByteBuffer.allocate(1))).isEqualTo(-1);
        }
    }

    @Test
    void aHostWithoutStreamSocketsOffersDatagramsOnly() throws IOException {
        try (Services datagrams = Services.open(new DatagramsOnly(), all(), _ -> 0, failures::add)) {
            assertThat(datagrams.describe().toString())
                    .contains("\"udp\":{\"echo\":")
                    .endsWith("\"tcp\":{}}");
        }
    }

    private String ask(DatagramChannel channel, String service, String data) throws IOException {
        channel.send(ByteBuffer.wrap(data.getBytes(US_ASCII)), address("udp", service));
        ByteBuffer answer = ByteBuffer.allocate(1_000);
        channel.receive(answer);
        return new String(answer.array(), 0, answer.position(), US_ASCII);
    }

    private static String all(SocketChannel channel) throws IOException {
        ByteBuffer received = ByteBuffer.allocate(10_000);
        while (channel.read(received) >= 0) {
            assertThat(received.hasRemaining()).isTrue();
        }
        return new String(received.array(), 0, received.position(), US_ASCII);
    }

    private static final class DatagramsOnly extends SelectorProvider {
        @Override
        public DatagramChannel openDatagramChannel() throws IOException {
            return SelectorProvider.provider().openDatagramChannel();
        }

        @Override
        public DatagramChannel openDatagramChannel(java.net.ProtocolFamily family) throws IOException {
            return SelectorProvider.provider().openDatagramChannel(family);
        }

        @Override
        public java.nio.channels.Pipe openPipe() {
            throw new UnsupportedOperationException();
        }

        @Override
        public AbstractSelector openSelector() {
            throw new UnsupportedOperationException();
        }

        @Override
        public ServerSocketChannel openServerSocketChannel() {
            throw new UnsupportedOperationException();
        }

        @Override
        public SocketChannel openSocketChannel() {
            throw new UnsupportedOperationException();
        }
    }
}
