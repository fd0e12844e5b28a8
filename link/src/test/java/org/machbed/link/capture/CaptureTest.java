package org.machbed.link.capture;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.link.Frames;
import org.machbed.link.Garbage;
import org.machbed.link.LinkCounter;
import org.machbed.link.LinkEnd;
import org.machbed.link.segment.SegmentLink;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.NetworkStack;
import org.machbed.netstack.StackConfiguration;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.UdpSocket;

import static org.assertj.core.api.Assertions.assertThat;

/** What two stacks say to each other, as tshark reads it in the capture of one's link. */
class CaptureTest {
    private static final int IPV4_A = Ipv4Address.parse("192.0.2.1");
    private static final int IPV4_B = Ipv4Address.parse("192.0.2.2");
    private static final String IN = "0x00000001";
    private static final String OUT = "0x00000002";

    /** One that no dissector of tshark claims, as iPerf's does 5001. */
    private static final int PORT = 40001;

    private static final long NOW_NS = 1;

    @TempDir
    Path directory;

    private Path capture;
    private LinkEnd linkA;
    private LinkEnd linkB;
    private NetworkStack stackA;
    private NetworkStack stackB;

    @BeforeEach
    void join() throws IOException {
        capture = directory.resolve("a.pcapng");
        linkA = new CapturingLink(
                SegmentLink.join(directory.resolve("wire"), Frames.A, 1500),
                PcapngWriter.create(capture, "segment", Frames.A));
        linkB = SegmentLink.join(directory.resolve("wire"), Frames.B, 1500);
        stackA = stack(Frames.A, IPV4_A, linkA);
        stackB = stack(Frames.B, IPV4_B, linkB);
    }

    private static NetworkStack stack(MacAddress mac, int ipv4, LinkEnd link) {
        return new NetworkStack(new StackConfiguration(mac, ipv4, 24, 0, 1500, 7, true), link);
    }

    @AfterEach
    void leave() {
        linkA.close();
        linkB.close();
    }

    /** Carries frames back and forth until neither stack has anything to say. */
    private void settle() {
        int carried;
        do {
            carried = linkA.poll((memory, offset, length) -> stackA.onFrame(memory, offset, length, NOW_NS), 16);
            carried += linkB.poll((memory, offset, length) -> stackB.onFrame(memory, offset, length, NOW_NS), 16);
        } while (carried > 0);
    }

