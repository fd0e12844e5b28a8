package org.machbed.link;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.machbed.link.capture.CapturingLink;
import org.machbed.link.impairment.ImpairedLink;
import org.machbed.link.impairment.Impairments;
import org.machbed.link.linux.InterfaceName;
import org.machbed.link.segment.SegmentLink;
import org.machbed.link.segment.SegmentOptions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class LinkSpecificationTest {
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

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '`',
            value = {
                "pigeon:eth0 ~ wire \"pigeon:eth0\" is none that is known: segment:DIRECTORY, tap:NAME or "
                        + "bridge:INTERFACE, each with [,key=value...]",
                "tap ~ wire \"tap\" is none that is known: segment:DIRECTORY, tap:NAME or bridge:INTERFACE, each with "
                        + "[,key=value...]",
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
