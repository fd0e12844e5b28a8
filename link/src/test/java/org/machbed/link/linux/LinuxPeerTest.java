package org.machbed.link.linux;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.link.Frames;
import org.machbed.link.LinkCounter;
import org.machbed.link.LinkCounters;
import org.machbed.link.LinkEnd;
import org.machbed.link.LinkSpecification;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

/** Linux talks to our stack, and to itself, over the wires of this package. */
@Timeout(120)
class LinuxPeerTest {
    private static final int MTU = 1500;
    private static final int STREAM_BYTES = 20_000_000;
    private static final int FRAMES = 200;

    @TempDir
    Path directory;

    @BeforeEach
    void assumePossible() throws Exception {
        Namespace.assumePossible();
    }

    @Test
    void pingAndUdpEchoOverATapDevice() throws Exception {
        String device = Namespace.newName();
        Path capture = directory.resolve("tap.pcapng");
        try (Namespace linux = new Namespace();
                LinkEnd link = LinkSpecification.parse("tap:" + device).open(Frames.A, MTU, capture)) {
            linux.take(device, "192.0.2.1/24");
            assertEchoes(linux, link);
        }
        assertThat(capture).isNotEmptyFile();
    }

    @Test
    void pingAndUdpEchoOverABridge() throws Exception {
        String outer = Namespace.newName();
        try (Namespace here = new Namespace();
                Namespace linux = new Namespace()) {
            here.veth(linux, outer, Namespace.newName(), "192.0.2.1/24");
            try (LinkEnd link =
                    here.call(() -> LinkSpecification.parse("bridge:" + outer).open(Frames.A, MTU, null))) {
                assertEchoes(linux, link);
            }
        }
    }

    private static void assertEchoes(Namespace linux, LinkEnd link) throws Exception {
        Namespace.assumePresent("ping");
        try (EchoHost host = EchoHost.start(link, Frames.A, "192.0.2.2", MTU)) {
            assertThat(linux.exec("ping", "-c", "3", "-i", "0.01", "-W", "5", "192.0.2.2"))
                    .contains("3 packets transmitted, 3 received, 0% packet loss");
            // Fragments of 1,480 bytes both ways.
            assertThat(linux.exec("ping", "-c", "3", "-i", "0.01", "-W", "5", "-s", "5000", "192.0.2.2"))
                    .contains("3 packets transmitted, 3 received, 0% packet loss");
            // And datagrams of up to 14 of them.
            for (int length : new int[] {1, 1_471, 1_472, 1_473, 20_000}) {
                assertThat(linux.call(() -> echo(length))).isEqualTo(text(length));
            }
            assertThat(host.echoed()).isEqualTo(5);
        }
    }

    private static String echo(int length) throws Exception {
        try (DatagramChannel channel = DatagramChannel.open()) {
            channel.connect(new InetSocketAddress("192.0.2.2", EchoHost.PORT));
            channel.write(ByteBuffer.wrap(text(length).getBytes(UTF_8)));
            ByteBuffer reply = ByteBuffer.allocate(65_535);
            channel.read(reply);
            return new String(reply.array(), 0, reply.position(), UTF_8);
        }
    }

    private static String text(int length) {
        return "x".repeat(length);
    }

    /** Both ways, as the peer has no impairments of its own. */
    @Test
    void theWireImpairsBothWaysByTheSeed() throws Exception {
        List<Long> fates = impaired(7);
        assertThat(fates.get(0)).as("lost of %d arriving", FRAMES).isBetween(70L, 130L);
        assertThat(fates.get(1)).as("lost of %d leaving", FRAMES).isBetween(70L, 130L);
        assertThat(impaired(7)).isEqualTo(fates);
        assertThat(impaired(8)).isNotEqualTo(fates);
    }

    /** What became of {@link #FRAMES} frames each way. */
    private static List<Long> impaired(int seed) throws Exception {
        String device = Namespace.newName();
        String wire = "tap:" + device + ",loss=0.5,duplication=0.1,corruption=0.1,seed=" + seed;
        try (Namespace linux = new Namespace();
                LinkEnd link = LinkSpecification.parse(wire).open(Frames.A, MTU, null)) {
            linux.take(device, "192.0.2.1/24");
            linux.ip("neighbour", "add", "192.0.2.2", "lladdr", Frames.A.toString(), "dev", device);
            LinkCounters counters = link.counters();
            LinuxFrames.sendUdp(linux, FRAMES);
            while (counters.get(LinkCounter.FRAMES_RECEIVED) < FRAMES) {
                assertThat(link.await(20_000_000_000L)).isTrue();
                link.poll((memory, offset, length) -> {}, 1);
            }
            for (int i = 0; i < FRAMES; i++) {
                Frames.send(link, Frames.frame(Frames.B, Frames.A, i, 100));
            }
            assertThat(counters.get(LinkCounter.FRAMES_SENT))
                    .isEqualTo(FRAMES
                            - counters.get(LinkCounter.IMPAIRED_OUT_LOST)
                            + counters.get(LinkCounter.IMPAIRED_OUT_DUPLICATED));
            return List.of(
                    counters.get(LinkCounter.IMPAIRED_LOST),
                    counters.get(LinkCounter.IMPAIRED_OUT_LOST),
                    counters.get(LinkCounter.IMPAIRED_DUPLICATED),
                    counters.get(LinkCounter.IMPAIRED_OUT_DUPLICATED),
                    counters.get(LinkCounter.IMPAIRED_CORRUPTED),
                    counters.get(LinkCounter.IMPAIRED_OUT_CORRUPTED));
        }
    }

    /** Linux sends to Linux through two of our wires, with all its offloads on: every byte arrives, in frames of the MTU. */
    @Test
    void aStreamBetweenTwoLinuxHostsPassesTwoWiresWhole() throws Exception {
        String device = Namespace.newName();
        String outer = Namespace.newName();
        try (Namespace here = new Namespace();
                Namespace left = new Namespace();
                Namespace right = new Namespace();
                LinkEnd tap = LinkSpecification.parse("tap:" + device).open(Frames.A, MTU, null)) {
            left.take(device, "192.0.2.1/24");
            // On the far wire the relay stands for this station: its kernel passes no frames for others.
            left.ip("link", "set", device, "address", Frames.B.toString());
            here.veth(right, outer, Namespace.newName(), "192.0.2.2/24");
            try (LinkEnd bridge = here.call(
                            () -> LinkSpecification.parse("bridge:" + outer).open(Frames.B, MTU, null));
                    Relay relay = Relay.between(tap, bridge)) {
                byte[] sent = LinuxStream.bytes(STREAM_BYTES);
                assertThat(LinuxStream.transfer(right, left, "192.0.2.1", sent)).isEqualTo(digest(sent));
                assertThat(bridge.counters().get(LinkCounter.FRAMES_SEGMENTED)).isPositive();
                assertThat(LinuxStream.transfer(left, right, "192.0.2.2", sent)).isEqualTo(digest(sent));
                assertThat(relay.longestBytes()).isEqualTo(MTU + LinkEnd.HEADER_BYTES);
                assertThat(bridge.counters().get(LinkCounter.UNUSABLE_FRAMES)).isZero();
                assertThat(tap.counters().get(LinkCounter.UNUSABLE_FRAMES)).isZero();
                assertThat(right.exec("cat", "/proc/net/snmp")).containsPattern("Tcp: (\\S+ ){14}0\\n");
            }
        }
    }

    private static String digest(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }
}
