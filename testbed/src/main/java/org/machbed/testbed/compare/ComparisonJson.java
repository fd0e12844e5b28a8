package org.machbed.testbed.compare;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.machbed.testbed.compare.RunComparison.ComparedRow;
import org.machbed.testbed.measure.Interval;

/** A comparison for programs, schema 1. Times are in nanoseconds; what is not finite, as the interval of one round, is null. */
public final class ComparisonJson {
    private static final int SCHEMA = 1;
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private ComparisonJson() {}

    public static String of(RunComparison comparison) {
        ObjectNode root = JSON.createObjectNode();
        root.put("schema", SCHEMA);
        root.put("a", comparison.a().path().toString());
        root.put("b", comparison.b().path().toString());
        ObjectNode environment = root.putObject("environment");
        comparison
                .environment()
                .forEach((fact, difference) ->
                        environment.putObject(fact).put("a", difference.a()).put("b", difference.b()));
        ArrayNode rows = root.putArray("rows");
        for (ComparedRow row : comparison.rows()) {
            ObjectNode node = rows.addObject();
            node.put("name", row.key().variant());
            node.put("scenario", row.key().scenario());
            interval(node.putObject("aNanos"), row.a());
            interval(node.putObject("bNanos"), row.b());
            interval(node.putObject("ratio"), row.ratio());
            node.put("verdict", row.verdict().label());
        }
        only(root.putArray("onlyInA"), comparison.onlyInA());
        only(root.putArray("onlyInB"), comparison.onlyInB());
        try {
            return JSON.writeValueAsString(root) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of plain values must be writable", e);
        }
    }

    private static void interval(ObjectNode node, Interval interval) {
        put(node, "value", interval.value());
        put(node, "low", interval.low());
        put(node, "high", interval.high());
    }

    private static void put(ObjectNode node, String key, double value) {
        if (Double.isFinite(value)) {
            node.put(key, value);
        } else {
            node.putNull(key);
        }
    }

    private static void only(ArrayNode array, List<ResultsFile.RowKey> keys) {
        keys.forEach(key -> array.addObject().put("name", key.variant()).put("scenario", key.scenario()));
    }
}
