package org.machbed.kernel.device;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class TrapHandlesTest {
    @Test
    void aHandleNamesItsValueUntilRemoved() {
        TrapHandles<String> handles = new TrapHandles<>(16);
        Map<Integer, String> given = new HashMap<>();
        for (int i = 0; i < 16; i++) {
            String value = "value " + i;
            int handle = handles.add(value);
            assertThat(handle).isPositive();
            assertThat(given.put(handle, value)).isNull();
        }
        assertThat(handles.add("one too many")).isZero();
        int removed = given.keySet().iterator().next();
        handles.remove(removed);
        given.remove(removed);
        assertThat(handles.get(removed)).isNull();
        given.forEach((handle, value) -> assertThat(handles.get(handle)).isEqualTo(value));
        handles.remove(removed);
        assertThat(handles.add("room again")).isPositive();
        assertThat(handles.add("and full again")).isZero();
    }

    @Test
    void hostileHandlesNameNothing() {
        TrapHandles<String> handles = new TrapHandles<>(16);
        int handle = handles.add("value");
        for (long hostile : new long[] {
            0, -1, Long.MIN_VALUE, Long.MAX_VALUE, handle | 1L << 32, handle | 1L << 31, -handle, handle + 1L
        }) {
            assertThat(handles.get(hostile)).isNull();
        }
    }
}
