package org.machbed.link.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.machbed.link.Frames;
import org.machbed.link.LinkCounters;
import org.machbed.netstack.BigEndian;
import org.machbed.netstack.Checksum;
import org.machbed.netstack.ethernet.EthernetHeader;

import static org.assertj.core.api.Assertions.assertThat;

/** What offloads left unfinished, finished. Offsets below are those of Ethernet II with IPv4 without options, or IPv6. */
class OffloadedFramesTest {
    private static final int HEADER = OffloadHeader.BYTES;
    private static final int IP = 14;
    private static final int TCP = 34;
    private static final int TCP_DATA = 54;
    private static final int UDP_DATA = 42;
    private static final int FIN_PSH_ACK_CWR = 0x01 | 0x08 | 0x10 | 0x80;
    private static final int SEQUENCE = 0xFFFF_FFF0;

    private final LinkCounters counters = new LinkCounters();
    private final OffloadedFrames frames = new OffloadedFrames(Arena.ofAuto(), HEADER, counters);
    private final MemorySegment raw = frames.room();

    private void offload(int flags, int segmentation, int segmentBytes, int checksumStart, int checksumOffset) {
        raw.asSlice(0, HEADER).fill((byte) 0);
        raw.set(ValueLayout.JAVA_BYTE, 0, (byte) flags);
        raw.set(ValueLayout.JAVA_BYTE, 1, (byte) segmentation);
        raw.set(ValueLayout.JAVA_SHORT_UNALIGNED, 4, (short) segmentBytes);
        raw.set(ValueLayout.JAVA_SHORT_UNALIGNED, 6, (short) checksumStart);
        raw.set(ValueLayout.JAVA_SHORT_UNALIGNED, 8, (short) checksumOffset);
    }

    /** An IPv4 packet of that protocol, of which only addresses, identification and length of the header are set. */
    private MemorySegment ipv4(int protocol, int frameBytes) {
        MemorySegment frame = raw.asSlice(HEADER, frameBytes).fill((byte) 0);
        EthernetHeader.write(frame, 0, Frames.B.bits(), Frames.A.bits(), 0x0800);
        frame.set(BigEndian.BYTE, IP, (byte) 0x45);
        frame.set(BigEndian.SHORT, IP + 2, (short) (frameBytes - IP));
        frame.set(BigEndian.SHORT, IP + 4, (short) 0xFFFF);
        frame.set(BigEndian.BYTE, IP + 9, (byte) protocol);
        frame.set(BigEndian.INT, IP + 12, LinuxFrames.LINUX);
        frame.set(BigEndian.INT, IP + 16, LinuxFrames.STATION);
        for (int i = TCP; i < frameBytes; i++) {
            frame.set(BigEndian.BYTE, i, (byte) i);
        }
        return frame;
    }

    private void tcp(MemorySegment frame, int at) {
        frame.set(BigEndian.INT, at + 4, SEQUENCE);
        frame.set(BigEndian.BYTE, at + 12, (byte) 0x50);
        frame.set(BigEndian.BYTE, at + 13, (byte) FIN_PSH_ACK_CWR);
    }

    private List<byte[]> take(int frameBytes) {
        frames.take(HEADER + frameBytes);
        List<byte[]> all = new ArrayList<>();
        while (frames.pending()) {
            int length = frames.next();
            if (length != OffloadedFrames.NONE) {
                all.add(frames.memory().asSlice(frames.offset(), length).toArray(ValueLayout.JAVA_BYTE));
            }
        }
        return all;
    }

    private static int at(byte[] frame, int offset) {
        return MemorySegment.ofArray(frame).get(BigEndian.SHORT, offset) & 0xFFFF;
    }

    @Test
    void aFinishedFramePassesUntouched() {
        offload(0, 0, 0, 0, 0);
        byte[] sent = ipv4(17, 100).toArray(ValueLayout.JAVA_BYTE);
        assertThat(take(100)).containsExactly(sent);
        assertThat(counters.toString()).isEmpty();
    }

    @Test
    void aShortFrameIsPaddedWithZeros() {
        offload(0, 0, 0, 0, 0);
        raw.asSlice(HEADER).fill((byte) 0x55);
        List<byte[]> frame = take(42);
        assertThat(frame).singleElement().satisfies(bytes -> {
            assertThat(bytes).hasSize(60);
            assertThat(bytes[41]).isEqualTo((byte) 0x55);
            assertThat(bytes).endsWith(new byte[18]);
        });
    }

    /** The checksum counts from the UDP header on; its field holds the sum of the pseudo-header (RFC 768). */
    @Test
    void aPartialChecksumIsCompleted() {
        offload(1, 0, 0, TCP, 6);
        MemorySegment frame = ipv4(17, 101);
        frame.set(BigEndian.SHORT, TCP + 4, (short) 67);
        frame.set(BigEndian.SHORT, TCP + 6, (short)
                Checksum.pseudoHeader(LinuxFrames.LINUX, LinuxFrames.STATION, 17, 67));
        int sum = Checksum.sum(frame, IP, 20);
        frame.set(BigEndian.SHORT, IP + 10, (short) Checksum.complement(sum));
        assertThat(take(101)).singleElement().satisfies(LinuxFrames::assertChecksums);
        assertThat(counters.toString()).isEqualTo("checksums-completed=1");
    }

