package org.machbed.testbed.compare;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.machbed.testbed.compare.RunComparison.ComparedRow;
import org.machbed.testbed.measure.Interval;
import org.machbed.testbed.report.TextTable;

/** A comparison as lines for a terminal. */
public final class ComparisonText {
    private static final double MICROSECOND_NANOS = 1_000;
    private static final int TEXT_COLUMNS = 1;

    private ComparisonText() {}

    public static String of(RunComparison comparison) {
        var text = new StringBuilder();
        text.append("A  ")
                .append(comparison.a().path())
                .append(": ")
                .append(comparison.a().command());
        text.append("\nB  ")
                .append(comparison.b().path())
                .append(": ")
                .append(comparison.b().command());
        text.append('\n');
        comparison
                .environment()
                .forEach((fact, difference) -> text.append("   ")
                        .append(fact)
                        .append(" differs: ")
                        .append(said(difference.a()))
                        .append(" | ")
                        .append(said(difference.b()))
                        .append('\n'));
        for (String scenario : scenarios(comparison)) {
            text.append('\n').append(scenario).append('\n');
            text.append(table(comparison, scenario));
        }
        only(text, "A", comparison.onlyInA());
        only(text, "B", comparison.onlyInB());
        return text.toString();
    }

    private static String said(String fact) {
        return fact.isEmpty() ? "(unknown)" : fact;
    }

    private static List<String> scenarios(RunComparison comparison) {
        return comparison.rows().stream()
                .map(row -> row.key().scenario())
                .distinct()
                .toList();
    }

    private static TextTable table(RunComparison comparison, String scenario) {
        var table = new TextTable(TEXT_COLUMNS).line("row", "A us", "B us", "B / A", "95 %, noise included", "B is");
        for (ComparedRow row : comparison.rows()) {
            if (row.key().scenario().equals(scenario)) {
                Interval ratio = row.ratio();
                table.line(
                        row.key().variant(),
                        micros(row.a()),
                        micros(row.b()),
                        "%.2f".formatted(ratio.value()),
                        "%.2f to %.2f".formatted(ratio.low(), ratio.high()),
                        row.verdict().label());
            }
        }
        return table;
    }

    private static String micros(Interval nanos) {
        return "%.1f".formatted(nanos.value() / MICROSECOND_NANOS);
    }

    private static void only(StringBuilder text, String run, List<ResultsFile.RowKey> keys) {
        Map<String, String> variants = keys.stream()
                .collect(Collectors.groupingBy(
                        ResultsFile.RowKey::scenario,
                        LinkedHashMap::new,
                        Collectors.mapping(ResultsFile.RowKey::variant, Collectors.joining(", "))));
        variants.forEach((scenario, names) -> text.append("\nOnly in %s, %s: %s\n".formatted(run, scenario, names)));
    }
}
