package org.machbed.testbed.report;

import java.util.List;
import org.HdrHistogram.Histogram;
import org.machbed.testbed.claim.JudgedRow;

/** How much trips of one row differ: from the typical one to the slowest of a thousand. */
final class LatencyChart {
    private static final double WIDTH = 960;
    private static final double LINE = 30;
    private static final double TOP = 14;
    private static final double LEFT = 220;
    private static final double RIGHT = 930;
    private static final double[] PERCENTILES = {90, 99, 99.9};

    private LatencyChart() {}

    static String of(List<JudgedRow> rows) {
        double low = Double.MAX_VALUE;
        double high = 0;
        for (JudgedRow row : rows) {
            Histogram latencies = row.result().latencies();
            low = Math.min(low, (double) latencies.getValueAtPercentile(50));
            high = Math.max(high, (double) latencies.getMaxValue());
        }
        double bottom = TOP + LINE * rows.size();
        var axis = new Axis(true, low / 1000 / 1.2, high / 1000 * 1.2, LEFT, RIGHT);
        var svg = new Svg(WIDTH, bottom + 26, "Latency percentiles of each topology");
        svg.grid(axis, TOP, bottom, " µs");
        double y = TOP + LINE / 2;
        for (JudgedRow row : rows) {
            row(svg, axis, row, y);
            y += LINE;
        }
        return Html.figure(
                legend(),
                svg.toString(),
                "All trips of all rounds, logarithmic. What lies far to the right is the"
                        + " machine (timer ticks, other guests of the host, the garbage collector) rather than the topology.");
    }

    private static void row(Svg svg, Axis axis, JudgedRow row, double y) {
        Histogram latencies = row.result().latencies();
        String colour = RatioChart.colour(row);
        svg.text(LEFT - 14, y + 4.5, "end", "", row.title());
        double typical = latencies.getValueAtPercentile(50) / 1000.0;
        double slowest = latencies.getMaxValue() / 1000.0;
        svg.stroke(axis.at(typical), y, axis.at(slowest), y, "line", 2);
        svg.stroke(axis.at(typical), y, axis.at(latencies.getValueAtPercentile(99) / 1000.0), y, colour, 2);
        svg.dot(axis.at(typical), y, 6, colour, "%s p50: %.1f µs".formatted(row.title(), typical));
        for (double percentile : PERCENTILES) {
            double micros = latencies.getValueAtPercentile(percentile) / 1000.0;
            svg.stroke(axis.at(micros), y - 6, axis.at(micros), y + 6, colour, 2);
            svg.dot(
                    axis.at(micros),
                    y,
                    2,
                    colour,
                    "%s p%s: %.1f µs".formatted(row.title(), Axis.text(percentile), micros));
        }
        svg.ring(axis.at(slowest), y, 3, "unexplained", "%s slowest: %.1f µs".formatted(row.title(), slowest));
    }

    private static String legend() {
        return "<ul class=\"legend\"><li><i class=\"dot\" style=\"background:var(--soft)\"></i>p50</li>"
                + "<li>ticks: p90, p99, p99.9</li><li><i class=\"ring\"></i>slowest</li></ul>";
    }
}
