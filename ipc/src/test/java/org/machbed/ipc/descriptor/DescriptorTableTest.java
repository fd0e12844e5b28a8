package org.machbed.ipc.descriptor;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Descriptors: bounded, hard to guess, stale ones refused. */
class DescriptorTableTest {
    private static final int CAPACITY = 16;

    private final DescriptorTable<String> table = new DescriptorTable<>(CAPACITY);

    @Test
    void aDescriptorNamesItsValueUntilItIsRemoved() {
        int first = table.add("first");
        int second = table.add("second");
        assertThat(first).isPositive();
        assertThat(second).isPositive().isNotEqualTo(first);
        assertThat(table.get(first)).isEqualTo("first");
        assertThat(table.all()).containsExactlyInAnyOrder(first, second);
        assertThat(table.remove(first)).isEqualTo("first");
        assertThat(table.get(first)).isNull();
        assertThat(table.remove(first)).isNull();
        assertThat(table.size()).isEqualTo(1);
    }

    @Test
    void noOtherNumberNamesAnything() {
        for (int i = 0; i < CAPACITY; i++) {
            int descriptor = table.add("value " + i);
            for (long hostile : new long[] {
                0,
                -1,
                Long.MIN_VALUE,
                Long.MAX_VALUE,
                Integer.MIN_VALUE,
                descriptor & (CAPACITY - 1),
                descriptor ^ CAPACITY,
                descriptor | 1L << 32,
                descriptor | 1L << 31,
                -descriptor
            }) {
                assertThat(table.get(hostile)).as("%x", hostile).isNull();
                assertThat(table.remove(hostile)).as("%x", hostile).isNull();
            }
        }
    }

    @Test
    void itIsFullAtItsCapacityAndUsesPlacesAgain() {
        Map<Integer, String> given = new HashMap<>();
        for (int i = 0; i < CAPACITY; i++) {
            given.put(table.add("value " + i), "value " + i);
        }
        assertThat(given).hasSize(CAPACITY).doesNotContainKey(DescriptorTable.NONE);
        assertThat(table.add("one too many")).isEqualTo(DescriptorTable.NONE);
        int any = given.keySet().iterator().next();
        assertThat(table.remove(any)).isEqualTo(given.remove(any));
        given.forEach((descriptor, value) -> assertThat(table.get(descriptor)).isEqualTo(value));
        int again = table.add("again");
        assertThat(again).isPositive();
        assertThat(table.get(again)).isEqualTo("again");
    }

    @Test
    void aStaleDescriptorNamesNothingWhoeverTookItsPlace() {
        DescriptorTable<String> one = new DescriptorTable<>(1);
        int stale = one.add("before");
        for (int i = 0; i < 1_000; i++) {
            assertThat(one.remove(stale)).isNotNull();
            int taken = one.add("after");
            assertThat(one.get(stale)).isNull();
            assertThat(one.get(taken)).isEqualTo("after");
            stale = taken;
        }
    }

    @Test
    void aCapacityThatIsNoPowerOfTwoIsRefused() {
        for (int capacity : new int[] {0, 3, 8_192, -1, Integer.MIN_VALUE}) {
            assertThatThrownBy(() -> new DescriptorTable<String>(capacity))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("" + capacity);
        }
    }
}