    private static void send(UdpSocket socket, int length, int ipv4, int port) throws SocketLayerException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocate(length).fill((byte) 'x');
            assertThat(socket.send(data, 0, length, ipv4, port, NOW_NS)).isEqualTo(length);
        }
    }

    @Test
    void tsharkReadsWhatTheStacksSaid() throws IOException, InterruptedException, SocketLayerException {
        Tshark.assumePresent();
        converse();
        linkA.close();

        assertThat(Tshark.select(capture, "_ws.malformed || _ws.expert.severity >= \"Error\""))
                .isEmpty();
        assertThat(Tshark.fields(capture, "frame.interface_name", "frame.packet_flags_direction").stream()
                        .distinct())
                .containsExactlyInAnyOrder("segment|" + IN, "segment|" + OUT);
        assertThat(Tshark.fields(
                        capture,
                        "frame.packet_flags_direction",
                        "frame.protocols",
                        "eth.dst",
                        "ip.src",
                        "ip.dst",
                        "ip.checksum.status",
                        "udp.srcport",
                        "udp.dstport",
                        "udp.length",
                        "udp.checksum.status",
                        "icmp.type",
                        "icmp.code",
                        "icmp.checksum.status"))
                .containsExactly(
                        // Both announce their address (RFC 5227 section 3), then one asks for the other.
                        OUT + "|eth:ethertype:arp|ff:ff:ff:ff:ff:ff||||||||||",
                        IN + "|eth:ethertype:arp|ff:ff:ff:ff:ff:ff||||||||||",
                        OUT + "|eth:ethertype:arp|ff:ff:ff:ff:ff:ff||||||||||",
                        IN + "|eth:ethertype:arp|" + Frames.A + "||||||||||",
                        OUT + "|eth:ethertype:ip:udp:data|" + Frames.B + "|192.0.2.1|192.0.2.2|1|40002|40001|9|1|||",
                        // 3000 bytes come in three fragments, put together in the last.
                        IN + "|eth:ethertype:ip:data|" + Frames.A + "|192.0.2.2|192.0.2.1|1|||||||",
                        IN + "|eth:ethertype:ip:data|" + Frames.A + "|192.0.2.2|192.0.2.1|1|||||||",
                        IN + "|eth:ethertype:ip:udp:data|" + Frames.A + "|192.0.2.2|192.0.2.1|1|40001|40002|3008|1|||",
                        // Nobody listens to port 9: destination unreachable, port unreachable, with what was sent.
                        OUT + "|eth:ethertype:ip:udp:data|" + Frames.B + "|192.0.2.1|192.0.2.2|1|40002|9|14|1|||",
                        IN + "|eth:ethertype:ip:icmp:ip:udp:data|" + Frames.A
                                + "|192.0.2.2|192.0.2.1|1|40002|9|14|1|3|3|1",
                        OUT + "|eth:ethertype:ip:icmp:data|" + Frames.B + "|192.0.2.1|192.0.2.2|1|||||8|0|1",
                        IN + "|eth:ethertype:ip:icmp:data|" + Frames.A + "|192.0.2.2|192.0.2.1|1|||||0|0|1");
        assertThat(Tshark.fields(capture, "arp.opcode", "arp.src.hw_mac", "arp.src.proto_ipv4", "arp.dst.proto_ipv4"))
                .contains(
                        "1|" + Frames.A + "|192.0.2.1|192.0.2.1",
                        "1|" + Frames.B + "|192.0.2.2|192.0.2.2",
                        "1|" + Frames.A + "|192.0.2.1|192.0.2.2",
                        "2|" + Frames.B + "|192.0.2.2|192.0.2.1");
    }

    private void converse() throws SocketLayerException {
        stackA.onTimer(NOW_NS);
        stackB.onTimer(NOW_NS);
        settle();
        UdpSocket a = stackA.udp().open();
        a.bind(0, PORT + 1);
        UdpSocket b = stackB.udp().open();
        b.bind(0, PORT);

        send(a, 1, IPV4_B, PORT);
        settle();
        send(b, 3_000, IPV4_A, PORT + 1);
        settle();
        send(a, 6, IPV4_B, 9);
        settle();
        // Echo request from 192.0.2.1 (RFC 792), written by hand.
        Frames.send(
                linkA,
                HexFormat.of()
                        .parseHex("02000000000b" + "02000000000a" + "0800"
                                + "4500001e00010000" + "4001" + "f6da" + "c0000201" + "c0000202"
                                + "0800" + "b6bb" + "00010001" + "4142"));
        settle();
    }

    @Test
    void noGarbagePerFrame() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment frame = arena.allocate(60);
            MemorySegment.copy(Frames.frame(Frames.B, Frames.A, 1, 60), 0, frame, ValueLayout.JAVA_BYTE, 0, 60);
            Garbage.assertNone(20_000, () -> {
                sendCopy(frame);
                linkB.poll((memory, offset, length) -> {}, 4);
            });
        }
    }

    private void sendCopy(MemorySegment frame) {
        FrameBuffer buffer = Objects.requireNonNull(linkA.allocate(60));
        MemorySegment.copy(frame, 0, buffer.memory, buffer.offset, 60);
        linkA.transmit(buffer);
    }

    @Test
    void aCaptureThatIsFullDoesNotStopTheLink() throws IOException {
        Path small = directory.resolve("small.pcapng");
        try (LinkEnd a = new CapturingLink(
                        SegmentLink.join(directory.resolve("other"), Frames.A, 1500),
                        PcapngWriter.create(small, "segment", Frames.A, 1_000));
                LinkEnd b = SegmentLink.join(directory.resolve("other"), Frames.B, 1500)) {
            for (int i = 0; i < 20; i++) {
                Frames.send(a, Frames.frame(Frames.B, Frames.A, i, 60));
            }
            assertThat(new Frames().takeAll(b)).hasSize(20);
            assertThat(a.counters().get(LinkCounter.CAPTURED)).isBetween(1L, 19L);
            assertThat(a.counters().get(LinkCounter.CAPTURED) + a.counters().get(LinkCounter.CAPTURE_DROPPED))
                    .isEqualTo(20);
        }
    }

    @Test
    void everyFrameOfAnySizeIsReadable() throws IOException, InterruptedException {
        Tshark.assumePresent();
        Frames received = new Frames();
        for (int length = 60; length <= 1_514; length++) {
            Frames.send(linkA, Frames.frame(Frames.B, Frames.A, length, length));
            received.takeAll(linkB);
        }
        linkA.close();
        List<String> lengths = Tshark.fields(capture, "frame.len", "eth.type", "eth.src");
        assertThat(lengths).hasSize(1_455);
        for (int i = 0; i < lengths.size(); i++) {
            assertThat(lengths.get(i)).isEqualTo((60 + i) + "|0x88b5|" + Frames.A);
        }
    }
}
