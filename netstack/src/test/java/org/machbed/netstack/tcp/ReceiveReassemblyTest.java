package org.machbed.netstack.tcp;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.machbed.netstack.memory.BufferSource;
import org.machbed.netstack.memory.MemoryBudget;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** RFC 9293 section 3.10.7.4 (seventh, check the segment text), RFC 2018 and RFC 2883. */
class ReceiveReassemblyTest {
    /** The numbers wrap within the first octets. */
    private static final int START = -3;

    private final MemoryBudget budget = new MemoryBudget(1 << 20);
    private final ReceiveReassembly buffer = new ReceiveReassembly(BufferSource.ofHeap(budget), 10_000);

    ReceiveReassemblyTest() {
        buffer.reset(START);
    }

    private int insert(int at, String text) {
        byte[] bytes = ("--" + text).getBytes(StandardCharsets.US_ASCII);
        return buffer.insert(START + at, MemorySegment.ofArray(bytes), 2, text.length());
    }

    private String read(int room) {
        byte[] bytes = new byte[room];
        int length = buffer.read(MemorySegment.ofArray(bytes), 0, room);
        return new String(bytes, 0, length, StandardCharsets.US_ASCII);
    }

    private String blocks() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < buffer.sackBlocks(); i++) {
            text.append(buffer.sackLeft(i) - START)
                    .append('-')
                    .append(buffer.sackRight(i) - START)
                    .append(' ');
        }
        return text.toString().strip();
    }

    @Test
    void octetsInOrderAreReadAsTheyCame() {
        assertThat(insert(0, "hello ")).isEqualTo(6);
        assertThat(insert(6, "world")).isEqualTo(5);
        assertThat(buffer.nextSequence()).isEqualTo(START + 11);
        assertThat(buffer.readableBytes()).isEqualTo(11);
        assertThat(buffer.windowBytes()).isEqualTo(10_000 - 11);
        assertThat(read(7)).isEqualTo("hello w");
        assertThat(buffer.readSequence()).isEqualTo(START + 7);
        assertThat(read(100)).isEqualTo("orld");
        assertThat(read(100)).isEmpty();
        assertThat(buffer.windowBytes()).isEqualTo(10_000);
        assertThat(blocks()).isEmpty();
    }

    @Test
    void octetsThatComeEarlyWait() {
        assertThat(insert(3, "def")).isZero();
        assertThat(buffer.hasGaps()).isTrue();
        assertThat(buffer.outOfOrderBytes()).isEqualTo(3);
        assertThat(buffer.readableBytes()).isZero();
        assertThat(buffer.windowBytes())
                .as("out of order octets lie in the window")
                .isEqualTo(10_000);
        assertThat(insert(0, "abc")).isEqualTo(6);
        assertThat(buffer.hasGaps()).isFalse();
        assertThat(read(10)).isEqualTo("abcdef");
    }

    /** What was acknowledged must not change, whoever sends it again. */
    @Test
    void theFirstOctetsStay() {
        insert(0, "ab");
        insert(4, "ef");
        insert(0, "XXcXXXg");
        assertThat(read(10)).isEqualTo("abcXefg");
    }

    @Test
    void oneSegmentFillsManyGaps() {
        insert(2, "c");
        insert(4, "e");
        insert(6, "gh");
        assertThat(insert(1, "XXXXXXXXX")).isZero();
        assertThat(blocks()).isEqualTo("2-3 1-10");
        assertThat(insert(0, "a")).isEqualTo(10);
        assertThat(read(20)).isEqualTo("aXcXeXghXX");
    }

    /** RFC 2018 section 4: the block of the last segment first, then those before it, four at most. */
    @Test
    void theMostRecentBlockIsReportedFirst() {
        insert(10, "a");
        insert(30, "a");
        insert(50, "a");
        assertThat(blocks()).isEqualTo("50-51 30-31 10-11");
        insert(31, "b");
        assertThat(blocks()).isEqualTo("30-32 50-51 10-11");
        insert(70, "a");
        insert(90, "a");
        assertThat(blocks()).isEqualTo("90-91 70-71 30-32 50-51");
        insert(0, "0123456789");
        assertThat(blocks()).isEqualTo("90-91 70-71 30-32 50-51");
        assertThat(buffer.readableBytes()).isEqualTo(11);
    }

    @Test
    void blocksThatMeetBecomeOne() {
        insert(10, "aaaaa");
        insert(20, "aaaaa");
        insert(15, "aaaaa");
        assertThat(blocks()).isEqualTo("10-25");
    }

    /** RFC 2883 section 4: duplicates are reported first, and once. */
    @Test
    void duplicatesAreReportedOnce() {
        insert(0, "abcdef");
        assertThat(insert(2, "cd")).isZero();
        assertThat(blocks()).isEqualTo("2-4");
        buffer.forgetDuplicate();
        assertThat(blocks()).isEmpty();
        insert(10, "klmn");
        insert(11, "l");
        assertThat(blocks()).isEqualTo("11-12 10-14");
        insert(12, "mnop");
        assertThat(blocks()).isEqualTo("12-14 10-16");
        insert(20, "u");
        assertThat(blocks()).isEqualTo("20-21 10-16");
        insert(4, "efgh");
        assertThat(blocks()).as("half of it came again").isEqualTo("4-6 20-21 10-16");
    }

    /** RFC 9293 section 3.10.7.4: what lies outside the window is cut off. */
    @Test
    void nothingBeyondTheLimitIsKept() {
        buffer.limitBytes(5);
        assertThat(insert(0, "abcdefgh")).isEqualTo(5);
        assertThat(buffer.windowBytes()).isZero();
        assertThat(insert(5, "f")).isZero();
        assertThat(read(2)).isEqualTo("ab");
        assertThat(insert(6, "ghi")).isZero();
        assertThat(insert(5, "f")).isEqualTo(2);
        assertThat(read(10)).isEqualTo("cdefg");
        assertThat(insert(-100, "long ago")).isZero();
        assertThat(insert(0x7000_0000, "far away")).isZero();
        assertThat(insert(0, "")).isZero();
    }

    @Test
    void rangesAreBounded() {
        buffer.limitBytes(100_000);
        for (int i = 0; i < SequenceRanges.MAXIMUM; i++) {
            assertThat(insert(2 + 2 * i, "x")).isZero();
        }
        assertThat(insert(2 + 2 * SequenceRanges.MAXIMUM, "x")).isEqualTo(ReceiveReassembly.REFUSED);
        assertThat(insert(3, "x")).as("what joins two is taken").isZero();
        assertThat(insert(2 + 2 * SequenceRanges.MAXIMUM, "x")).isZero();
        assertThat(insert(0, "ab")).as("what is in order always").isEqualTo(5);
    }

    @Test
    void memoryIsTakenWhenNeededAndGivenBack() {
        assertThat(budget.reservedBytes()).isZero();
        insert(0, "x");
        assertThat(budget.reservedBytes()).isEqualTo(4096);
        insert(4096, "y");
        assertThat(budget.reservedBytes()).isEqualTo(8192);
        buffer.trim();
        assertThat(budget.reservedBytes()).as("it is not empty").isEqualTo(8192);
        buffer.release();
        assertThat(budget.reservedBytes()).isZero();
        assertThat(buffer.readableBytes()).isZero();
        assertThat(buffer.hasGaps()).isFalse();
        insert(1, "z");
        assertThat(read(1)).isEqualTo("z");
        buffer.trim();
        assertThat(budget.reservedBytes()).isZero();
    }

    @Test
    void withoutMemoryNothingIsTaken() {
        budget.reserve((1 << 20) - 5000);
        assertThat(insert(0, "ab")).isEqualTo(2);
        assertThat(insert(5000, "x")).isEqualTo(ReceiveReassembly.REFUSED);
        assertThat(buffer.nextSequence()).isEqualTo(START + 2);
        assertThat(insert(2, "c")).isEqualTo(1);
        assertThat(read(9)).isEqualTo("abc");
    }

    @Test
    void memoryMayBeSomebodyElses() {
        MemorySegment shared = MemorySegment.ofArray(new byte[20]);
        ReceiveReassembly placed = new ReceiveReassembly(BufferSource.of(shared), 16);
        placed.reset(0);
        assertThat(placed.insert(14, MemorySegment.ofArray(new byte[] {1, 2, 3}), 0, 3))
                .isZero();
        assertThat(placed.memoryBytes()).isEqualTo(16);
        assertThat(shared.get(ValueLayout.JAVA_BYTE, 14)).isEqualTo((byte) 1);
        assertThat(shared.get(ValueLayout.JAVA_BYTE, 0)).as("outside the limit").isZero();
    }

    /** A reader in another process takes them from the ring, in one piece or two. */
    @Test
    void readableOctetsMayBeTakenWhereTheyLie() {
        assertThat(buffer.readableRunBytes()).isZero();
        insert(0, "abcdef");
        assertThat(buffer.readableRunBytes()).isEqualTo(3);
        assertThat(buffer.memory().get(ValueLayout.JAVA_BYTE, buffer.readableOffset()))
                .isEqualTo((byte) 'a');
        buffer.consume(3);
        assertThat(buffer.readableOffset()).isZero();
        assertThat(buffer.readableRunBytes()).isEqualTo(3);
        assertThatThrownBy(() -> buffer.consume(4)).isInstanceOf(IllegalArgumentException.class);
    }

    /** Segments of random places, lengths and contents, against an array of all octets. */
    @Test
    void keepsTheFirstOfEveryOctet() {
        for (int seed = 0; seed < 200; seed++) {
            run(new SplittableRandom(seed));
        }
        assertThat(budget.reservedBytes()).isZero();
    }

    private void run(SplittableRandom random) {
        int octets = 30_000;
        int limit = 1000 + random.nextInt(6000);
        byte[] expected = new byte[octets];
        boolean[] came = new boolean[octets];
        int start = random.nextInt();
        int next = 0;
        int readOctets = 0;
        ReceiveReassembly tested = new ReceiveReassembly(BufferSource.ofHeap(budget), limit);
        tested.reset(start);
        byte[] data = new byte[900];
        byte[] out = new byte[3000];
        for (int step = 0; step < 400; step++) {
            random.nextBytes(data);
            int at = Math.max(0, next - 600 + random.nextInt(2000));
            int length = Math.min(octets - at, random.nextInt(data.length));
            int advanced = tested.insert(start + at, MemorySegment.ofArray(data), 0, length);
            for (int i = Math.max(at, next); i < Math.min(at + length, readOctets + limit); i++) {
                if (!came[i]) {
                    came[i] = true;
                    expected[i] = data[i - at];
                }
            }
            int before = next;
            while (next < octets && came[next]) {
                next++;
            }
            assertThat(advanced).isEqualTo(next - before);
            assertThat(tested.nextSequence() - start).isEqualTo(next);
            assertBlocks(tested, start, next, came);
            if (random.nextInt(3) == 0) {
                int count = tested.read(MemorySegment.ofArray(out), 0, random.nextInt(out.length));
                for (int i = 0; i < count; i++) {
                    assertThat(out[i]).isEqualTo(expected[readOctets + i]);
                }
                readOctets += count;
            }
        }
        tested.release();
    }

    private static void assertBlocks(ReceiveReassembly tested, int start, int next, boolean[] came) {
        int waiting = 0;
        for (int i = next; i < came.length; i++) {
            waiting += came[i] ? 1 : 0;
        }
        assertThat(tested.outOfOrderBytes()).isEqualTo(waiting);
        tested.forgetDuplicate();
        for (int i = 0; i < tested.sackBlocks(); i++) {
            int left = tested.sackLeft(i) - start;
            int right = tested.sackRight(i) - start;
            assertThat(left).isGreaterThan(next).isLessThan(right);
            assertThat(came[left - 1]).isFalse();
            assertThat(right == came.length || !came[right]).isTrue();
            for (int octet = left; octet < right; octet++) {
                assertThat(came[octet]).isTrue();
            }
        }
    }
}
