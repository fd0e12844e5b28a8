package org.machbed.testbed.compare;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.StreamSupport;
import org.machbed.testbed.launch.FileFailure;
import org.machbed.testbed.launch.RunFailure;
import org.machbed.testbed.measure.Interval;
import org.machbed.testbed.measure.Statistics;

/**
 * What a run left in its {@code results.json}.
 *
 * @param environment by key
 */
public record ResultsFile(Path path, String command, Map<String, String> environment, Map<RowKey, Row> rows) {
    private static final int SCHEMA = 1;
    private static final String NAME = "results.json";

    /**
     * What tells a row from the others of its run, and finds its like in another.
     *
     * @param variant of the row, which says nothing of the scenarios that its run happens to have; a file from before rows had one
     *     has the row's name there
     */
    public record RowKey(String variant, String scenario) {}

    /**
     * A row of a run.
     *
     * @param roundMedians the typical operation of each round, in nanoseconds; not empty
     * @param noiseFloor relative, of the row's scenario; empty where that had no row twice
     */
    public record Row(List<Double> roundMedians, OptionalDouble noiseFloor) {
        public Row {
            roundMedians = List.copyOf(roundMedians);
        }

        /** The typical operation with its interval over the rounds, in nanoseconds. */
        public Interval typicalNanos() {
            return Statistics.intervalOfTime(
                    roundMedians.stream().mapToDouble(Double::doubleValue).toArray());
        }
    }

    /**
     * Reads a file.
     *
     * @param path the file, or a directory that has one
     * @throws RunFailure naming what is not there or not of this schema
     */
    public static ResultsFile read(Path path) throws RunFailure {
        Path file = Files.isDirectory(path) ? path.resolve(NAME) : path;
        if (!Files.isRegularFile(file)) {
            throw new RunFailure("there is no file " + file + ".");
        }
        JsonNode root;
        try {
            root = new ObjectMapper().readTree(Files.readString(file));
        } catch (JsonProcessingException e) {
            throw new RunFailure(file + " is not JSON: " + e.getOriginalMessage() + ".", e);
        } catch (IOException e) {
            throw new RunFailure("cannot read " + file + ": " + FileFailure.reason(e, file), e);
        }
        JsonNode schema = root.path("schema");
        if (schema.asInt() != SCHEMA) {
            throw new RunFailure(file + " has " + (schema.isMissingNode() ? "no schema" : "schema " + schema.asText())
                    + ", and results of schema " + SCHEMA + " are wanted.");
        }
        if (!root.path("rows").isArray() || !root.path("scenarios").isArray()) {
            throw new RunFailure(file + " has no rows or no scenarios: it is not what a measurement leaves.");
        }
        return new ResultsFile(file, root.path("command").asText(), environment(root), rows(file, root));
    }

    private static Map<String, String> environment(JsonNode root) {
        Map<String, String> environment = new LinkedHashMap<>();
        root.path("environment").properties().forEach(fact -> {
            if (fact.getValue().isTextual()) {
                environment.put(fact.getKey(), fact.getValue().asText());
            }
        });
        return environment;
    }

    private static Map<RowKey, Row> rows(Path file, JsonNode root) throws RunFailure {
        Map<String, JsonNode> noise = new LinkedHashMap<>();
        root.path("scenarios")
                .forEach(scenario -> noise.put(scenario.path("title").asText(), scenario.path("noiseFloor")));
        Map<RowKey, Row> rows = new LinkedHashMap<>();
        for (JsonNode row : root.path("rows")) {
            var key = new RowKey(
                    row.path("variant").asText(row.path("name").asText()),
                    row.path("scenario").asText());
            List<Double> medians = StreamSupport.stream(
                            row.path("latencyNanos").path("roundMedians").spliterator(), false)
                    .map(JsonNode::asDouble)
                    .toList();
            if (medians.isEmpty() || medians.stream().anyMatch(median -> !(median > 0))) {
                throw new RunFailure(file + ": row " + key.variant() + " in " + key.scenario()
                        + " has no roundMedians, or such as no operation takes.");
            }
            JsonNode floor = noise.get(key.scenario());
            rows.put(
                    key,
                    new Row(
                            medians,
                            floor != null && floor.isNumber()
                                    ? OptionalDouble.of(floor.asDouble())
                                    : OptionalDouble.empty()));
        }
        return rows;
    }
}
