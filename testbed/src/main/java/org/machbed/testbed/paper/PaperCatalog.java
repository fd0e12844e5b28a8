package org.machbed.testbed.paper;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.machbed.testbed.claim.Claim;
import org.machbed.testbed.claim.ClaimReader;
import org.machbed.testbed.measure.TrialLength;
import org.machbed.testbed.measure.Workload;
import org.machbed.testbed.paper.Paper.Line;
import org.machbed.testbed.paper.Paper.Table;
import org.machbed.testbed.paper.Paper.Unit;
import org.machbed.testbed.yaml.YamlException;
import org.machbed.testbed.yaml.YamlNode;
import org.machbed.testbed.yaml.YamlReader;

/** The papers that can be reproduced, and the bounds that we set ourselves; read from files beside this class. */
public final class PaperCatalog {
    private static final List<String> NAMES = List.of("maeda92", "maeda93");

    private PaperCatalog() {}

    public static List<String> names() {
        return NAMES;
    }

    public static Optional<Paper> find(String name) {
        if (!NAMES.contains(name)) {
            return Optional.empty();
        }
        try {
            return Optional.of(paper(name, document(name)));
        } catch (YamlException e) {
            throw new IllegalStateException("a paper that comes along is wrong: " + e.getMessage(), e);
        }
    }

    /** The bounds that hold for every run, whatever paper it reproduces. */
    public static List<Claim> ownBounds() {
        try {
            return ClaimReader.claims(Claim.OWN, document(Claim.OWN).onlyKeys("claims"));
        } catch (YamlException e) {
            throw new IllegalStateException("our own bounds are wrong: " + e.getMessage(), e);
        }
    }

    private static YamlNode document(String name) throws YamlException {
        return YamlReader.ofResource("/org/machbed/testbed/papers/" + name + ".yaml");
    }

    static Paper paper(String name, YamlNode root) throws YamlException {
        root.onlyKeys("title", "year", "trial", "reference", "baseline", "tables", "also", "claims");
        var tables = new ArrayList<Table>();
        for (YamlNode table : root.get("tables").elements()) {
            tables.add(table(table));
        }
        return new Paper(
                name,
                root.text("title"),
                (int) root.number("year"),
                trial(root.get("trial").onlyKeys("operations", "millis")),
                root.text("reference"),
                root.text("baseline"),
                tables,
                root.get("also").texts(),
                ClaimReader.claims(name, root));
    }

    private static TrialLength trial(YamlNode trial) throws YamlException {
        return trial.find("operations") != null
                ? new TrialLength.Operations((int) trial.number("operations"))
                : new TrialLength.Time(Duration.ofMillis((long) trial.number("millis")));
    }

    private static Table table(YamlNode table) throws YamlException {
        table.onlyKeys("place", "title", "workload", "bytes", "lines");
        String workload = table.text("workload");
        if (!Workload.NAMES.contains(workload)) {
            throw table.errorAt("workload", "unknown workload '" + workload + "'");
        }
        Workload done = Workload.of(workload, (int) table.number("bytes", Workload.defaultBytes(workload)));
        Unit unit = done.oneWay() ? Unit.KILOBYTES_PER_SECOND : Unit.MILLISECONDS;
        String figure = done.oneWay() ? "kilobytes-per-second" : "ms";
        var lines = new ArrayList<Line>();
        for (YamlNode line : table.get("lines").elements()) {
            line.onlyKeys("implementation", "topology", figure);
            lines.add(new Line(line.text("implementation"), line.text("topology"), line.number(figure)));
        }
        return new Table(table.text("place"), table.text("title"), done, unit, lines);
    }
}
