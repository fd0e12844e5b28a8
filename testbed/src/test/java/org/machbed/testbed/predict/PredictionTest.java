package org.machbed.testbed.predict;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.machbed.ipc.process.Crossing;
import org.machbed.testbed.predict.Prediction.Kind;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/** maeda92 section 2.2: counts times primitives. */
class PredictionTest {
    private static final PrimitiveCosts COSTS = new PrimitiveCosts(Map.of(
            Primitive.NULL_TRAP, 5_000.0,
            Primitive.NULL_RPC, 60_000.0,
            Primitive.NULL_RPC_CHRONICLE, 20_000.0,
            Primitive.KERNEL_RPC, 40_000.0,
            Primitive.KERNEL_RPC_CHRONICLE, 10_000.0,
            Primitive.OUT_OF_LINE_MAP, 30_000.0,
            Primitive.DOORBELL, 2_000.0,
            Primitive.DOORBELL_ACROSS, 4_000.0,
            Primitive.STACK_SEND, 500.0,
            Primitive.STACK_RECEIVE, 600.0));

    @Test
    void addsUpWhatARoundTripCrosses() {
        Prediction prediction = Prediction.of(
                new Counts(
                        Map.of(
                                Crossing.TRAPS,
                                4.0,
                                Crossing.FRAMES_SENT,
                                2.0,
                                Crossing.FRAMES_RECEIVED,
                                2.0,
                                Crossing.DOORBELLS,
                                2.0),
                        "",
                        false,
                        false),
                COSTS);

        assertThat(prediction.missing()).isEmpty();
        assertThat(prediction.nanosOf(Kind.TRAPS)).isEqualTo(20_000);
        assertThat(prediction.nanosOf(Kind.WIRE)).isEqualTo(8_000);
        assertThat(prediction.nanosOf(Kind.STACK)).isEqualTo(2_200);
        assertThat(prediction.totalNanos()).isCloseTo(30_200, within(0.001));
        assertThat(prediction.crossingNanos()).isEqualTo(20_000);
    }

    /** Nobody has to be woken for it. */
    @Test
    void aFrameOnAWireThatIsPolledWaitsToBeSeen() {
        Map<Crossing, Double> counts = Map.of(Crossing.FRAMES_SENT, 2.0, Crossing.DOORBELLS, 2.0);

        var costs = new PrimitiveCosts(Map.of(Primitive.POLL_ACROSS, 200.0, Primitive.STACK_SEND, 500.0));

        Prediction prediction = Prediction.of(new Counts(counts, "", false, true), costs);

        assertThat(prediction.missing()).isEmpty();
        assertThat(prediction.nanosOf(Kind.WIRE)).isEqualTo(400);
        assertThat(prediction.nanosOf(Kind.DOORBELLS)).isZero();
    }

    @Test
    void aMessageIsHalfAnRpcOfItsCarrier() {
        Map<Crossing, Double> counts = Map.of(Crossing.MESSAGES, 8.0, Crossing.KERNEL_MESSAGES, 2.0);

        assertThat(Prediction.of(new Counts(counts, "grpc", false, false), COSTS)
                        .messageNanos())
                .isEqualTo(8 * 30_000 + 2 * 20_000);
        assertThat(Prediction.of(new Counts(counts, "chronicle", false, false), COSTS)
                        .messageNanos())
                .isEqualTo(8 * 10_000 + 2 * 5_000);
    }

    @Test
    void doorbellsOfTheWireAreNotCountedTwice() {
        Map<Crossing, Double> window = Map.of(Crossing.DOORBELLS, 6.0, Crossing.FRAMES_SENT, 2.0);

        Prediction prediction = Prediction.of(new Counts(window, "grpc", false, false), COSTS);

        assertThat(prediction.nanosOf(Kind.DOORBELLS)).isEqualTo(4 * 2_000);
        assertThat(prediction.nanosOf(Kind.WIRE)).isEqualTo(2 * 4_000);
    }

    @Test
    void theUnixServersSplPairsHaveTheirPrice() {
        PrimitiveCosts costs = new PrimitiveCosts(Map.of(Primitive.NULL_TRAP, 5_000.0, Primitive.SPL_PAIR, 40.0));

        Prediction prediction = Prediction.of(
                new Counts(Map.of(Crossing.SPLS, 50.0, Crossing.TRAPS, 1.0), "grpc", false, false), costs);

        assertThat(prediction.missing()).isEmpty();
        assertThat(prediction.nanosOf(Kind.SPLS)).isEqualTo(2_000);
        assertThat(prediction.totalNanos()).isEqualTo(7_000);
        assertThat(prediction.crossingNanos())
                .as("a level is raised within one address space")
                .isEqualTo(5_000);
    }

    @Test
    void saysWhatWasNotCalibrated() {
        Prediction prediction =
                Prediction.of(new Counts(Map.of(Crossing.SPLS, 50.0, Crossing.TRAPS, 1.0), "", false, false), COSTS);

        assertThat(prediction.missing()).containsExactly("splPair");
        assertThat(prediction.totalNanos()).isEqualTo(5_000);
    }
}
