package org.machbed.testbed.predict;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.machbed.ipc.process.Crossing;

/**
 * What a round trip should cost, as maeda92 section 2.2 reckons: what it crosses, times what each crossing costs alone, with
 * nothing overlapping ("we assume the worst case where there is no overlap").
 *
 * <pre>
 *   traps x nullTrap + messages x nullRpc / 2 + messages to the kernel and replies x kernelRpc / 2
 * + messages of the kernel's own accord x kernelIndication + out-of-line maps x outOfLineMap + doorbells within a host x doorbell + frames x doorbellAcrossCpus, or pollAcrossCpus (the wire)
 * + frames sent x stackSend + frames received x stackReceive + filter instructions x filterInstruction
 * + kilobytes copied x copyPerKilobyte + hand-offs x handOff + spl pairs x splPair
 * </pre>
 *
 * @param terms those that count something
 * @param missing labels of primitives that were needed and not calibrated
 */
public record Prediction(List<Term> terms, List<String> missing) {
    /** What a term is about, so that a chart can group terms. */
    public enum Kind {
        TRAPS,
        MESSAGES,
        KERNEL_MESSAGES,
        OUT_OF_LINE,
        DOORBELLS,
        WIRE,
        STACK,
        FILTER,
        COPIES,
        HAND_OFFS,
        SPLS;

        /** Whether it is the price of crossing from one address space to another. */
        public boolean crossing() {
            return switch (this) {
                case TRAPS, MESSAGES, KERNEL_MESSAGES, OUT_OF_LINE, DOORBELLS -> true;
                case WIRE, STACK, FILTER, COPIES, HAND_OFFS, SPLS -> false;
            };
        }

        public String label() {
            return name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
        }
    }

    /**
     * One product of the sum.
     *
     * @param count per round trip, both hosts
     */
    public record Term(Kind kind, double count, String primitive, double nanosEach) {
        public double nanos() {
            return count * nanosEach;
        }
    }

    public Prediction {
        terms = List.copyOf(terms);
        missing = List.copyOf(missing);
    }

    /** Reckons a round trip. */
    public static Prediction of(Counts counts, PrimitiveCosts costs) {
        var sum = new Sum(costs);
        boolean chronicle = counts.ipc().equals("chronicle");
        sum.add(Kind.TRAPS, counts.of(Crossing.TRAPS), Primitive.NULL_TRAP, 1);
        sum.add(
                Kind.MESSAGES,
                counts.of(Crossing.MESSAGES),
                chronicle ? Primitive.NULL_RPC_CHRONICLE : Primitive.NULL_RPC,
                0.5);
        sum.add(
                Kind.KERNEL_MESSAGES,
                counts.of(Crossing.KERNEL_MESSAGES) - counts.of(Crossing.INDICATIONS),
                chronicle ? Primitive.KERNEL_RPC_CHRONICLE : Primitive.KERNEL_RPC,
                0.5);
        sum.add(
                Kind.KERNEL_MESSAGES,
                counts.of(Crossing.INDICATIONS),
                chronicle ? Primitive.KERNEL_INDICATION_CHRONICLE : Primitive.KERNEL_INDICATION,
                1);
        sum.add(Kind.OUT_OF_LINE, counts.of(Crossing.OUT_OF_LINE_MAPS), Primitive.OUT_OF_LINE_MAP, 1);
        // Who drives the wire counts the doorbells of its frames too; those are in the wire's own term.
        double withinHost = Math.max(0, counts.of(Crossing.DOORBELLS) - counts.of(Crossing.FRAMES_SENT));
        sum.add(Kind.DOORBELLS, withinHost, Primitive.DOORBELL, 1);
        sum.add(
                Kind.WIRE,
                counts.of(Crossing.FRAMES_SENT),
                counts.pollsWire() ? Primitive.POLL_ACROSS : Primitive.DOORBELL_ACROSS,
                1);
        sum.add(Kind.STACK, counts.of(Crossing.FRAMES_SENT), Primitive.STACK_SEND, 1);
        sum.add(Kind.STACK, counts.of(Crossing.FRAMES_RECEIVED), Primitive.STACK_RECEIVE, 1);
        sum.add(Kind.FILTER, counts.of(Crossing.FILTER_INSTRUCTIONS), Primitive.FILTER_INSTRUCTION, 1);
        sum.add(Kind.COPIES, counts.of(Crossing.COPIED_BYTES) / 1024, Primitive.COPY_PER_KILOBYTE, 1);
        sum.add(
                Kind.HAND_OFFS,
                counts.of(Crossing.HAND_OFFS),
                // A transport's thread is a platform thread, so what it hands to a virtual one changes kinds.
                counts.virtualThreads() ? Primitive.HAND_OFF_MIXED : Primitive.HAND_OFF_PLATFORM,
                1);
        sum.add(Kind.SPLS, counts.of(Crossing.SPLS), Primitive.SPL_PAIR, 1);
        return new Prediction(sum.terms, sum.missing);
    }

    public double totalNanos() {
        return terms.stream().mapToDouble(Term::nanos).sum();
    }

    public double nanosOf(Kind kind) {
        return terms.stream()
                .filter(term -> term.kind() == kind)
                .mapToDouble(Term::nanos)
                .sum();
    }

    /** What crossing address spaces costs of it. */
    public double crossingNanos() {
        return terms.stream()
                .filter(term -> term.kind().crossing())
                .mapToDouble(Term::nanos)
                .sum();
    }

    /** What its messages cost of it, those to the kernel included. */
    public double messageNanos() {
        return nanosOf(Kind.MESSAGES) + nanosOf(Kind.KERNEL_MESSAGES);
    }

    private static final class Sum {
        private final PrimitiveCosts costs;
        private final List<Term> terms = new ArrayList<>();
        private final List<String> missing = new ArrayList<>();

        Sum(PrimitiveCosts costs) {
            this.costs = costs;
        }

        void add(Kind kind, double count, Primitive primitive, double share) {
            if (count == 0) {
                return;
            }
            OptionalDouble cost = costs.of(primitive);
            if (cost.isEmpty()) {
                missing.add(primitive.label());
                return;
            }
            String label = share == 1 ? primitive.label() : primitive.label() + " / 2";
            terms.add(new Term(kind, count, label, cost.getAsDouble() * share));
        }
    }
}
