package org.machbed.testbed.simulate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Map;
import org.machbed.netstack.simulation.Outcome;

/** What came out of many worlds, for programs. */
public final class SimulationJson {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private SimulationJson() {}

    /**
     * One object, with a line feed behind it.
     *
     * @param captures files of the worlds that failed
     */
    public static String text(SeedRange seeds, SimulationTotals totals, Map<Outcome, Path> captures) {
        ObjectNode root = JSON.createObjectNode();
        root.put("firstSeed", seeds.first());
        root.put("lastSeed", seeds.last());
        root.put("worlds", totals.worlds());
        root.put("failed", captures.size());
        root.put("connections", totals.connections());
        root.put("sequenceNumberWraps", totals.wraps());
        root.put("streamBytes", totals.streamBytes());
        root.put("frames", totals.frames());
        root.put("virtualSeconds", Math.round(totals.virtualSeconds()));
        root.put("digest", totals.digest());
        ArrayNode failures = root.putArray("failures");
        captures.forEach((outcome, capture) -> failures.addObject()
                .put("seed", outcome.seed())
                .put("violation", outcome.violation())
                .put("replay", FailedWorlds.replayCommand(outcome))
                .put("capture", capture.toString()));
        ObjectNode counters = root.putObject("counters");
        totals.counters().forEach((counter, count) -> counters.put(counter.name(), count));
        try {
            return JSON.writeValueAsString(root) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of plain values must be writable", e);
        }
    }
}
