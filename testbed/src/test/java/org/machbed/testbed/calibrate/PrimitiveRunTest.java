package org.machbed.testbed.calibrate;

import org.junit.jupiter.api.Test;
import org.machbed.testbed.calibrate.PrimitiveRun.Parties;
import org.machbed.testbed.predict.Primitive;

import static org.assertj.core.api.Assertions.assertThat;

/** What a calibration measures, and in which process. */
class PrimitiveRunTest {
    @Test
    void everyPrimitiveOfAPredictionIsMeasuredOnce() {
        assertThat(PrimitiveRun.all().stream().map(PrimitiveRun::primitive))
                .containsExactlyInAnyOrder(Primitive.values());
    }

    @Test
    void theSplPairIsMeasuredAloneInTheServerThatOwnsIt() {
        PrimitiveRun spl = PrimitiveRun.all().stream()
                .filter(run -> run.primitive() == Primitive.SPL_PAIR)
                .findFirst()
                .orElseThrow();

        assertThat(spl.near()).isEqualTo(ServerParty.NAME);
        assertThat(spl.pair()).isFalse();
    }

    @Test
    void everythingElseIsMeasuredByAnApplication() {
        assertThat(PrimitiveRun.all())
                .filteredOn(run -> run.parties() != Parties.SERVER)
                .allSatisfy(run -> assertThat(run.near()).isEqualTo("near-" + run.ipc()));
    }
}
