package org.machbed.testbed.calibrate;

import java.util.List;
import java.util.Set;
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

    @Test
    void systemsWithoutMessagesNeedNoPrimitiveOfThem() {
        assertThat(needed(Set.of()))
                .hasSize(12)
                .contains(Primitive.NULL_TRAP, Primitive.DOORBELL_ACROSS, Primitive.STACK_SEND)
                .doesNotContain(Primitive.NULL_RPC, Primitive.OUT_OF_LINE_MAP, Primitive.SPL_PAIR);
        assertThat(needed(Set.of("chronicle")))
                .contains(Primitive.NULL_RPC_CHRONICLE, Primitive.OUT_OF_LINE_MAP, Primitive.SPL_PAIR)
                .doesNotContain(Primitive.NULL_RPC, Primitive.KERNEL_INDICATION);
        assertThat(needed(Set.of("grpc", "chronicle"))).hasSameSizeAs(PrimitiveRun.all());
    }

    private static List<Primitive> needed(Set<String> carriers) {
        return PrimitiveRun.all().stream()
                .filter(one -> one.neededWith(carriers))
                .map(PrimitiveRun::primitive)
                .toList();
    }
}
