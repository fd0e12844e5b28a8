package org.machbed.testbed.report;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.machbed.ipc.process.Crossing;
import org.machbed.testbed.claim.ClaimResult;
import org.machbed.testbed.claim.Comparison;
import org.machbed.testbed.claim.JudgedRow;
import org.machbed.testbed.measure.Interval;
import org.machbed.testbed.measure.RowSpec.RowRole;
import org.machbed.testbed.measure.Workload;
import org.machbed.testbed.paper.Paper;

/** What a run prints when it ends: the paper's tables beside ours, what was crossed, and the claims. */
public final class TerminalReport {
    private static final List<String> OURS =
            List.of("here us", "95 % interval", "ratio", "predicted us", "measured/predicted");

    private final RunReport report;
    private final StringBuilder text = new StringBuilder();

    private TerminalReport(RunReport report) {
        this.report = report;
    }

    public static String text(RunReport report) {
        var terminal = new TerminalReport(report);
        report.paper().ifPresentOrElse(terminal::tables, terminal::plainTables);
        report.evidence().comparisons().forEach(terminal::crossings);
        terminal.claims();
        terminal.notes();
        return terminal.text.toString();
    }

    private void tables(Paper paper) {
        text.append('\n').append(paper.title()).append("\n");
        for (Comparison comparison : report.evidence().comparisons()) {
            Workload workload = comparison.scenario().workload();
            text.append(several() ? "\n" : "")
                    .append(workload.inWords())
                    .append(", trials of ")
                    .append(report.trialInWords(workload.operation()))
                    .append(", ")
                    .append(report.roundsInWords())
                    .append("; typical ")
                    .append(workload.oneWay() ? "message" : "trip")
                    .append(" (p50), ratios of times to ")
                    .append(paper.reference())
                    .append("\n");
            paper.tables(workload).forEach(table -> table(paper, table, comparison));
            beside(paper, comparison);
            if (workload.oneWay()) {
                throughput(comparison);
            }
        }
    }

    private void table(Paper paper, Paper.Table table, Comparison comparison) {
        text.append('\n').append(table.heading()).append('\n');
        var lines = head(paper, table.workload(), table.unit());
        for (Paper.Line line : table.lines()) {
            double ratio = paper.publishedRatio(table.workload(), line.topology());
            for (JudgedRow row : comparison.of(line.topology())) {
                boolean first = !row.result().spec().ipc().equals("chronicle");
                row(
                        lines,
                        first ? line.implementation() : "",
                        row,
                        first ? table.unit().format(line.published()) : "",
                        first ? "%.2f".formatted(ratio) : "");
            }
        }
        text.append(lines);
    }

    /** The rows that no table of the paper has. */
    private void beside(Paper paper, Comparison comparison) {
        Workload workload = comparison.scenario().workload();
        var beside = head(paper, workload, paper.tables(workload).getFirst().unit());
        for (String topology : paper.topologies()) {
            if (Double.isNaN(paper.published(workload, topology))) {
                comparison.of(topology).forEach(row -> row(beside, "", row, "", ""));
            }
        }
        comparison.rows().stream()
                .filter(row -> row.result().spec().role() == RowRole.SAME_AGAIN)
                .forEach(row -> row(beside, "(A/A: " + paper.reference() + " once more)", row, "", ""));
        text.append("\nBeside them\n").append(beside);
    }

    private void plainTables() {
        for (Comparison comparison : report.evidence().comparisons()) {
            var lines = new TextTable(1).line(concat(List.of("topology"), OURS));
            for (JudgedRow row : comparison.rows()) {
                lines.line(concat(List.of(row.result().spec().system().name()), ours(row)));
            }
            text.append('\n').append(heading(comparison)).append(lines);
            if (comparison.scenario().workload().oneWay()) {
                throughput(comparison);
            }
        }
    }

    /** Which table it is, where there are several. */
    private String heading(Comparison comparison) {
        return several() ? comparison.scenario().title() + '\n' : "";
    }

    private boolean several() {
        return report.evidence().comparisons().size() > 1;
    }

    private void throughput(Comparison comparison) {
        var table = new TextTable(1).line("topology", "Mbit/s", "CPU s/Gbit sender", "CPU s/Gbit receiver");
        for (JudgedRow row : comparison.rows()) {
            table.line(
                    row.result().spec().system().name(),
                    "%.0f".formatted(row.result().throughputBitsPerSecond() / 1e6),
                    "%.3f".formatted(row.result().cpuSecondsPerGigabit("a")),
                    "%.3f".formatted(row.result().cpuSecondsPerGigabit("b")));
        }
        text.append("\nThroughput, and CPU time of each host's processes for a gigabit of data\n")
                .append(table);
    }

    private static TextTable head(Paper paper, Workload workload, Paper.Unit unit) {
        String implementation = workload.protocol().toUpperCase(Locale.ROOT) + " implementation";
        String published = paper.year() + " " + unit.symbol();
        return new TextTable(2).line(concat(List.of(implementation, "topology", published, "ratio"), OURS));
    }

