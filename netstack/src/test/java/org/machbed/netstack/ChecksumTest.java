package org.machbed.netstack;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** RFC 1071. */
class ChecksumTest {
    private static MemorySegment memory(byte... bytes) {
        MemorySegment memory = Arena.ofAuto().allocate(bytes.length + 8);
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 3, bytes.length);
        return memory;
    }

    /** The definition, word by word. */
    private static int naive(byte[] bytes) {
        int sum = 0;
        for (int i = 0; i < bytes.length; i++) {
            sum += (i & 1) == 0 ? (bytes[i] & 0xFF) << 8 : bytes[i] & 0xFF;
            sum = (sum & 0xFFFF) + (sum >>> 16);
        }
        return sum;
    }

    @Test
    void section3sExample() {
        MemorySegment memory = memory(
                (byte) 0x00, (byte) 0x01, (byte) 0xf2, (byte) 0x03, (byte) 0xf4, (byte) 0xf5, (byte) 0xf6, (byte) 0xf7);
        assertThat(Checksum.sum(memory, 3, 8)).isEqualTo(0xddf2);
    }

    @Test
    void nothingSumsToZeroAndAllOnesToAllOnes() {
        assertThat(Checksum.sum(memory(), 3, 0)).isZero();
        assertThat(Checksum.sum(memory((byte) 0xFF, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF), 3, 4))
                .isEqualTo(0xFFFF);
    }

    @Property(tries = 300)
    void everyLengthAtEveryAlignmentSumsAsDefined(@ForAll @Size(max = 3000) byte[] bytes) {
        assertThat(Checksum.sum(memory(bytes), 3, bytes.length)).isEqualTo(naive(bytes));
        assertThat(Checksum.sum(MemorySegment.ofArray(bytes), 0, bytes.length)).isEqualTo(naive(bytes));
    }

    @Property(tries = 300)
    void piecesSumAsTheWhole(@ForAll @Size(max = 600) byte[] bytes, @ForAll @IntRange(max = 600) int cut) {
        int first = Math.min(cut, bytes.length) & -2;
        MemorySegment memory = memory(bytes);
        int head = Checksum.sum(memory, 3, first);
        int tail = Checksum.sum(memory, 3 + first, bytes.length - first);
        assertThat(Checksum.combine(head, tail)).isEqualTo(naive(bytes));
    }

    @Property(tries = 200)
    void dataWithTheirChecksumAreValid(@ForAll @Size(min = 2, max = 100) byte[] bytes) {
        bytes[0] = 0;
        bytes[1] = 0;
        int checksum = Checksum.complement(naive(bytes));
        bytes[0] = (byte) (checksum >>> 8);
        bytes[1] = (byte) checksum;
        boolean valid = Checksum.isValid(Checksum.sum(memory(bytes), 3, bytes.length));
        boolean allZero = naive(bytes) == 0;
        assertThat(valid || allZero).isTrue();
    }

    @Test
    void thePseudoHeaderCountsAsTwelveOctets() {
        byte[] octets = {(byte) 192, 0, 2, 1, (byte) 198, 51, 100, 2, 0, 17, 1, 0};
        int sum = Checksum.pseudoHeader(Ipv4Address.parse("192.0.2.1"), Ipv4Address.parse("198.51.100.2"), 17, 256);
        assertThat(sum).isEqualTo(naive(octets));
    }

    @Test
    void theLargestPacketDoesNotOverflow() {
        byte[] ones = new byte[65_535];
        java.util.Arrays.fill(ones, (byte) 0xFF);
        assertThat(Checksum.sum(memory(ones), 3, ones.length)).isEqualTo(naive(ones));
    }
}
