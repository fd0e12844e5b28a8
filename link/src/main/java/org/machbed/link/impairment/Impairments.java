package org.machbed.link.impairment;

/**
 * How badly a link treats frames: probabilities from 0 to 1, each drawn for every arriving frame from a generator that
 * {@code seed} starts, so that the same frames meet the same fate.
 *
 * @param loss the frame does not arrive
 * @param duplication the frame arrives twice
 * @param reordering the frame arrives after the one behind it, or after {@link ImpairedLink#HOLD_NS} when none comes
 * @param corruption one bit of the frame, header included, is turned round
 */
public record Impairments(double loss, double duplication, double reordering, double corruption, long seed) {
    /** A link that delivers every frame once, whole and in order. */
    public static final Impairments NONE = new Impairments(0, 0, 0, 0, 0);

    public Impairments {
        probability("loss", loss);
        probability("duplication", duplication);
        probability("reordering", reordering);
        probability("corruption", corruption);
    }

    private static void probability(String name, double value) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException(name + "=" + value + " is no probability (from 0 to 1)");
        }
    }

    /** As options of a wire, each with the comma before it. */
    public String options() {
        return ",loss=" + loss + ",duplication=" + duplication + ",reordering=" + reordering + ",corruption="
                + corruption + ",seed=" + seed;
    }

    /** Whether no frame is ever touched. */
    public boolean harmless() {
        return loss == 0 && duplication == 0 && reordering == 0 && corruption == 0;
    }
}
