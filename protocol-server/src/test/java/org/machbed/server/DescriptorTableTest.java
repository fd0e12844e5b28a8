package org.machbed.server;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Descriptors of sockets: bounded, hard to guess, stale ones refused. */
class DescriptorTableTest {
    private final DescriptorTable<String> table = new DescriptorTable<>();

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
        int descriptor = table.add("only");
        assertThat(table.get(0)).isNull();
        assertThat(table.get(-1)).isNull();
        assertThat(table.get(Integer.MIN_VALUE)).isNull();
        assertThat(table.get(descriptor & (DescriptorTable.CAPACITY - 1))).isNull();
        assertThat(table.get(descriptor ^ DescriptorTable.CAPACITY)).isNull();
    }

    @Test
    void itIsFullAtItsCapacityAndUsesPlacesAgain() {
        Set<Integer> seen = new HashSet<>();
        for (int i = 0; i < DescriptorTable.CAPACITY; i++) {
            seen.add(table.add("value " + i));
        }
        assertThat(seen).hasSize(DescriptorTable.CAPACITY).doesNotContain(-1);
        assertThat(table.add("one too many")).isEqualTo(-1);
        int any = seen.iterator().next();
        table.remove(any);
        int again = table.add("again");
        assertThat(again).isPositive();
        assertThat(table.get(again)).isEqualTo("again");
    }
}
