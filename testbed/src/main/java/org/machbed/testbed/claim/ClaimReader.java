package org.machbed.testbed.claim;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.machbed.testbed.claim.ClaimRule.Garbage.Per;
import org.machbed.testbed.measure.Workload;
import org.machbed.testbed.yaml.YamlException;
import org.machbed.testbed.yaml.YamlNode;

/** Reads claims, with the rules that decide them, from the files of papers and suites. */
public final class ClaimReader {
    private ClaimReader() {}

    /**
     * The claims of a file.
     *
     * @param paper whose they are
     * @param root a mapping with the key {@code claims}
     */
    public static List<Claim> claims(String paper, YamlNode root) throws YamlException {
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
            case "ratio" -> {
                only(claim, "of", "to", "workload", "mtu");
                yield new ClaimRule.Ratio(claim.text("of"), claim.get("to").texts(), scenario(claim), band);
            }
            case "throughput" -> {
                only(claim, "of", "to", "workload", "mtu");
                yield new ClaimRule.Throughput(claim.text("of"), claim.get("to").texts(), scenario(claim), band);
            }
            case "workload-ratio" -> {
                only(claim, "of", "to", "mtu", "topologies");
                yield new ClaimRule.WorkloadRatio(
                        claim.get("topologies").texts(), scenario(claim, "of"), scenario(claim, "to"), band);
            }
            case "explained" ->
                new ClaimRule.Explained(
                        only(claim, "topologies").get("topologies").texts(), band);
            case "added-by-crossings" ->
                new ClaimRule.AddedByCrossings(
                        only(claim, "of", "reference").text("of"), claim.text("reference"), band);
            case "primitive-ratio" ->
                new ClaimRule.PrimitiveRatio(only(claim, "of", "to").text("of"), claim.text("to"), band);
            case "garbage" -> {
                only(claim, "topologies", "programs", "per", "workload", "mtu");
                yield new ClaimRule.Garbage(
                        claim.get("topologies").texts(),
                        claim.get("programs").texts(),
                        per(claim),
                        scenario(claim),
                        band);
            }
            case "shared-memory" -> {
                only(claim);
                yield new ClaimRule.SharedMemory(band);
            }
            default -> throw claim.errorAt("rule", "unknown rule '" + kind + "'");
        };
    }

    private static Per per(YamlNode claim) throws YamlException {
        String per = claim.text("per", "operation");
        return switch (per) {
            case "operation" -> Per.OPERATION;
            case "segment" -> Per.SEGMENT;
            default -> throw claim.errorAt("per", "garbage is counted per operation or per segment, not per " + per);
        };
    }

    /** What a claim says of its scenario, if anything. */
    private static ScenarioPattern scenario(YamlNode claim) throws YamlException {
        return claim.find("workload") == null
                ? new ScenarioPattern(Optional.empty(), mtu(claim))
                : scenario(claim, "workload");
    }

    private static ScenarioPattern scenario(YamlNode claim, String key) throws YamlException {
        String workload = claim.text(key);
        if (!Workload.NAMES.contains(workload)) {
            throw claim.errorAt(key, "unknown workload '" + workload + "'");
        }
        return new ScenarioPattern(Optional.of(workload), mtu(claim));
    }

    private static OptionalInt mtu(YamlNode claim) throws YamlException {
        return claim.find("mtu") == null ? OptionalInt.empty() : OptionalInt.of((int) claim.number("mtu"));
    }

    private static YamlNode only(YamlNode claim, String... own) throws YamlException {
        var keys = new ArrayList<>(
                List.of("id", "statement", "published", "published-value", "rule", "at-least", "at-most"));
        keys.addAll(List.of(own));
        return claim.onlyKeys(keys.toArray(String[]::new));
    }
}
