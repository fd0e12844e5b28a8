package org.machbed.link.segment;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.machbed.ipc.memory.SharedMemory;
import org.machbed.link.Frames;
import org.machbed.link.LinkCounter;

import static org.assertj.core.api.Assertions.assertThat;

/** A station that writes nonsense into what it shares with another harms its own traffic and nothing else. */
class HostileStationTest {
    private static final int MTU = 1500;
    private static final int CAPACITY = SegmentOptions.MINIMUM_RING_BYTES;
    private static final SegmentOptions OPTIONS = new SegmentOptions(CAPACITY, 0, 0);

    @TempDir
    Path directory;

    private SegmentLink victim;
    private SegmentLink hostile;
    private SegmentLink honest;

    /** From the hostile station to the victim, and back. */
    private SharedMemory in;

    private SharedMemory out;
    private final Frames received = new Frames();

    @BeforeEach
    void join() throws IOException {
        victim = SegmentLink.join(directory, Frames.A, MTU, OPTIONS);
        hostile = SegmentLink.join(directory, Frames.B, MTU, OPTIONS);
        honest = SegmentLink.join(directory, Frames.C, MTU, OPTIONS);
        in = ring("ring-1-0-*");
        out = ring("ring-0-1-*");
        Frames.send(hostile, Frames.frame(Frames.A, Frames.B, 0, 100));
        assertThat(received.takeAll(victim)).hasSize(1);
        assertThat(received.takeAll(honest)).hasSize(1);
        assertThat(honest.await(0)).isTrue();
    }

    private SharedMemory ring(String glob) throws IOException {
        try (DirectoryStream<Path> rings = Files.newDirectoryStream(directory, glob)) {
            return SharedMemory.open(rings.iterator().next());
        }
    }

