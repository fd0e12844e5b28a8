package org.machbed.netstack.tcp;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** RFC 9293 section 3.4. */
class SequenceNumberTest {
    @Test
    void numbersGoOnBehindTheLargest() {
        assertThat(SequenceNumber.lessThan(0xFFFF_FFFF, 0)).isTrue();
        assertThat(SequenceNumber.lessThan(0x7FFF_FFFF, 0x8000_0000)).isTrue();
        assertThat(SequenceNumber.greaterThan(5, 0xFFFF_FFF0)).isTrue();
        assertThat(SequenceNumber.max(5, 0xFFFF_FFF0)).isEqualTo(5);
        assertThat(SequenceNumber.min(5, 0xFFFF_FFF0)).isEqualTo(0xFFFF_FFF0);
        assertThat(SequenceNumber.distance(0xFFFF_FFF0, 5)).isEqualTo(21);
        assertThat(SequenceNumber.distance(5, 0xFFFF_FFF0)).isEqualTo(-21);
    }

    @Test
    void aWindowOfNothingHasNothingInIt() {
        assertThat(SequenceNumber.inWindow(7, 7, 0)).isFalse();
        assertThat(SequenceNumber.inWindow(7, 7, 1)).isTrue();
        assertThat(SequenceNumber.inWindow(8, 7, 1)).isFalse();
        assertThat(SequenceNumber.inWindow(6, 7, 1)).isFalse();
    }

    @Property(tries = 500)
    void comparesAsDistancesSay(@ForAll int from, @ForAll @IntRange(min = -(1 << 30), max = 1 << 30) int distance) {
        int to = from + distance;
        assertThat(SequenceNumber.lessThan(from, to)).isEqualTo(distance > 0);
        assertThat(SequenceNumber.lessOrEqual(from, to)).isEqualTo(distance >= 0);
        assertThat(SequenceNumber.greaterThan(from, to)).isEqualTo(distance < 0);
        assertThat(SequenceNumber.greaterOrEqual(from, to)).isEqualTo(distance <= 0);
        assertThat(SequenceNumber.max(from, to)).isEqualTo(distance > 0 ? to : from);
        assertThat(SequenceNumber.min(from, to)).isEqualTo(distance > 0 ? from : to);
        assertThat(SequenceNumber.distance(from, to)).isEqualTo(distance);
    }

    @Property(tries = 500)
    void aWindowHasItsOctetsAndNoOthers(
            @ForAll int left,
            @ForAll @IntRange(max = 1 << 30) int length,
            @ForAll @IntRange(min = -(1 << 30), max = 1 << 30) int at) {
        assertThat(SequenceNumber.inWindow(left + at, left, length)).isEqualTo(at >= 0 && at < length);
    }
}
