package org.machbed.testbed.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Comparator;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.machbed.ipc.process.Crossing;
import org.machbed.testbed.claim.ClaimResult;
import org.machbed.testbed.claim.Comparison;
import org.machbed.testbed.claim.JudgedRow;
import org.machbed.testbed.measure.Conditions;
import org.machbed.testbed.measure.Interval;
import org.machbed.testbed.measure.RowResult;
import org.machbed.testbed.predict.Prediction;
import org.machbed.testbed.predict.Primitive;
import org.machbed.testbed.predict.PrimitiveCosts;

/** {@code results.json}, schema 1: what another program reads. Numbers that are not known are null. */
public final class ResultsJson {
    private static final int SCHEMA = 1;
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private ResultsJson() {}

    public static String text(RunReport report) {
        ObjectNode root = JSON.createObjectNode();
        root.put("schema", SCHEMA);
        root.put("command", report.command());
        root.put("at", report.at().toString());
        report.environment().writeTo(root.putObject("environment"));
        primitives(root.putObject("primitives"), report.evidence().costs());
        ArrayNode scenarios = root.putArray("scenarios");
        report.evidence().comparisons().forEach(comparison -> scenario(scenarios.addObject(), comparison));
        ArrayNode rows = root.putArray("rows");
        for (JudgedRow row : report.evidence().rows()) {
            row(rows.addObject(), row, report);
        }
        ArrayNode claims = root.putArray("claims");
        report.claims().forEach(claim -> claim(claims.addObject(), claim));
        return write(root);
    }

    /** What the rows of one table have in common; its rows have its title. */
    private static void scenario(ObjectNode node, Comparison comparison) {
        node.put("title", comparison.scenario().title());
        node.put("workload", comparison.scenario().workload().name());
        node.put("bytes", comparison.scenario().workload().bytes());
        node.put("segmentMtu", comparison.scenario().mtuBytes());
        node.put("reference", comparison.reference().result().spec().name());
        node.put("noiseFloor", comparison.knowsNoise() ? rounded(comparison.noiseFloor()) : null);
    }

    /** The primitives alone, as {@code calibrate --json} prints them. */
    public static String text(PrimitiveCosts costs) {
        ObjectNode root = JSON.createObjectNode();
        root.put("schema", SCHEMA);
        primitives(root.putObject("primitives"), costs);
        return write(root);
    }

    private static void primitives(ObjectNode node, PrimitiveCosts costs) {
        for (Primitive primitive : Primitive.values()) {
            costs.of(primitive).ifPresent(nanos -> node.put(primitive.label(), rounded(nanos)));
        }
    }

    private static void row(ObjectNode node, JudgedRow judged, RunReport report) {
        RowResult row = judged.result();
        node.put("name", row.spec().name());
        node.put("variant", row.spec().variant());
        node.put("topology", judged.topology());
        node.put(
                "role",
                row.spec().role().name().toLowerCase(java.util.Locale.ROOT).replace('_', '-'));
        ObjectNode options = node.putObject("options");
        row.spec().topology().options().entrySet().stream()
                .sorted(Map.Entry.comparingByKey(Comparator.naturalOrder()))
                .forEach(entry -> options.put(entry.getKey().label(), entry.getValue()));
        node.put("scenario", row.spec().scenario().title());
        node.put("workload", row.workload().name());
        node.put("protocol", row.workload().protocol());
        node.put("bytes", row.workload().bytes());
        mtu(node, row.conditions());
        node.put("wire", row.conditions().wire());
        node.put("pinning", row.conditions().pinning());
        node.put("rounds", row.trials().size());
        node.put("operations", row.operations());
        latency(node.putObject("latencyNanos"), row);
        // A round trip carries the data both ways.
        node.put("throughputBitsPerSecond", Math.round(row.throughputBitsPerSecond()));
        ObjectNode cpu = node.putObject("cpuPercent");
        cpu.put("sender", rounded(row.cpuPercent("a")));
        cpu.put("receiver", rounded(row.cpuPercent("b")));
        ObjectNode cpuOfData = node.putObject("cpuSecondsPerGigabit");
        cpuOfData.put("sender", rounded(row.cpuSecondsPerGigabit("a")));
        cpuOfData.put("receiver", rounded(row.cpuSecondsPerGigabit("b")));
        crossings(node, row);
        prediction(node, judged);
        garbage(node, row);
        interval(node.putObject("ratioToReference"), judged.ratio());
        report.paper().ifPresent(paper -> {
            double published = paper.published(row.workload(), judged.topology());
            if (!Double.isNaN(published)) {
                node.put(row.workload().oneWay() ? "publishedKilobytesPerSecond" : "publishedMillis", published);
                node.put("publishedRatio", rounded(paper.publishedRatio(row.workload(), judged.topology())));
            }
        });
        node.put("settled", row.settled());
        node.put("stolenShare", rounded(row.conditions().stolenShare()));
        node.put("verdict", judged.verdict());
    }