    @AfterEach
    void leave() {
        in.close();
        out.close();
        victim.close();
        hostile.close();
        honest.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, -8, 0, 7, 128 + 4, CAPACITY + 136, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 40})
    void tailsThatCannotBe(long tail) {
        in.segment().set(ValueLayout.JAVA_LONG, Ring.TAIL_OFFSET, tail);
        assertCutOff();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -2, Integer.MIN_VALUE, Integer.MAX_VALUE, 65_550, 200, 127})
    void lengthsThatCannotBe(int length) {
        // The next record is where the first one ended; 128 bytes of it are said to be written.
        long record = Ring.recordBytes(100);
        in.segment().set(ValueLayout.JAVA_INT, Ring.DATA_OFFSET + record, length);
        in.segment().set(ValueLayout.JAVA_LONG, Ring.TAIL_OFFSET, record + 128);
        assertCutOff();
    }

    @Test
    void aSkipBeyondWhatWasWritten() {
        long record = Ring.recordBytes(100);
        in.segment().set(ValueLayout.JAVA_INT, Ring.DATA_OFFSET + record, Ring.SKIP);
        in.segment().set(ValueLayout.JAVA_LONG, Ring.TAIL_OFFSET, record + 128);
        assertCutOff();
    }

    @Test
    void skipsWithoutEnd() {
        in.segment().asSlice(Ring.DATA_OFFSET).fill((byte) Ring.SKIP);
        in.segment().set(ValueLayout.JAVA_LONG, Ring.TAIL_OFFSET, CAPACITY + 128);
        assertCutOff();
    }

    @Test
    void aLengthAtTheVeryEndOfTheData() {
        MemorySegment memory = in.segment();
        memory.set(ValueLayout.JAVA_INT, Ring.DATA_OFFSET + Ring.recordBytes(100), Ring.MAXIMUM_FRAME_BYTES);
        // Frames that the victim takes lead it to the last 8 bytes.
        long at = Ring.recordBytes(100);
        while (CAPACITY - at > 8) {
            long left = CAPACITY - at - 8;
            long record = left < 2_000 ? left : 1_000;
            memory.set(ValueLayout.JAVA_INT, Ring.DATA_OFFSET + at, (int) record - Ring.FRAME_OFFSET);
            at += record;
        }
        memory.set(ValueLayout.JAVA_INT, Ring.DATA_OFFSET + at, 1_000);
        memory.set(ValueLayout.JAVA_LONG, Ring.TAIL_OFFSET, CAPACITY + 64L);
        assertThat(received.takeAll(victim)).isNotEmpty();
        assertCutOff();
    }

    @Test
    void aFrameThatIsNeverDue() {
        long record = Ring.recordBytes(100);
        in.segment().set(ValueLayout.JAVA_INT, Ring.DATA_OFFSET + record, 100);
        in.segment()
                .set(
                        ValueLayout.JAVA_LONG,
                        Ring.DATA_OFFSET + record + Ring.DUE_OFFSET,
                        System.nanoTime() + (1L << 50));
        in.segment().set(ValueLayout.JAVA_LONG, Ring.TAIL_OFFSET, record + 128);
        assertCutOff();
    }

    /** Nothing comes from the hostile station any more, the victim does not spin on it, and others are heard. */
    private void assertCutOff() {
        assertThat(received.takeAll(victim)).isEmpty();
        assertThat(victim.counters().get(LinkCounter.CORRUPT_RINGS)).isEqualTo(1);
        victim.await(0);
        assertThat(victim.await(0)).isFalse();

        Frames.send(hostile, Frames.frame(Frames.A, Frames.B, 1, 100));
        byte[] fromHonest = Frames.frame(Frames.A, Frames.C, 2, 100);
        Frames.send(honest, fromHonest);
        assertThat(received.takeAll(victim)).containsExactly(fromHonest);
        assertThat(victim.counters().get(LinkCounter.CORRUPT_RINGS)).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(longs = {-8, 4, 1L << 40, Long.MAX_VALUE, Long.MIN_VALUE})
    void headsThatCannotBe(long head) {
        out.segment().set(ValueLayout.JAVA_LONG, Ring.HEAD_OFFSET, head);
        int sent = 0;
        while (victim.counters().get(LinkCounter.DROPPED_CORRUPT_RING) < 3 && sent < 10_000) {
            Frames.send(victim, Frames.frame(Frames.C, Frames.A, sent++, 1_000));
            assertThat(received.takeAll(honest)).hasSize(1);
        }
        // Before it needs to know the head, the sender fills the ring once.
        assertThat(sent).isEqualTo(CAPACITY / Ring.recordBytes(1_000) + 3);
    }

    @Test
    void aDoorbellThatClaimsToBeRungForeverIsNotRung() throws IOException {
        try (SharedMemory table = SharedMemory.open(directory.resolve("segment"))) {
            long hostileDoorbell = 192 + 128 + 64;
            table.segment().set(ValueLayout.JAVA_LONG, hostileDoorbell, (1L << 30) + (7L << 32));
            Frames.send(victim, Frames.frame(Frames.C, Frames.A, 1, 100));
            // Only the honest station's.
            assertThat(victim.counters().get(LinkCounter.DOORBELLS)).isEqualTo(1);
        }
    }

    @Test
    void randomNonsenseInRingsAndTable() throws IOException {
        SplittableRandom random = new SplittableRandom(91);
        try (SharedMemory table = SharedMemory.open(directory.resolve("segment"))) {
            for (int round = 0; round < 20_000; round++) {
                MemorySegment target = switch (random.nextInt(4)) {
                    case 0 -> in.segment();
                    case 1 -> out.segment();
                    // Its own place in the table: state, address, generation.
                    case 2 -> table.segment().asSlice(192 + 128, 64);
                    default -> table.segment().asSlice(64, 8);
                };
                long words = Math.min(target.byteSize() / 8, 64);
                target.setAtIndex(
                        ValueLayout.JAVA_LONG, random.nextLong(words), random.nextLong() >> random.nextInt(64));
                Frames.send(victim, Frames.frame(Frames.C, Frames.A, round, 100));
                victim.poll(received, 64);
                received.take();
                received.takeAll(honest);
            }
        }
        byte[] fromHonest = Frames.frame(Frames.A, Frames.C, 2, 100);
        Frames.send(honest, fromHonest);
        assertThat(received.takeAll(victim)).contains(fromHonest);
        Frames.send(victim, fromHonest);
        assertThat(received.takeAll(honest)).contains(fromHonest);
    }
}
