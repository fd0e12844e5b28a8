package org.machbed.testbed.report;

import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import org.machbed.ipc.process.Crossing;
import org.machbed.testbed.claim.Comparison;
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
    static String paperTable(Paper paper, Paper.Table table, Comparison comparison) {
        String protocol = table.workload().protocol().toUpperCase(Locale.ROOT);
        String year = paper.year() + "<br>";
        String published = "<th>" + year + table.unit().symbol() + "</th><th>" + year + "ratio</th>";
        var html = new StringBuilder(head(protocol + " implementation", published));
        for (Paper.Line line : table.lines()) {
            double ratio = paper.publishedRatio(table.workload(), line.topology());
            boolean first = true;
            for (JudgedRow row : comparison.of(line.topology())) {
                html.append(first ? "<tr class=\"group\">" : "<tr>")
                        .append(cell("t", first ? Html.escape(line.implementation()) : ""))
                        .append(cell("t", first ? topology(row) : "<span class=\"soft\">over chronicle</span>"))
                        .append(cell("", first ? table.unit().format(line.published()) : ""))
                        .append(cell("", first ? "%.2f".formatted(ratio) : ""))
                        .append(ours(row))
                        .append("</tr>");
                first = false;
            }
        }
        return wrap(html + "</tbody></table>");
    }

    /** Rows that no table of the paper has. */
    static String others(List<JudgedRow> rows) {
        var html = new StringBuilder(head("", ""));
        for (JudgedRow row : rows) {
            String note = row.result().spec().role() == RowRole.SAME_AGAIN ? "the reference once more (A/A)" : "";
            html.append("<tr>")
                    .append(cell(
                            "t",
                            note.isEmpty()
                                    ? Html.escape(row.result().spec().topology().standsFor())
                                    : note))
                    .append(cell("t", topology(row)))
                    .append(ours(row))
                    .append("</tr>");
        }
        return wrap(html + "</tbody></table>");
    }

    private static String head(String first, String published) {
        return "<table><thead><tr><th class=\"t\">" + first + "</th><th class=\"t\">topology</th>"
                + published
                + "<th>here<br>&micro;s</th><th>95&nbsp;%<br>interval</th><th>here<br>ratio</th><th>predicted<br>&micro;s</th>"
                + "<th>measured /<br>predicted</th></tr></thead><tbody>";
    }

    private static String ours(JudgedRow row) {
        Interval typical = row.result().typicalNanos();
        String interval = Double.isInfinite(typical.high())
                ? ""
                : "&plusmn; %.1f %%".formatted(50 * (typical.high() - typical.low()) / typical.value());
        return cell("", "<b>" + Html.micros(typical.value()) + "</b>")
                + cell("", interval)
                + cell("", ratio(row))
                + cell(
                        "",
                        row.prediction().map(p -> Html.micros(p.totalNanos())).orElse(""))
                + cell(
                        "",
                        row.prediction()
                                .map(p -> "%.2f".formatted(row.typicalNanos() / p.totalNanos()))
                                .orElse(""));
    }

    /** The ratio, and in pale what this run cannot tell from 1 or cannot compare at all. */
    private static String ratio(JudgedRow row) {
        String verdict = row.verdict();
        String ratio = "%.2f".formatted(row.ratio().value());
        if (verdict.startsWith("invalid")) {
            return "<span class=\"soft\" title=\"" + Html.escape(verdict) + "\">invalid</span>";
        }
        return verdict.equals("cannot tell")
                ? "<span class=\"soft\" title=\"cannot be told from the reference\">~ " + ratio + "</span>"
                : "<b>" + ratio + "</b>";
    }

    /** What an operation crosses, host by host. */
    static String crossings(Comparison comparison) {
        var html = new StringBuilder("<table><thead><tr><th class=\"t\">topology</th><th class=\"t\">host</th>"
                + "<th>traps</th><th>messages</th><th>messages<br>w/ kernel</th><th>out-of-line<br>maps</th><th>doorbells</th>"
                + "<th>copies</th><th>bytes<br>copied</th><th>filter<br>instructions</th><th>hand-offs</th><th>spl<br>pairs</th>"
                + "<th>context<br>switches</th><th>garbage<br>bytes</th></tr></thead><tbody>");
        for (JudgedRow row : comparison.told()) {
            for (String host : List.of("a", "b")) {
                html.append(host.equals("a") ? "<tr class=\"group\">" : "<tr>")
                        .append(cell("t", host.equals("a") ? topology(row) : ""))
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

    /** What is moved one way, and what that costs. */
    static String throughput(Comparison comparison) {
        var html = new StringBuilder("<table><thead><tr><th class=\"t\">topology</th><th>Mbit/s</th>"
                + "<th>CPU s/Gbit<br>sender</th><th>CPU s/Gbit<br>receiver</th></tr></thead><tbody>");
        for (JudgedRow row : comparison.rows()) {
            html.append("<tr>")
                    .append(cell("t", topology(row)))
                    .append(cell("", "<b>%,.0f</b>".formatted(row.result().throughputBitsPerSecond() / 1e6)))
                    .append(cell("", "%.3f".formatted(row.result().cpuSecondsPerGigabit("a"))))
                    .append(cell("", "%.3f".formatted(row.result().cpuSecondsPerGigabit("b"))))
                    .append("</tr>");
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

    private static String topology(JudgedRow row) {
        return "<code>" + Html.escape(row.topology()) + "</code>"
                + (row.result().spec().ipc().equals("chronicle") ? " <span class=\"soft\">chronicle</span>" : "");
    }

    private static String cell(String style, String content) {
        return style.isEmpty() ? "<td>" + content + "</td>" : "<td class=\"" + style + "\">" + content + "</td>";
    }

    private static String wrap(String table) {
        return "<div class=\"wrap\">" + table + "</div>\n";
    }
}
