package org.machbed.link;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.machbed.link.capture.CapturingLink;
import org.machbed.link.impairment.ImpairedLink;
import org.machbed.link.impairment.Impairments;
import org.machbed.link.linux.InterfaceName;
import org.machbed.link.linux.Ipv4Subnet;
import org.machbed.link.linux.UdpEndpoint;
import org.machbed.link.segment.SegmentLink;
import org.machbed.link.segment.SegmentOptions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class LinkSpecificationTest {
    private static final String KNOWN = "segment:DIRECTORY, tap:NAME, bridge:INTERFACE, bridge:SUBNET or "
            + "udp:ADDRESS:PORT,peer=HOST:PORT, each with [,key=value...]";

    @TempDir
    Path parent;

    @Test
    void aDirectoryIsEnough() {
        assertThat(LinkSpecification.parse("segment:/dev/shm/wire"))
                .isEqualTo(new LinkSpecification(
                        new Wire.Segment(Path.of("/dev/shm/wire"), SegmentOptions.DEFAULT), Impairments.NONE));
    }

    @Test
    void everyOptionHasAName() {
        assertThat(LinkSpecification.parse("segment:wire,ringBytes=262144,rateBitsPerSecond=10000000,delayNs=5000,"
                        + "loss=0.01,duplication=0.02,reordering=0.03,corruption=0.04,seed=7"))
                .isEqualTo(new LinkSpecification(
                        new Wire.Segment(Path.of("wire"), new SegmentOptions(262_144, 10_000_000, 5_000)),
                        new Impairments(0.01, 0.02, 0.03, 0.04, 7)));
    }

    @Test
    void interfacesOfTheMachineAreWiresWithImpairments() {
        assertThat(LinkSpecification.parse("tap:tap0"))
                .isEqualTo(new LinkSpecification(new Wire.Tap(new InterfaceName("tap0")), Impairments.NONE));
        assertThat(LinkSpecification.parse("bridge:br-0.1,loss=0.5,seed=3"))
                .isEqualTo(new LinkSpecification(
                        new Wire.Bridge(new InterfaceName("br-0.1")), new Impairments(0.5, 0, 0, 0, 3)));
    }

    @Test
    void aBridgeIsFoundByItsSubnet() {
        assertThat(LinkSpecification.parse("bridge:10.151.0.0/16,seed=1"))
                .isEqualTo(new LinkSpecification(
                        new Wire.Bridge(new Ipv4Subnet(0x0A970000, 16)), new Impairments(0, 0, 0, 0, 1)));
    }

    @Test
    void aUdpWireHasALocalEndAndPeers() {
        assertThat(LinkSpecification.parse("udp:10.151.0.0/16:7410,peer=b-kernel-node:7411,loss=0.5,peer=192.0.2.3:9"))
                .isEqualTo(new LinkSpecification(
                        new Wire.Udp(
                                new UdpEndpoint("10.151.0.0/16", 7410),
                                List.of(new UdpEndpoint("b-kernel-node", 7411), new UdpEndpoint("192.0.2.3", 9))),
                        new Impairments(0.5, 0, 0, 0, 0)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '`',
            value = {
                "pigeon:eth0 ~ wire \"pigeon:eth0\" is none that is known: " + KNOWN,
                "tap ~ wire \"tap\" is none that is known: " + KNOWN,
                "tap: ~ wire \"tap:\" names no device",
                "bridge:,loss=1 ~ wire \"bridge:,loss=1\" names no interface",
                "tap:sixteen-letters- ~ interface name \"sixteen-letters-\" has 16 bytes, and Linux allows 15",
                "tap:tap%d ~ interface name \"tap%d\" is none: spaces, '/', ':' and '%' are not allowed",
                "bridge:a/b ~ interface name \"a/b\" is none: spaces, '/', ':' and '%' are not allowed",
                "bridge:.. ~ interface name \"..\" is none: spaces, '/', ':' and '%' are not allowed",
                "tap:t,delayNs=1 ~ only a segment has wire option delayNs (known for tap: loss, duplication, reordering, "
                        + "corruption, seed)",
                "bridge:b,colour=red ~ unknown wire option colour (known for bridge: loss, duplication, reordering, "
                        + "corruption, seed)",
                "bridge:10.1.0.0/33 ~ \"10.1.0.0/33\" is no subnet like 192.0.2.0/24",
                "bridge:10.1.0/8 ~ not an IPv4 address: \"10.1.0\" (want four octets like 192.0.2.1)",
                "bridge:10.1.0.1/16 ~ subnet 10.1.0.1/16 has bits beyond its prefix: is it 10.1.0.0/16?",
                "udp: ~ wire \"udp:\" names no local end",
                "udp:192.0.2.1 ~ \"192.0.2.1\" is not HOST:PORT, like 192.0.2.1:7410",
                "udp:192.0.2.1:7410 ~ wire udp has 1 to 64 options peer=HOST:PORT, not 0",
                "udp:192.0.2.1:0,peer=b:1 ~ port 0 is not between 1 and 65535",
                "udp:192.0.2.1:7410,peer=b:65536 ~ port 65536 is not between 1 and 65535",
                "udp:192.0.2.1:7410,peer=b ~ \"b\" is not HOST:PORT, like 192.0.2.1:7410",
                "udp:192.0.2.1:7410,peer=:1 ~ \"\" is no IPv4 address and no name of a machine",
                "udp:192.0.2.1:7410,peer=192.0.2.300:1 ~ not an IPv4 address: \"192.0.2.300\" (want four octets like "
                        + "192.0.2.1)",
                "udp:192.0.2.1:7410,peer=192.0.2.0/24:1 ~ peer 192.0.2.0/24:1 is a subnet, and one machine is wanted",
                "udp:192.0.2.1:7410,peer=b:1,peer=b:1 ~ a peer of wire udp stands twice, or is its own end",
                "udp:192.0.2.1:7410,peer=192.0.2.1:7410 ~ a peer of wire udp stands twice, or is its own end",
                "udp:192.0.2.1:7410,peer=b:1,rateBitsPerSecond=1 ~ only a segment has wire option rateBitsPerSecond "
                        + "(known for udp: peer, loss, duplication, reordering, corruption, seed)",
                "bridge:b,peer=b:1 ~ unknown wire option peer (known for bridge: loss, duplication, reordering, "
                        + "corruption, seed)",
                "segment: ~ wire \"segment:\" names no directory",
                "segment:w,colour=red ~ unknown wire option colour (known: ringBytes, rateBitsPerSecond, delayNs, loss, "
                        + "duplication, reordering, corruption, seed)",
                "segment:w,loss ~ wire option \"loss\" is not key=value",
                "segment:w,=1 ~ wire option \"=1\" is not key=value",
                "segment:w,loss=much ~ wire option loss=much is no number",
                "segment:w,loss=2 ~ loss=2.0 is no probability (from 0 to 1)",
                "segment:w,loss=0,loss=0 ~ wire option loss stands twice",
                "segment:w,seed=-1 ~ wire option seed=-1 is not between 0 and 9223372036854775807",
                "segment:w,delayNs=1e6 ~ wire option delayNs=1e6 is no whole number",
                "segment:w,ringBytes=5000000000 ~ wire option ringBytes=5000000000 is not between 0 and 2147483647",
                "segment:w,ringBytes=1000 ~ ringBytes=1000 is no power of two from 262144 to 16777216",
            })
    void whatIsWrongIsNamed(String text, String reason) {
        assertThatThrownBy(() -> LinkSpecification.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(reason);
    }

    @Test
    void aLinkIsOpenedAsItIsSpecified() throws IOException {
        Path capture = parent.resolve("capture.pcapng");
        String segment = "segment:" + parent.resolve("wire");
        try (LinkEnd plain = LinkSpecification.parse(segment).open(Frames.A, 1500, null);
                LinkEnd captured = LinkSpecification.parse(segment + ",loss=1").open(Frames.B, 1500, capture)) {
            assertThat(plain).isInstanceOf(SegmentLink.class);
            assertThat(captured).isInstanceOf(CapturingLink.class);
            assertThat(captured.address()).isEqualTo(Frames.B);
            assertThat(captured.mtuBytes()).isEqualTo(1500);
            Frames.send(plain, Frames.frame(Frames.B, Frames.A, 1, 60));
            Frames received = new Frames();
            assertThat(received.takeAll(captured)).isEmpty();
            assertThat(captured.counters().get(LinkCounter.IMPAIRED_LOST)).isEqualTo(1);
            assertThat(captured.counters().get(LinkCounter.CAPTURED)).isZero();
        }
        assertThat(Files.size(capture)).isPositive();
    }

    @Test
    void aCaptureThatCannotBeWrittenLeavesTheLinkAgain() throws IOException {
        LinkSpecification specification = LinkSpecification.parse("segment:" + parent.resolve("wire"));
        assertThatThrownBy(() -> specification.open(Frames.A, 1500, parent.resolve("none/capture")))
                .isInstanceOf(IOException.class);
        LinkEnd link = specification.open(Frames.A, 1500, null);
        assertThat(link).isNotInstanceOf(ImpairedLink.class);
        link.close();
    }
}
