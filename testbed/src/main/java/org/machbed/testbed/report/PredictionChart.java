package org.machbed.testbed.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.machbed.testbed.claim.JudgedRow;
import org.machbed.testbed.predict.Prediction;
import org.machbed.testbed.predict.Prediction.Kind;

/** Where a round trip's time goes by the primitives, and what it took. */
final class PredictionChart {
    private static final double WIDTH = 960;
    private static final double LINE = 34;
    private static final double BAR = 18;
    private static final double TOP = 14;
    private static final double LEFT = 220;
    private static final double RIGHT = 900;

    /** What belongs together under one colour, in the order of the bar. */
    private enum Group {
        TRAPS("traps", "traps", Kind.TRAPS),
        MESSAGES("messages", "messages between tasks", Kind.MESSAGES),
        KERNEL_MESSAGES("kernel-messages", "messages with the kernel", Kind.KERNEL_MESSAGES),
        MAPS("maps", "out-of-line maps", Kind.OUT_OF_LINE),
        WIRE("wire", "wire and doorbells", Kind.WIRE, Kind.DOORBELLS),
        PROTOCOL("protocol", "stack, filter, copies", Kind.STACK, Kind.FILTER, Kind.COPIES),
        HAND_OFFS("handoffs", "hand-offs and spl", Kind.HAND_OFFS, Kind.SPLS);

        private final String colour;
        private final String label;

        @SuppressWarnings("ImmutableEnumChecker") // Made by List.of.
        private final List<Kind> kinds;

        Group(String colour, String label, Kind... kinds) {
            this.colour = colour;
            this.label = label;
            this.kinds = List.of(kinds);
        }

        double nanos(Prediction prediction) {
            return kinds.stream().mapToDouble(prediction::nanosOf).sum();
        }
    }

    private PredictionChart() {}

    static String of(List<JudgedRow> all) {
        List<JudgedRow> rows =
                all.stream().filter(row -> row.prediction().isPresent()).toList();
        double most = rows.stream()
                .mapToDouble(row -> Math.max(
                        row.typicalNanos(), row.prediction().orElseThrow().totalNanos()))
                .max()
                .orElse(1);
        double bottom = TOP + LINE * rows.size();
        var axis = new Axis(false, 0, most / 1000 * 1.06, LEFT, RIGHT);
        var svg = new Svg(WIDTH, bottom + 26, "Predicted and measured time of a round trip");
        svg.raw(
                "<defs><pattern id=\"rest\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
                        + "<rect width=\"2\" height=\"6\" style=\"fill:var(--unexplained)\"/></pattern></defs>");
        svg.grid(axis, TOP, bottom, " µs");
        double y = TOP + LINE / 2;
        for (JudgedRow row : rows) {
            bar(svg, axis, row, y);
            y += LINE;
        }
        return Html.figure(
                legend(),
                svg.toString(),
                "Coloured: what the crossings of a round trip should cost, counts times"
                        + " primitives, nothing overlapping. Hatched: measured beyond that, unexplained. The black line is the measured"
                        + " typical trip; where it stands inside the bar, things overlapped.");
    }

    private static void bar(Svg svg, Axis axis, JudgedRow row, double y) {
        Prediction prediction = row.prediction().orElseThrow();
        svg.text(LEFT - 14, y + 4.5, "end", "", row.title());
        double at = 0;
        for (Group group : Group.values()) {
            double micros = group.nanos(prediction) / 1000;
            svg.box(
                    axis.at(at),
                    y - BAR / 2,
                    axis.at(at + micros) - axis.at(at),
                    BAR,
                    "var(--" + group.colour + ")",
                    "%s: %.1f µs of %s".formatted(row.title(), micros, group.label));
            at += micros;
        }
        double measured = row.typicalNanos() / 1000;
        if (measured > at) {
            svg.box(
                    axis.at(at),
                    y - BAR / 2,
                    axis.at(measured) - axis.at(at),
                    BAR,
                    "url(#rest)",
                    "%s: %.1f µs unexplained".formatted(row.title(), measured - at));
        }
        svg.stroke(axis.at(measured), y - BAR / 2 - 4, axis.at(measured), y + BAR / 2 + 4, "ink", 2.5);
        svg.text(
                Math.max(axis.at(measured), axis.at(at)) + 8,
                y + 4.5,
                "start",
                "soft small",
                "%.2fx".formatted(measured * 1000 / prediction.totalNanos()));
    }

    private static String legend() {
        Map<String, String> colours = new LinkedHashMap<>();
        for (Group group : Group.values()) {
            colours.put(group.colour, group.label);
        }
        var legend = new StringBuilder("<ul class=\"legend\">");
        colours.forEach((colour, label) -> legend.append(Html.swatch("", colour, label)));
        return legend.append(Html.swatch("", "unexplained", "unexplained"))
                .append(Html.swatch("", "ink", "measured"))
                .append("</ul>")
                .toString();
    }
}
