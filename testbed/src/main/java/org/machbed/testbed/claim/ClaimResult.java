package org.machbed.testbed.claim;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.machbed.testbed.measure.Interval;

/**
 * The verdict on a claim.
 *
 * @param measured the comparison that decided: of several, the one that is worst for the claim
 * @param because one sentence from the counts and the primitives
 * @param parts each comparison by itself, where there are several
 * @param withChronicle the same claim on the rows whose messages go through Chronicle Queue
 */
public record ClaimResult(
        Claim claim,
        Interval measured,
        Verdict verdict,
        String because,
        List<Part> parts,
        @Nullable ClaimResult withChronicle) {

    /** One of several comparisons. */
    public record Part(String what, Interval measured, Verdict verdict) {}

    public ClaimResult {
        parts = List.copyOf(parts);
    }

    /** Why there is no telling. */
    static ClaimResult unknown(Claim claim, String because) {
        return new ClaimResult(
                claim, Interval.exactly(Double.NaN), Verdict.CANNOT_TELL, because + ".", List.of(), null);
    }

    /** What its parts say together, or the whole where there are none. */
    static ClaimResult of(Claim claim, Interval measured, String because, List<Part> parts) {
        Verdict verdict = parts.stream()
                .map(Part::verdict)
                .reduce(Verdict::and)
                .orElseGet(() -> claim.rule().band().judge(measured));
        return new ClaimResult(claim, measured, verdict, because, parts, null);
    }

    public ClaimResult beside(@Nullable ClaimResult chronicle) {
        return new ClaimResult(claim, measured, verdict, because, parts, chronicle);
    }
}
