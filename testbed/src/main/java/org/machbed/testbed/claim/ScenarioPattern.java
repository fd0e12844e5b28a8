package org.machbed.testbed.claim;

import java.util.Optional;
import java.util.OptionalInt;
import org.machbed.testbed.measure.Scenario;

/**
 * Which scenario a claim is about.
 *
 * @param workload by its name; empty for any
 * @param mtuBytes empty for any
 */
public record ScenarioPattern(Optional<String> workload, OptionalInt mtuBytes) {
    /** Any: a claim about the only scenario of a run, or its first. */
    public static final ScenarioPattern ANY = new ScenarioPattern(Optional.empty(), OptionalInt.empty());

    /** Whether a scenario is such a one. */
    public boolean matches(Scenario scenario) {
        return workload.stream().allMatch(scenario.workload().name()::equals)
                && mtuBytes.stream().allMatch(bytes -> bytes == scenario.mtuBytes());
    }

    /** " with tcp-stream at MTU 1500", or nothing where any will do. */
    String inWords() {
        return workload.map(name -> " with " + name).orElse("")
                + (mtuBytes.isPresent() ? " at MTU " + mtuBytes.getAsInt() : "");
    }
}
