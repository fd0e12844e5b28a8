package org.machbed.testbed.report;

import java.util.List;
import java.util.OptionalDouble;
import org.machbed.ipc.process.Crossing;
import org.machbed.testbed.claim.Evidence;
import org.machbed.testbed.claim.JudgedRow;
import org.machbed.testbed.measure.Interval;
import org.machbed.testbed.measure.RowResult;
import org.machbed.testbed.measure.RowSpec.RowRole;
import org.machbed.testbed.paper.Paper;
import org.machbed.testbed.predict.Primitive;
import org.machbed.testbed.predict.PrimitiveCosts;

/** The tables of the report. */
final class HtmlTables {
    private static final List<Crossing> SHOWN = List.of(
            Crossing.TRAPS,
            Crossing.MESSAGES,
            Crossing.KERNEL_MESSAGES,
            Crossing.OUT_OF_LINE_MAPS,
            Crossing.DOORBELLS,
            Crossing.COPIES,
            Crossing.COPIED_BYTES,
            Crossing.FILTER_INSTRUCTIONS,
            Crossing.HAND_OFFS,
            Crossing.SPLS);

    private HtmlTables() {}

    /** One table of the paper with ours beside it. */
    static String paperTable(Paper paper, Paper.Table table, Evidence evidence) {
        var html = new StringBuilder(head("UDP implementation", true));
        for (Paper.Line line : table.lines()) {
            double ratio = line.publishedMillis() / paper.publishedMillis(paper.reference());
            boolean first = true;
            for (JudgedRow row : of(evidence, line.topology())) {
                html.append(first ? "<tr class=\"group\">" : "<tr>")
                        .append(cell("t", first ? Html.escape(line.implementation()) : ""))
                        .append(cell("t", "<code>" + Html.escape(row.title()) + "</code>"))
                        .append(cell("", first ? "%.1f".formatted(line.publishedMillis()) : ""))
                        .append(cell("", first ? "%.2f".formatted(ratio) : ""))
                        .append(ours(row, evidence.noiseFloor()))
                        .append("</tr>");
                first = false;
            }
        }
        return wrap(html + "</tbody></table>");
    }

    /** Rows that no table of the paper has. */
    static String others(List<JudgedRow> rows, double noiseFloor) {
        var html = new StringBuilder(head("", false));
        for (JudgedRow row : rows) {
            String note = row.result().spec().role() == RowRole.SAME_AGAIN ? "the reference once more (A/A)" : "";
            html.append("<tr>")
                    .append(cell(
                            "t",
                            note.isEmpty()
                                    ? Html.escape(row.result().spec().topology().standsFor())
                                    : note))
                    .append(cell("t", "<code>" + Html.escape(row.title()) + "</code>"))
                    .append(ours(row, noiseFloor))
                    .append("</tr>");
        }
        return wrap(html + "</tbody></table>");
    }

    private static String head(String first, boolean published) {
        return "<table><thead><tr><th class=\"t\">" + first + "</th><th class=\"t\">topology</th>"
                + (published ? "<th>1992<br>ms</th><th>ratio</th>" : "")
                + "<th>here<br>us</th><th>95 %<br>interval</th><th>ratio</th><th>predicted<br>us</th>"
                + "<th>measured /<br>predicted</th><th>beside<br>reference</th></tr></thead><tbody>";
    }

    private static String ours(JudgedRow row, double noiseFloor) {
        Interval typical = row.result().typicalNanos();
        String interval = Double.isInfinite(typical.high())
                ? ""
                : Html.micros(typical.low()) + " to " + Html.micros(typical.high());
        String verdict = row.verdict(noiseFloor);
        return cell("", "<b>" + Html.micros(typical.value()) + "</b>")
                + cell("", interval)
                + cell(
                        "",
                        row.invalid().isPresent()
                                ? ""
                                : "<b>%.2f</b>".formatted(row.ratio().value()))
                + cell(
                        "",
                        row.prediction().map(p -> Html.micros(p.totalNanos())).orElse(""))
                + cell(
                        "",
                        row.prediction()
                                .map(p -> "%.2f".formatted(row.typicalNanos() / p.totalNanos()))
                                .orElse(""))
                + cell(
                        "",
                        "<span title=\"" + Html.escape(verdict) + "\">"
                                + Html.escape(verdict.startsWith("invalid") ? "invalid" : verdict) + "</span>");
    }

    /** What a round trip crosses, host by host. */
    static String crossings(Evidence evidence) {
        var html = new StringBuilder("<table><thead><tr><th class=\"t\">topology</th><th class=\"t\">host</th>"
                + "<th>traps</th><th>messages</th><th>messages<br>w/ kernel</th><th>out-of-line<br>maps</th><th>doorbells</th>"
                + "<th>copies</th><th>bytes<br>copied</th><th>filter<br>instructions</th><th>hand-offs</th><th>spl<br>pairs</th>"
                + "<th>context<br>switches</th><th>garbage<br>bytes</th></tr></thead><tbody>");
        for (JudgedRow row : evidence.rows()) {
            if (row.result().spec().role() == RowRole.SAME_AGAIN) {
                continue;
            }
            for (String host : List.of("a", "b")) {
                html.append(host.equals("a") ? "<tr class=\"group\">" : "<tr>")
                        .append(cell("t", host.equals("a") ? "<code>" + Html.escape(row.title()) + "</code>" : ""))
                        .append(cell("t", host));
                for (Crossing crossing : SHOWN) {
                    html.append(cell("", Html.count(row.result().perOperation(host, crossing))));
                }
                html.append(cell("", Html.count(row.result().contextSwitchesPerOperation(host))))
                        .append(cell("", "%.0f".formatted(garbage(row.result(), host))))
                        .append("</tr>");
            }
        }
        return wrap(html + "</tbody></table>");
    }

    private static double garbage(RowResult row, String host) {
        return row.allocatedBytesPerOperation().entrySet().stream()
                .filter(entry -> entry.getKey().startsWith(host + "/"))
                .mapToDouble(entry -> Math.max(0, entry.getValue()))
                .sum();
    }

    /** The primitives, in nanoseconds and in traps. */
    static String primitives(PrimitiveCosts costs) {
        double trap = costs.of(Primitive.NULL_TRAP).orElse(Double.NaN);
        var html = new StringBuilder("<table><thead><tr><th class=\"t\">primitive</th><th class=\"t\">what it is</th>"
                + "<th>ns</th><th>in null traps</th></tr></thead><tbody>");
        for (Primitive primitive : Primitive.values()) {
            OptionalDouble nanos = costs.of(primitive);
            if (nanos.isPresent()) {
                double value = nanos.getAsDouble();
                html.append("<tr>")
                        .append(cell("t", "<code>" + primitive.label() + "</code>"))
                        .append(cell("t w", Html.escape(primitive.meaning())))
                        .append(cell("", value >= 100 ? "%,.0f".formatted(value) : "%.1f".formatted(value)))
                        .append(cell("", Double.isNaN(trap) ? "" : "%.2f".formatted(value / trap)))
                        .append("</tr>");
            }
        }
        return wrap(html + "</tbody></table>");
    }

    private static List<JudgedRow> of(Evidence evidence, String topology) {
        return evidence.rows().stream()
                .filter(row -> row.topology().equals(topology))
                .filter(row -> row.result().spec().role() != RowRole.SAME_AGAIN)
                .toList();
    }

    private static String cell(String style, String content) {
        return style.isEmpty() ? "<td>" + content + "</td>" : "<td class=\"" + style + "\">" + content + "</td>";
    }

    private static String wrap(String table) {
        return "<div class=\"wrap\">" + table + "</div>\n";
    }
}
