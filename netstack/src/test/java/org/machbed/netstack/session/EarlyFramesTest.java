package org.machbed.netstack.session;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.machbed.netstack.memory.MemoryBudget;

import static org.assertj.core.api.Assertions.assertThat;

/** Frames that wait for their session. */
class EarlyFramesTest {
    private final EarlyFrames frames = new EarlyFrames(3, 100);
    private final List<Integer> replayed = new ArrayList<>();

    private boolean keep(int number, int bytes) {
        byte[] frame = new byte[bytes + 6];
        frame[5] = (byte) number;
        return frames.keep(MemorySegment.ofArray(frame), 5, bytes);
    }

    private void replay() {
        frames.replay(
                replayed, (to, memory, offset, length) -> to.add((int) memory.get(ValueLayout.JAVA_BYTE, offset)));
    }

    @Test
    void theyComeInTheirOrderAndOnce() {
        assertThat(keep(1, 10)).isTrue();
        assertThat(keep(2, 20)).isTrue();
        assertThat(frames.bytes()).isEqualTo(30);
        replay();
        replay();
        assertThat(replayed).containsExactly(1, 2);
        assertThat(frames.size()).isZero();
        assertThat(frames.bytes()).isZero();
    }

    @Test
    void thereIsABoundToThem() {
        assertThat(keep(1, 60)).isTrue();
        assertThat(keep(2, 41)).isFalse();
        assertThat(keep(3, 20)).isTrue();
        assertThat(keep(4, 20)).isTrue();
        assertThat(keep(5, 0)).isFalse();
        assertThat(frames.dropped()).isEqualTo(2);
        replay();
        assertThat(replayed).containsExactly(1, 3, 4);
    }

    @Test
    void severalShareTheirMemoryUntilTheyGiveItBack() {
        MemoryBudget memory = new MemoryBudget(100);
        EarlyFrames one = new EarlyFrames(10, 100, memory);
        EarlyFrames other = new EarlyFrames(10, 100, memory);
        MemorySegment frame = MemorySegment.ofArray(new byte[60]);
        assertThat(one.keep(frame, 0, 60)).isTrue();
        assertThat(other.keep(frame, 0, 60)).isFalse();
        assertThat(other.dropped()).isEqualTo(1);
        assertThat(other.keep(frame, 0, 40)).isTrue();
        one.clear();
        assertThat(one.size()).isZero();
        assertThat(memory.reservedBytes()).isEqualTo(40);
        assertThat(one.keep(frame, 0, 60)).isTrue();
        one.replay(replayed, (_, _, _, _) -> {});
        other.replay(replayed, (_, _, _, _) -> {});
        assertThat(memory.reservedBytes()).isZero();
    }

    @Test
    void whatIsKeptMeanwhileFollows() {
        keep(1, 10);
        frames.replay(replayed, (to, memory, offset, length) -> {
            to.add((int) memory.get(ValueLayout.JAVA_BYTE, offset));
            if (to.size() == 1) {
                keep(2, 10);
            }
        });
        assertThat(replayed).containsExactly(1, 2);
    }
}
