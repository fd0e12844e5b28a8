package org.machbed.link.capture;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.link.Frames;

import static org.assertj.core.api.Assertions.assertThat;

/** draft-ietf-opsawg-pcapng sections 4.1 to 4.3. */
class PcapngWriterTest {
    @TempDir
    Path directory;

    @Test
    void blocksAreThoseOfTheFormat() throws IOException {
        Path file = directory.resolve("capture.pcapng");
        byte[] frame = Frames.frame(Frames.B, Frames.A, 1, 61);
        long beforeNs = System.currentTimeMillis() * 1_000_000;
        try (PcapngWriter writer = PcapngWriter.create(file, "eth0", Frames.A)) {
            assertThat(writer.write(PcapngWriter.OUTBOUND, MemorySegment.ofArray(frame), 0, frame.length))
                    .isTrue();
        }
        long afterNs = System.currentTimeMillis() * 1_000_000 + 1_000_000;

        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.nativeOrder());
        ByteBuffer section = block(bytes, 0x0A0D0D0A);
        assertThat(section.getInt()).isEqualTo(0x1A2B3C4D);
        assertThat(section.getShort()).isEqualTo((short) 1);
        assertThat(section.getShort()).isEqualTo((short) 0);
        assertThat(section.getLong()).isEqualTo(-1);

        ByteBuffer description = block(bytes, 1);
        assertThat(description.getShort()).as("LINKTYPE_ETHERNET").isEqualTo((short) 1);
        description.position(description.position() + 6);
        assertThat(option(description, 2)).isEqualTo("eth0".getBytes(StandardCharsets.US_ASCII));
        assertThat(option(description, 6)).containsExactly(2, 0, 0, 0, 0, 0x0a);
        assertThat(option(description, 9)).containsExactly(9);
        assertThat(description.getInt()).as("opt_endofopt").isZero();

        ByteBuffer packet = block(bytes, 6);
        assertThat(packet.getInt()).as("interface").isZero();
        long timeNs = (long) packet.getInt() << 32 | (packet.getInt() & 0xffff_ffffL);
        assertThat(timeNs).isBetween(beforeNs, afterNs);
        assertThat(packet.getInt()).isEqualTo(frame.length);
        assertThat(packet.getInt()).isEqualTo(frame.length);
        byte[] recorded = new byte[frame.length];
        packet.get(recorded).position(packet.position() + 3);
        assertThat(recorded).isEqualTo(frame);
        assertThat(option(packet, 2)).as("epb_flags: outbound").containsExactly(2, 0, 0, 0);
        assertThat(bytes.hasRemaining()).isFalse();
    }

    /** The body of the next block, which must be of this type and say its length twice. */
    private static ByteBuffer block(ByteBuffer bytes, int type) {
        int start = bytes.position();
        assertThat(bytes.getInt()).isEqualTo(type);
        int length = bytes.getInt();
        assertThat(length % 4).isZero();
        assertThat(bytes.getInt(start + length - 4)).isEqualTo(length);
        bytes.position(start + length);
        return bytes.duplicate().order(bytes.order()).position(start + 8).limit(start + length - 4);
    }

    private static byte[] option(ByteBuffer block, int code) {
        assertThat(block.getShort()).isEqualTo((short) code);
        byte[] value = new byte[block.getShort()];
        block.get(value).position(block.position() + (-value.length & 3));
        return value;
    }

    @Test
    void aCaptureIsBoundedAndEndsWithAWholeBlock() throws IOException {
        Path file = directory.resolve("capture.pcapng");
        byte[] frame = Frames.frame(Frames.B, Frames.A, 1, 1_000);
        int written = 0;
        try (PcapngWriter writer = PcapngWriter.create(file, "eth0", Frames.A, 300_000)) {
            while (writer.write(PcapngWriter.INBOUND, MemorySegment.ofArray(frame), 0, frame.length)) {
                written++;
            }
        }
        assertThat(written).isEqualTo((300_000 - headerBytes()) / (28 + 1_000 + 16));
        assertThat(Files.size(file)).isEqualTo(headerBytes() + written * (28 + 1_000 + 16L));
    }

    private long headerBytes() throws IOException {
        Path empty = directory.resolve("empty.pcapng");
        PcapngWriter.create(empty, "eth0", Frames.A).close();
        return Files.size(empty);
    }

    @Test
    void nobodyElseMayReadACapture() throws IOException {
        Path file = directory.resolve("capture.pcapng");
        PcapngWriter.create(file, "eth0", Frames.A).close();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void aFrameOfAnyLengthIsTaken() throws IOException {
        Path file = directory.resolve("capture.pcapng");
        byte[] frame = new byte[14 + 65_535];
        Arrays.fill(frame, (byte) 0x55);
        try (PcapngWriter writer = PcapngWriter.create(file, "eth0", Frames.A)) {
            for (int length : new int[] {0, 1, 2, 3, frame.length, frame.length, frame.length}) {
                assertThat(writer.write(PcapngWriter.INBOUND, MemorySegment.ofArray(frame), 0, length))
                        .isTrue();
            }
        }
        assertThat(Files.size(file)).isGreaterThan(3L * frame.length);
    }
}
