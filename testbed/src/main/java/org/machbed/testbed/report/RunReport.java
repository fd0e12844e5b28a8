package org.machbed.testbed.report;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.machbed.testbed.claim.ClaimResult;
import org.machbed.testbed.claim.Evidence;
import org.machbed.testbed.measure.MeasurementSettings;
import org.machbed.testbed.measure.TrialLength;
import org.machbed.testbed.paper.Paper;

/**
 * Everything that a run found out: what the table, results.json and report.html are made from.
 *
 * @param title what it is about
 * @param paper the paper that was reproduced; empty for a plain measurement
 */
public record RunReport(
        String command,
        String title,
        Instant at,
        Optional<Paper> paper,
        MeasurementSettings settings,
        Environment environment,
        Evidence evidence,
        List<ClaimResult> claims) {
    public RunReport {
        claims = List.copyOf(claims);
    }

    /** Rounds that were really made. */
    public int rounds() {
        return evidence.first().reference().result().trials().size();
    }

    /**
     * How long trials were: "1000 round trips", and "250 round trips" where the time had been short.
     *
     * @param operation what one is called
     */
    public String trialInWords(String operation) {
        TrialLength made = settings.trial() instanceof TrialLength.Operations
                ? new TrialLength.Operations(evidence.first()
                        .reference()
                        .result()
                        .trials()
                        .getFirst()
                        .operations())
                : settings.trial();
        return made.inWords(operation);
    }

    /** "1 round", "15 rounds". */
    public String roundsInWords() {
        return rounds() + (rounds() == 1 ? " round" : " rounds");
    }
}
