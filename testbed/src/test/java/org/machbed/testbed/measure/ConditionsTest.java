package org.machbed.testbed.measure;

import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ConditionsTest {
    private static final Conditions REFERENCE =
            new Conditions(1, OptionalInt.of(1500), "segment", "a:0 b:1", "tsc", 0, 0);

    @Test
    void rowsOfTheSameConditionsAreComparable() {
        assertThat(REFERENCE.invalidBeside(REFERENCE)).isEmpty();
    }

    @Test
    void whatDiffersIsNamed() {
        expect(new Conditions(64, OptionalInt.of(1500), "segment", "a:0 b:1", "tsc", 0, 0), "64 bytes");
        expect(new Conditions(1, OptionalInt.of(9000), "segment", "a:0 b:1", "tsc", 0, 0), "MTU was 9000");
        expect(new Conditions(1, OptionalInt.empty(), "segment", "a:0 b:1", "tsc", 0, 0), "MTU was unknown");
        expect(new Conditions(1, OptionalInt.of(1500), "loopback", "a:0 b:1", "tsc", 0, 0), "wire was loopback");
        expect(new Conditions(1, OptionalInt.of(1500), "segment", "a:0 b:0", "tsc", 0, 0), "CPUs a:0 b:0");
        expect(new Conditions(1, OptionalInt.of(1500), "segment", "a:0 b:1", "hpet", 0, 0), "clock source");
        expect(
                new Conditions(1, OptionalInt.of(1500), "segment", "a:0 b:1", "tsc", 0.031, 0),
                "3.1 % of its CPU time was stolen");
        expect(new Conditions(1, OptionalInt.of(1500), "segment", "a:0 b:1", "tsc", 0, 2), "throttled 2 times");
    }

    private static void expect(Conditions row, String reason) {
        assertThat(row.invalidBeside(REFERENCE))
                .hasValueSatisfying(said -> assertThat(said).contains(reason));
    }
}
