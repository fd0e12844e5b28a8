package org.machbed.testbed.paper;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.machbed.testbed.claim.Claim;
import org.machbed.testbed.claim.ClaimReader;
import org.machbed.testbed.measure.Workload;
import org.machbed.testbed.paper.Paper.Line;
import org.machbed.testbed.paper.Paper.Table;
import org.machbed.testbed.yaml.YamlException;
import org.machbed.testbed.yaml.YamlNode;
import org.machbed.testbed.yaml.YamlReader;

/** The papers that can be reproduced, and the bounds that we set ourselves; read from files beside this class. */
public final class PaperCatalog {
    private static final List<String> NAMES = List.of("maeda92");

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
        root.onlyKeys("title", "workload", "reference", "baseline", "tables", "also", "claims");
        YamlNode workload = root.get("workload").onlyKeys("name", "bytes", "operations");
        var tables = new ArrayList<Table>();
        for (YamlNode table : root.get("tables").elements()) {
            table.onlyKeys("number", "title", "lines");
            var lines = new ArrayList<Line>();
            for (YamlNode line : table.get("lines").elements()) {
                line.onlyKeys("implementation", "topology", "ms");
                lines.add(new Line(line.text("implementation"), line.text("topology"), line.number("ms")));
            }
            tables.add(new Table(table.text("number"), table.text("title"), lines));
        }
        return new Paper(
                name,
                root.text("title"),
                Workload.of(workload.text("name"), (int) workload.number("bytes")),
                (int) workload.number("operations"),
                root.text("reference"),
                root.text("baseline"),
                tables,
                root.get("also").texts(),
                ClaimReader.claims(name, root));
    }
}