    private void row(TextTable table, String implementation, JudgedRow row, String millis, String published) {
        table.line(concat(List.of(implementation, row.title(), millis, published), ours(row)));
    }

    private static List<String> ours(JudgedRow row) {
        Interval typical = row.result().typicalNanos();
        return List.of(
                "%.1f".formatted(typical.value() / 1000),
                Double.isInfinite(typical.high())
                        ? "-"
                        : "%.1f to %.1f".formatted(typical.low() / 1000, typical.high() / 1000),
                row.invalid().isPresent()
                        ? "invalid"
                        : "%.2f".formatted(row.ratio().value()),
                row.prediction()
                        .map(prediction -> "%.1f".formatted(prediction.totalNanos() / 1000))
                        .orElse("-"),
                row.prediction()
                        .map(prediction -> "%.2f".formatted(row.typicalNanos() / prediction.totalNanos()))
                        .orElse("-"));
    }

    private static Object[] concat(List<String> left, List<String> right) {
        return Stream.concat(left.stream(), right.stream()).toArray();
    }

    private void crossings(Comparison comparison) {
        var table = new TextTable(2)
                .line(
                        "topology",
                        "host",
                        "traps",
                        "messages",
                        "w/ kernel",
                        "maps",
                        "doorbells",
                        "switches",
                        "copies",
                        "bytes",
                        "filter",
                        "spls",
                        "handoffs");
        for (JudgedRow row : comparison.told()) {
            for (String host : new String[] {"a", "b"}) {
                table.line(
                        host.equals("a") ? row.title() : "",
                        host,
                        count(row, host, Crossing.TRAPS),
                        count(row, host, Crossing.MESSAGES),
                        count(row, host, Crossing.KERNEL_MESSAGES),
                        count(row, host, Crossing.OUT_OF_LINE_MAPS),
                        count(row, host, Crossing.DOORBELLS),
                        number(row.result().contextSwitchesPerOperation(host)),
                        count(row, host, Crossing.COPIES),
                        count(row, host, Crossing.COPIED_BYTES),
                        count(row, host, Crossing.FILTER_INSTRUCTIONS),
                        count(row, host, Crossing.SPLS),
                        count(row, host, Crossing.HAND_OFFS));
            }
        }
        text.append("\nCrossings per ")
                .append(comparison.scenario().workload().operation())
                .append(", on each host")
                .append(several() ? ": " + comparison.scenario().title() : "")
                .append('\n')
                .append(table);
    }

    private void claims() {
        if (report.claims().isEmpty()) {
            return;
        }
        text.append("\nClaims\n");
        for (ClaimResult result : report.claims()) {
            text.append("  ")
                    .append("%-11s".formatted(result.verdict().label()))
                    .append("  ")
                    .append(result.claim().statement());
            if (!result.claim().published().isEmpty()) {
                text.append("  [").append(result.claim().published()).append(']');
            }
            text.append('\n');
            wrapped(result.because());
            ClaimResult chronicle = result.withChronicle();
            if (chronicle != null && chronicle.verdict() != result.verdict()) {
                wrapped("With ipc: chronicle it "
                        + (chronicle.verdict().label().equals("cannot tell")
                                ? "cannot be told: "
                                : chronicle.verdict().label() + ": ")
                        + chronicle.because());
            }
        }
    }

    private void wrapped(String sentence) {
        var line = new StringBuilder();
        for (String word : sentence.split(" ", -1)) {
            if (line.length() + word.length() > 100) {
                text.append("               ").append(line.toString().strip()).append('\n');
                line.setLength(0);
            }
            line.append(word).append(' ');
        }
        text.append("               ").append(line.toString().strip()).append('\n');
    }

    private void notes() {
        text.append('\n');
        for (Comparison comparison : report.evidence().comparisons()) {
            text.append("  Noise floor of ")
                    .append(several() ? comparison.scenario().title() : "this run")
                    .append(" (A/A): ")
                    .append(
                            comparison.knowsNoise()
                                    ? "%.1f %%".formatted(100 * comparison.noiseFloor())
                                    : "unknown, with one round; no rows are told apart")
                    .append('\n');
        }
        report.environment()
                .notes()
                .forEach(note -> text.append("  Note: ").append(note).append('\n'));
        for (JudgedRow row : report.evidence().rows()) {
            row.invalid()
                    .ifPresent(reason -> text.append("  Invalid: ")
                            .append(row.result().spec().name())
                            .append(": ")
                            .append(reason)
                            .append('\n'));
        }
    }

    private static String count(JudgedRow row, String host, Crossing crossing) {
        return number(row.result().perOperation(host, crossing));
    }

    private static String number(double count) {
        return Math.abs(count - Math.rint(count)) < 0.005 ? String.valueOf(Math.round(count)) : "%.2f".formatted(count);
    }
}
