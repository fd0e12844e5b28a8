package org.machbed.testbed.paper;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.machbed.testbed.claim.Band;
import org.machbed.testbed.claim.Claim;
import org.machbed.testbed.claim.ClaimRule;
import org.machbed.testbed.measure.Workload;
import org.machbed.testbed.paper.Paper.Line;
import org.machbed.testbed.paper.Paper.Table;
import org.machbed.testbed.yaml.YamlException;
import org.machbed.testbed.yaml.YamlNode;
import org.machbed.testbed.yaml.YamlReader;

/** The papers that can be reproduced, and the bounds that we set ourselves; read from files beside this class. */
public final class PaperCatalog {
    private static final List<String> NAMES = List.of("maeda92");
    /** Not a paper: what this testbed promises of its own primitives and rows. */
    private static final String OWN_BOUNDS = "machbed";

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
            return claims(OWN_BOUNDS, document(OWN_BOUNDS).onlyKeys("claims"));
        } catch (YamlException e) {
            throw new IllegalStateException("our own bounds are wrong: " + e.getMessage(), e);
        }
    }

    private static YamlNode document(String name) throws YamlException {
        String resource = "/org/machbed/testbed/papers/" + name + ".yaml";
        try (InputStream stream = PaperCatalog.class.getResourceAsStream(resource)) {
            if (stream == null) {
                throw new IllegalStateException(resource + " is not in the jar");
            }
            return YamlReader.read(name + ".yaml", new String(stream.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Paper paper(String name, YamlNode root) throws YamlException {
        root.onlyKeys("title", "workload", "reference", "baseline", "tables", "also", "claims");
        YamlNode workload = root.get("workload").onlyKeys("name", "protocol", "bytes", "operations");
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
                new Workload(workload.text("name"), workload.text("protocol"), (int) workload.number("bytes")),
                (int) workload.number("operations"),
                root.text("reference"),
                root.text("baseline"),
                tables,
                root.get("also").texts(),
                claims(name, root));
    }

    private static List<Claim> claims(String paper, YamlNode root) throws YamlException {
        var claims = new ArrayList<Claim>();
        for (YamlNode claim : root.get("claims").elements()) {
            claims.add(new Claim(
                    claim.text("id"),
                    paper,
                    claim.text("statement"),
                    claim.text("published", ""),
                    claim.number("published-value", Double.NaN),
                    rule(claim)));
        }
        return claims;
    }

    private static ClaimRule rule(YamlNode claim) throws YamlException {
        var band = new Band(claim.number("at-least", 0), claim.number("at-most", Double.POSITIVE_INFINITY));
        String kind = claim.text("rule");
        return switch (kind) {
            case "ratio" ->
                new ClaimRule.Ratio(
                        only(claim, "of", "to").text("of"), claim.get("to").texts(), band);
            case "explained" ->
                new ClaimRule.Explained(
                        only(claim, "topologies").get("topologies").texts(), band);
            case "added-by-crossings" ->
                new ClaimRule.AddedByCrossings(
                        only(claim, "of", "reference").text("of"), claim.text("reference"), band);
            case "primitive-ratio" ->
                new ClaimRule.PrimitiveRatio(only(claim, "of", "to").text("of"), claim.text("to"), band);
            case "garbage" ->
                new ClaimRule.Garbage(
                        only(claim, "topology", "programs").text("topology"),
                        claim.get("programs").texts(),
                        band);
            case "shared-memory" -> {
                only(claim);
                yield new ClaimRule.SharedMemory(band);
            }
            default -> throw claim.errorAt("rule", "unknown rule '" + kind + "'");
        };
    }

    private static YamlNode only(YamlNode claim, String... own) throws YamlException {
        var keys = new ArrayList<>(
                List.of("id", "statement", "published", "published-value", "rule", "at-least", "at-most"));
        keys.addAll(List.of(own));
        return claim.onlyKeys(keys.toArray(String[]::new));
    }
}
