package org.machbed.testbed.report;

import java.util.ArrayList;
import java.util.List;
import org.machbed.testbed.claim.Comparison;
import org.machbed.testbed.claim.JudgedRow;
import org.machbed.testbed.measure.Interval;
import org.machbed.testbed.measure.RowSpec.RowRole;
import org.machbed.testbed.measure.Workload;
import org.machbed.testbed.paper.Paper;

/** Each topology's time as a multiple of the reference's: then and now. */
final class RatioChart {
    private static final double WIDTH = 960;
    private static final double LINE = 34;
    private static final double TOP = 14;
    private static final double LEFT = 190;
    private static final double RIGHT = 930;

    private RatioChart() {}

    static String of(Paper paper, Comparison comparison) {
        List<JudgedRow> rows = comparison.rows();
        Workload workload = comparison.scenario().workload();
        List<String> topologies = paper.topologies().stream()
                .filter(topology -> rows.stream().anyMatch(row -> row.topology().equals(topology)))
                .toList();
        double low = 1;
        double high = 1;
        var values = new ArrayList<Double>();
        rows.forEach(row -> values.add(row.ratio().value()));
        paper.topologies().forEach(topology -> values.add(paper.publishedRatio(workload, topology)));
        for (double value : values) {
            if (Double.isFinite(value)) {
                low = Math.min(low, value);
                high = Math.max(high, value);
            }
        }
        double bottom = TOP + LINE * topologies.size();
        var axis = new Axis(true, low / 1.25, high * 1.25, LEFT, RIGHT);
        var svg = new Svg(WIDTH, bottom + 26, "Time of each topology as a multiple of " + paper.reference());
        svg.grid(axis, TOP, bottom, "x").line(axis.at(1), TOP, axis.at(1), bottom, "reference");
        double y = TOP + LINE / 2;
        for (String topology : topologies) {
            svg.text(LEFT - 14, y + 4.5, "end", "", topology);
            double then = paper.publishedRatio(workload, topology);
            if (Double.isFinite(then)) {
                svg.ring(axis.at(then), y, 6, "published", "%s in %d: %.2fx".formatted(topology, paper.year(), then));
            }
            for (JudgedRow row : rows) {
                if (row.topology().equals(topology) && row.result().spec().role() != RowRole.SAME_AGAIN) {
                    mark(svg, axis, row, y);
                }
            }
            y += LINE;
        }
        return Html.figure(
                legend(paper),
                svg.toString(),
                "Logarithmic: equal distances are equal factors. The bars through the dots"
                        + " are 95 % intervals over rounds. Left of the dashed line is faster than "
                        + Html.escape(paper.reference()) + ".");
    }

    private static void mark(Svg svg, Axis axis, JudgedRow row, double y) {
        Interval ratio = row.ratio();
        String colour = colour(row);
        String hint = "%s: %.2fx (%.2f to %.2f), %s µs"
                .formatted(row.title(), ratio.value(), ratio.low(), ratio.high(), Html.micros(row.typicalNanos()));
        svg.stroke(axis.at(ratio.low()), y, axis.at(ratio.high()), y, colour, 2);
        svg.dot(axis.at(ratio.value()), y, 6, colour, hint);
    }

    static String colour(JudgedRow row) {
        return switch (row.result().spec().ipc()) {
            case "grpc" -> "grpc";
            case "chronicle" -> "chronicle";
            default -> "plain";
        };
    }

    private static String legend(Paper paper) {
        return "<ul class=\"legend\"><li><i class=\"ring\"></i>published, " + paper.year() + "</li>"
                + Html.swatch("dot", "grpc", "here, messages over gRPC")
                + Html.swatch("dot", "chronicle", "here, messages over Chronicle Queue")
                + Html.swatch("dot", "plain", "here, no messages")
                + "</ul>";
    }
}
