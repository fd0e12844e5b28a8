package org.machbed.testbed.suite;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.machbed.testbed.claim.Claim;
import org.machbed.testbed.claim.ClaimReader;
import org.machbed.testbed.measure.Scenario;
import org.machbed.testbed.measure.TrialLength;
import org.machbed.testbed.measure.Workload;
import org.machbed.testbed.suite.Suite.Table;
import org.machbed.testbed.yaml.YamlException;
import org.machbed.testbed.yaml.YamlNode;
import org.machbed.testbed.yaml.YamlReader;

/** The suites that come along, read from files beside this class. */
public final class SuiteCatalog {
    private static final List<String> NAMES = List.of("tcp");

    private SuiteCatalog() {}

    public static List<String> names() {
        return NAMES;
    }

    public static Optional<Suite> find(String name) {
        if (!NAMES.contains(name)) {
            return Optional.empty();
        }
        try {
            return Optional.of(suite(name, YamlReader.ofResource("/org/machbed/testbed/suites/" + name + ".yaml")));
        } catch (YamlException e) {
            throw new IllegalStateException("a suite that comes along is wrong: " + e.getMessage(), e);
        }
    }

    static Suite suite(String name, YamlNode root) throws YamlException {
        root.onlyKeys("title", "trial-millis", "tables", "claims");
        var tables = new ArrayList<Table>();
        for (YamlNode table : root.get("tables").elements()) {
            table.onlyKeys("workload", "bytes", "mtu", "topologies");
            String workload = table.text("workload");
            if (!Workload.NAMES.contains(workload)) {
                throw table.errorAt("workload", "unknown workload '" + workload + "'");
            }
            int bytes = (int) table.number("bytes", Workload.defaultBytes(workload));
            tables.add(new Table(
                    new Scenario(Workload.of(workload, bytes), (int) table.number("mtu")),
                    table.get("topologies").texts()));
        }
        return new Suite(
                name,
                root.text("title"),
                new TrialLength.Time(Duration.ofMillis((long) root.number("trial-millis"))),
                tables,
                ClaimReader.claims(Claim.OWN, root));
    }
}
