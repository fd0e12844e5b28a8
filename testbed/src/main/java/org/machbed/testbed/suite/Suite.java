package org.machbed.testbed.suite;

import java.util.List;
import org.machbed.testbed.claim.Claim;
import org.machbed.testbed.measure.Scenario;
import org.machbed.testbed.measure.TrialLength;

/**
 * What this testbed promises of a part of itself, and what must be measured to tell whether it keeps it.
 *
 * @param name its short name
 */
public record Suite(String name, String title, TrialLength trial, List<Table> tables, List<Claim> claims) {
    /**
     * What is measured of one scenario.
     *
     * @param topologies the first is what the others are compared with
     */
    public record Table(Scenario scenario, List<String> topologies) {
        public Table {
            topologies = List.copyOf(topologies);
        }
    }

    public Suite {
        tables = List.copyOf(tables);
        claims = List.copyOf(claims);
    }
}