    /** RFC 768: "If the computed checksum is zero, it is transmitted as all ones." */
    @Test
    void aChecksumOfZeroIsAllOnes() {
        offload(1, 0, 0, TCP, 6);
        MemorySegment frame = ipv4(17, UDP_DATA);
        frame.asSlice(TCP).fill((byte) 0);
        frame.set(BigEndian.SHORT, TCP + 6, (short) 0xFFFF);
        assertThat(at(take(UDP_DATA).getFirst(), TCP + 6)).isEqualTo(0xFFFF);
    }

    /** RFC 9293 section 3.1: sequence numbers wrap; FIN and PSH belong to the last octet, CWR (RFC 3168) to the first segment. */
    @Test
    void aLongTcpSegmentIsCut() {
        offload(1, 0x80 | OffloadHeader.TCP_IPV4, 1_000, TCP, 16);
        MemorySegment frame = ipv4(6, TCP_DATA + 2_500);
        tcp(frame, TCP);
        byte[] data = frame.asSlice(TCP_DATA).toArray(ValueLayout.JAVA_BYTE);
        List<byte[]> cut = take(TCP_DATA + 2_500);
        assertThat(cut).extracting(bytes -> bytes.length).containsExactly(1_054, 1_054, 554);
        assertThat(cut).extracting(bytes -> at(bytes, IP + 2)).containsExactly(1_040, 1_040, 540);
        assertThat(cut).extracting(bytes -> at(bytes, IP + 4)).containsExactly(0xFFFF, 0, 1);
        assertThat(cut)
                .extracting(bytes -> MemorySegment.ofArray(bytes).get(BigEndian.INT, TCP + 4))
                .containsExactly(SEQUENCE, SEQUENCE + 1_000, SEQUENCE + 2_000);
        assertThat(cut).extracting(bytes -> bytes[TCP + 13] & 0xFF).containsExactly(0x90, 0x10, 0x19);
        assertThat(cut).allSatisfy(LinuxFrames::assertChecksums);
        for (int i = 0; i < data.length; i++) {
            assertThat(cut.get(i / 1_000)[TCP_DATA + i % 1_000]).isEqualTo(data[i]);
        }
        assertThat(counters.toString()).isEqualTo("frames-segmented=1");
    }

    @Test
    void aLongUdpDatagramIsCutAndSegmentsArePadded() {
        offload(1, OffloadHeader.UDP, 5, TCP, 6);
        ipv4(17, UDP_DATA + 12);
        List<byte[]> cut = take(UDP_DATA + 12);
        assertThat(cut).extracting(bytes -> bytes.length).containsExactly(60, 60, 60);
        assertThat(cut).extracting(bytes -> at(bytes, TCP + 4)).containsExactly(13, 13, 10);
        assertThat(cut).allSatisfy(LinuxFrames::assertChecksums);
        assertThat(cut.get(1))
                .startsWith(Arrays.copyOf(Frames.frame(Frames.B, Frames.A, 0, 60), 12))
                .endsWith(new byte[13]);
        assertThat(cut.get(1)[UDP_DATA]).isEqualTo((byte) (UDP_DATA + 5));
    }

    /** RFC 8200 section 8.1: the pseudo-header has the long addresses; there is no checksum of the header. */
    @Test
    void ipv6IsCutToo() {
        offload(1, OffloadHeader.TCP_IPV6, 100, 54, 16);
        MemorySegment frame = raw.asSlice(HEADER, 74 + 150).fill((byte) 0x11);
        EthernetHeader.write(frame, 0, Frames.B.bits(), Frames.A.bits(), 0x86dd);
        frame.set(BigEndian.BYTE, IP + 6, (byte) 6);
        tcp(frame, 54);
        List<byte[]> cut = take(74 + 150);
        assertThat(cut).extracting(bytes -> at(bytes, IP + 4)).containsExactly(120, 70);
        assertThat(cut).allSatisfy(bytes -> {
            MemorySegment memory = MemorySegment.ofArray(bytes);
            int length = at(bytes, IP + 4);
            int sum = Checksum.combine(Checksum.sum(memory, IP + 8, 32), Checksum.combine(6, length));
            assertThat(Checksum.isValid(Checksum.combine(sum, Checksum.sum(memory, 54, length))))
                    .isTrue();
        });
    }

    /** A header that says what the frame is not makes no frame, whatever it says, and the next one is taken as ever. */
    @ParameterizedTest
    @CsvSource({
        "13, 0, 0, 0, 0, 0",
        "65550, 0, 0, 0, 0, 0",
        "100, 1, 0, 0, 13, 6",
        "100, 1, 0, 0, 93, 6",
        "100, 1, 0, 0, 65535, 65535",
        "100, 1, 1, 0, 34, 16",
        "100, 1, 4, 10, 34, 16",
        "100, 1, 5, 10, 34, 16",
        "100, 1, 3, 10, 34, 16",
        "100, 1, 127, 10, 34, 16",
        "33, 1, 1, 10, 34, 16",
        "53, 1, 1, 10, 34, 16",
        "54, 1, 1, 10, 34, 16",
    })
    void nonsenseIsCounted(int bytes, int flags, int kind, int segmentBytes, int start, int offset) {
        tcp(ipv4(6, 100), TCP);
        offload(flags, kind, segmentBytes, start, offset);
        assertThat(take(bytes)).isEmpty();
        assertThat(counters.toString()).isEqualTo("unusable-frames=1");
        offload(0, 0, 0, 0, 0);
        assertThat(take(100)).hasSize(1);
    }
}