    /** That of the wire which the row really has. */
    private static void mtu(ObjectNode node, Conditions conditions) {
        if (conditions.mtuBytes().isPresent()) {
            node.put("mtu", conditions.mtuBytes().getAsInt());
        } else {
            node.putNull("mtu");
            node.put("mtuUnknown", "the machine does not say what its " + conditions.wire() + " takes");
        }
    }

    private static void latency(ObjectNode node, RowResult row) {
        Histogram all = row.latencies();
        node.put("mean", Math.round(all.getMean()));
        node.put("p50", all.getValueAtPercentile(50));
        node.put("p90", all.getValueAtPercentile(90));
        node.put("p99", all.getValueAtPercentile(99));
        node.put("p999", all.getValueAtPercentile(99.9));
        node.put("max", all.getMaxValue());
        Interval typical = row.typicalNanos();
        ArrayNode interval = node.putArray("ci95");
        interval.add(finite(typical.low()));
        interval.add(finite(typical.high()));
        ArrayNode medians = node.putArray("roundMedians");
        for (double median : row.roundMedians()) {
            medians.add(Math.round(median));
        }
    }

    private static void crossings(ObjectNode node, RowResult row) {
        ObjectNode both = node.putObject("crossings");
        for (Crossing crossing : Crossing.values()) {
            both.put(crossing.label(), rounded(row.perOperation(crossing)));
        }
        both.put(
                "contextSwitches",
                rounded(row.contextSwitchesPerOperation("a") + row.contextSwitchesPerOperation("b")));
        ObjectNode byHost = node.putObject("crossingsByHost");
        for (String host : new String[] {"a", "b"}) {
            ObjectNode one = byHost.putObject(host);
            for (Crossing crossing : Crossing.values()) {
                one.put(crossing.label(), rounded(row.perOperation(host, crossing)));
            }
            one.put("contextSwitches", rounded(row.contextSwitchesPerOperation(host)));
        }
    }

    private static void prediction(ObjectNode node, JudgedRow row) {
        if (row.prediction().isEmpty()) {
            node.putNull("predictedNanos");
            return;
        }
        Prediction prediction = row.prediction().get();
        node.put("predictedNanos", Math.round(prediction.totalNanos()));
        node.put("unexplainedNanos", Math.round(row.typicalNanos() - prediction.totalNanos()));
        ArrayNode terms = node.putArray("predictedFrom");
        for (Prediction.Term term : prediction.terms()) {
            ObjectNode one = terms.addObject();
            one.put("what", term.kind().label());
            one.put("count", rounded(term.count()));
            one.put("primitive", term.primitive());
            one.put("nanosEach", rounded(term.nanosEach()));
            one.put("nanos", Math.round(term.nanos()));
        }
        ArrayNode missing = node.putArray("notCalibrated");
        prediction.missing().forEach(missing::add);
    }

    private static void garbage(ObjectNode node, RowResult row) {
        ObjectNode allocated = node.putObject("allocatedBytesPerOperation");
        row.allocatedBytesPerOperation().forEach((process, bytes) -> allocated.put(process, rounded(bytes)));
        ObjectNode memory = node.putObject("sharedMemoryBytes");
        row.sharedMemoryBytes().forEach(memory::put);
    }

    private static void claim(ObjectNode node, ClaimResult result) {
        node.put("id", result.claim().id());
        node.put("paper", result.claim().paper());
        node.put("statement", result.claim().statement());
        if (Double.isNaN(result.claim().publishedValue())) {
            node.putNull("published");
        } else {
            node.put("published", result.claim().publishedValue());
            node.put("publishedAs", result.claim().published());
        }
        node.put("rule", result.claim().rule().band().text());
        judged(node, result);
        ArrayNode parts = node.putArray("parts");
        for (ClaimResult.Part part : result.parts()) {
            ObjectNode one = parts.addObject();
            one.put("what", part.what());
            one.put("measured", finite(part.measured().value()));
            one.put("verdict", part.verdict().label());
        }
        if (result.withChronicle() != null) {
            judged(node.putObject("withChronicle"), result.withChronicle());
        }
    }

    private static void judged(ObjectNode node, ClaimResult result) {
        node.put("measured", finite(result.measured().value()));
        ArrayNode interval = node.putArray("interval");
        interval.add(finite(result.measured().low()));
        interval.add(finite(result.measured().high()));
        node.put("verdict", result.verdict().label());
        node.put("because", result.because());
    }

    private static void interval(ObjectNode node, Interval interval) {
        node.put("value", finite(interval.value()));
        node.put("low", finite(interval.low()));
        node.put("high", finite(interval.high()));
    }

    private static @org.jspecify.annotations.Nullable Double finite(double value) {
        return Double.isFinite(value) ? rounded(value) : null;
    }

    /** Four decimals are more than any of these numbers deserve. */
    private static double rounded(double value) {
        return Math.round(value * 10_000) / 10_000.0;
    }

    private static String write(ObjectNode root) {
        try {
            return JSON.writeValueAsString(root) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of plain values must be writable", e);
        }
    }
}
