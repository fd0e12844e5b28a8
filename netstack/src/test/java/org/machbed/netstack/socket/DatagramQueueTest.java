package org.machbed.netstack.socket;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.machbed.netstack.memory.MemoryBudget;

import static org.assertj.core.api.Assertions.assertThat;

/** The ring of bytes against a queue of arrays. */
class DatagramQueueTest {
    @Property(tries = 60)
    void givesBackWhatItWasGivenInOrder(@ForAll long seed, @ForAll @IntRange(min = 8, max = 40_000) int limit) {
        Random random = new Random(seed);
        MemoryBudget memory = new MemoryBudget(1 << 20);
        DatagramQueue queue = new DatagramQueue(memory, limit);
        ArrayDeque<byte[]> model = new ArrayDeque<>();
        MemorySegment buffer = Arena.ofAuto().allocate(10_000);
        int longest = 1 + random.nextInt(9000);
        for (int i = 0; i < 400; i++) {
            if (random.nextInt(5) < 3) {
                byte[] datagram = new byte[random.nextInt(longest)];
                random.nextBytes(datagram);
                MemorySegment.copy(datagram, 0, buffer, ValueLayout.JAVA_BYTE, 0, datagram.length);
                if (queue.offer(buffer, 0, datagram.length, i, 7) == DatagramQueue.Offer.QUEUED) {
                    model.add(datagram);
                }
            } else {
                byte[] expected = model.poll();
                long header = queue.poll(buffer, 0, 10_000);
                if (expected == null) {
                    assertThat(header).isEqualTo(DatagramHeader.NONE);
                } else {
                    int length = DatagramHeader.lengthBytes(header);
                    assertThat(buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE))
                            .isEqualTo(expected);
                    assertThat(DatagramHeader.port(header)).isEqualTo(7);
                }
            }
            assertThat(queue.isEmpty()).isEqualTo(model.isEmpty());
        }
        assertThat(memory.reservedBytes()).isLessThanOrEqualTo(Math.max(4096, 4L * limit));
        queue.clear();
        assertThat(memory.reservedBytes()).isZero();
    }
}
