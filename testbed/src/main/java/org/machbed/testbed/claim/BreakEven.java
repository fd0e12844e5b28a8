package org.machbed.testbed.claim;

import java.util.OptionalDouble;
import org.machbed.testbed.predict.Prediction;
import org.machbed.testbed.predict.Primitive;
import org.machbed.testbed.predict.PrimitiveCosts;

/**
 * What a message would have to cost for a claim about two rows to hold. Where a claim of 1992 fails today, the price of a
 * message against that of a trap is usually the reason: then a message cost little more than two traps.
 */
final class BreakEven {
    /** maeda92 section 2.2 and its footnote 1: an RPC takes 140 us, of two messages; a system call about 30 us. */
    private static final double TRAPS_PER_MESSAGE_1992 = 140.0 / 2 / 30;

    private BreakEven() {}

    /**
     * The sentence for a row whose ratio to another lies above the band.
     *
     * @param limit the largest ratio with which the claim would hold
     */
    static String sentence(JudgedRow row, JudgedRow other, double limit, PrimitiveCosts costs) {
        String ipc = row.result().spec().ipc();
        OptionalDouble message = costs.message(ipc);
        OptionalDouble trap = costs.of(Primitive.NULL_TRAP);
        if (message.isEmpty()
                || trap.isEmpty()
                || row.prediction().isEmpty()
                || other.prediction().isEmpty()) {
            return "";
        }
        double price = message.getAsDouble();
        String today = "A message costs %.1f us here, as much as %.1f null traps (in 1992: %.1f)."
                .formatted(price / 1000, price / trap.getAsDouble(), TRAPS_PER_MESSAGE_1992);
        OptionalDouble share = affordableShare(row, other, limit);
        if (share.isEmpty()) {
            return today;
        }
        double affordable = share.getAsDouble() * price;
        return affordable <= 0
                ? today + " Even messages that cost nothing would not make it hold."
                : today
                        + " Break-even: it would hold with messages of at most %.1f us, %.1f traps."
                                .formatted(affordable / 1000, affordable / trap.getAsDouble());
    }

    /**
     * The factor by which all messages would have to be cheaper: with M the part of a row's time that its messages take,
     * {@code A - Ma + s Ma = limit (B - Mb + s Mb)} solved for s. Empty when messages do not decide.
     */
    static OptionalDouble affordableShare(JudgedRow row, JudgedRow other, double limit) {
        double messages = row.prediction().map(Prediction::messageNanos).orElse(0.0);
        double otherMessages = other.prediction().map(Prediction::messageNanos).orElse(0.0);
        double slope = messages - limit * otherMessages;
        if (slope <= 0) {
            return OptionalDouble.empty();
        }
        double fixed = limit * (other.typicalNanos() - otherMessages) - (row.typicalNanos() - messages);
        return OptionalDouble.of(fixed / slope);
    }
}
