package org.machbed.testbed.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import org.machbed.testbed.claim.Claim;
import org.machbed.testbed.claim.ClaimResult;
import org.machbed.testbed.claim.Comparison;
import org.machbed.testbed.claim.Evidence;
import org.machbed.testbed.claim.JudgedRow;
import org.machbed.testbed.claim.Verdict;
import org.machbed.testbed.measure.RowSpec.RowRole;
import org.machbed.testbed.measure.Workload;
import org.machbed.testbed.paper.Paper;
import org.machbed.testbed.predict.Primitive;

/** The report as one page that needs nothing else: no script, no font, no picture from anywhere. */
public final class HtmlReport {
    private static final DateTimeFormatter WHEN = DateTimeFormatter.ofPattern(
                    "d MMMM yyyy, HH:mm 'UTC'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    private final RunReport report;
    private final Evidence evidence;
    private final StringBuilder html = new StringBuilder();

    private HtmlReport(RunReport report) {
        this.report = report;
        this.evidence = report.evidence();
    }

    public static String text(RunReport report) {
        var page = new HtmlReport(report);
        page.head();
        page.times();
        page.predictions();
        page.claims();
        page.crossings();
        page.latencies();
        page.primitives();
        page.environment();
        page.howToRead();
        page.html
                .append("<footer>Made by <code>")
                .append(Html.escape(report.command()))
                .append(
                        "</code>. The numbers behind every picture are in <code>results.json</code>; the raw histograms are in"
                                + " <code>histograms/</code>.</footer>\n</main>\n</body>\n</html>\n");
        return page.html.toString();
    }

    private void head() {
        String title = report.title();
        html.append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                        + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Machbed: ")
                .append(Html.escape(title))
                .append("</title>\n<style>\n")
                .append(css())
                .append("</style>\n</head>\n<body>\n<main>\n<header>\n<h1>")
                .append(
                        report.paper().isPresent()
                                ? "What does it cost to put a protocol in a server process?"
                                : "Topologies beside each other")
                .append("</h1>\n<p class=\"lead\">")
                .append(Html.escape(title))
                .append(", on real processes of today.</p>\n<p class=\"meta\">")
                .append(Html.escape(WHEN.format(report.at())))
                .append(" &middot; ")
                .append(Html.escape(fact("cpu")))
                .append(" &middot; JDK ")
                .append(Html.escape(fact("jdk")))
                .append(" &middot; ")
                .append(Html.escape(fact("kernel")))
                .append(" &middot; ")
                .append(report.roundsInWords())
                .append(" of ")
                .append(report.trialInWords(operation(evidence.first())))
                .append("</p>\n<nav><a href=\"#times\">Times</a>")
                .append(predicts() ? "<a href=\"#prediction\">Prediction</a>" : "")
                .append(report.claims().isEmpty() ? "" : "<a href=\"#claims\">Claims</a>")
                .append("<a href=\"#crossings\">Crossings</a><a href=\"#latencies\">Latencies</a>"
                        + "<a href=\"#primitives\">Primitives</a><a href=\"#environment\">Environment</a>"
                        + "<a href=\"#reading\">How to read it</a></nav>\n</header>\n");
        tiles();
    }

    private void tiles() {
        html.append("<div class=\"tiles\">");
        for (Comparison comparison : evidence.comparisons()) {
            JudgedRow reference = comparison.reference();
            tile(
                    Html.micros(reference.typicalNanos()) + " &micro;s",
                    "a %s%s with %s"
                            .formatted(
                                    operation(comparison),
                                    several() ? " of " + comparison.scenario().title() : "",
                                    reference.title()));
        }
        OptionalDouble message = evidence.costs().message("grpc");
        OptionalDouble trap = evidence.costs().of(Primitive.NULL_TRAP);
        if (message.isPresent() && trap.isPresent()) {
            tile(
                    "%.1f traps".formatted(message.getAsDouble() / trap.getAsDouble()),
                    "is what a message costs over gRPC (in 1992: 2.3)");
        }
        long hold = report.claims().stream()
                .filter(claim -> claim.verdict() == Verdict.HOLDS)
                .count();
        long fail = report.claims().stream()
                .filter(claim -> claim.verdict() == Verdict.FAILS)
                .count();
        if (!report.claims().isEmpty()) {
            tile(
                    hold + " of " + report.claims().size(),
                    "claims hold, " + fail + " fail, " + (report.claims().size() - hold - fail) + " cannot be told");
        }
        for (Comparison comparison : evidence.comparisons()) {
            String of = several() ? " of " + comparison.scenario().title() : "";
            tile(
                    comparison.knowsNoise() ? "%.1f %%".formatted(100 * comparison.noiseFloor()) : "unknown",
                    comparison.knowsNoise()
                            ? "noise floor" + of + ": nearer rows are not told apart"
                            : "noise floor" + of + ": one round does not tell it, so no rows are told apart");
        }
        html.append("</div>\n");
    }

    private void tile(String number, String meaning) {
        html.append("<div class=\"tile\"><b>")
                .append(number)
                .append("</b><span>")
                .append(Html.escape(meaning))
                .append("</span></div>");
    }

    private void times() {
        html.append("<h2 id=\"times\">Times, then and now</h2>\n");
        report.paper().ifPresentOrElse(this::paperTimes, this::plainTimes);
    }

    /** Whether there is more than one table, so that each needs to say which it is. */
    private boolean several() {
        return evidence.comparisons().size() > 1;
    }

    private static String operation(Comparison comparison) {
        return comparison.scenario().workload().operation();
    }

    private void heading(Comparison comparison) {
        if (several()) {
            html.append("<h3>")
                    .append(Html.escape(comparison.scenario().title()))
                    .append("</h3>\n");
        }
    }

    private void plainTimes() {
        for (Comparison comparison : evidence.comparisons()) {
            heading(comparison);
            html.append(HtmlTables.others(comparison.rows()));
            if (comparison.scenario().workload().oneWay()) {
                html.append(HtmlTables.throughput(comparison));
            }
        }
    }

    private void paperTimes(Paper paper) {
        html.append("<p>Absolute times cannot be compared across 30 years; ratios of times to <code>")
                .append(Html.escape(paper.reference()))
                .append("</code> can.</p>\n");
        evidence.comparisons().forEach(comparison -> paperTimes(paper, comparison));
    }

    private void paperTimes(Paper paper, Comparison comparison) {
        Workload workload = comparison.scenario().workload();
        html.append("<p>")
                .append(Html.escape(workload.inWords()))
                .append(".</p>\n")
                .append(RatioChart.of(paper, comparison));
        for (Paper.Table table : paper.tables(workload)) {
            html.append("<h3>")
                    .append(Html.escape(table.heading()))
                    .append("</h3>\n")
                    .append(HtmlTables.paperTable(paper, table, comparison));
        }
        List<JudgedRow> others = comparison.rows().stream()
                .filter(row -> Double.isNaN(paper.published(workload, row.topology()))
                        || row.result().spec().role() == RowRole.SAME_AGAIN)
                .toList();
        html.append("<h3>Beside them</h3>\n").append(HtmlTables.others(others));
        if (workload.oneWay()) {
            html.append(HtmlTables.throughput(comparison));
        }
    }

    private void predictions() {
        if (!predicts()) {
            return;
        }
        html.append(
                "<h2 id=\"prediction\">Do the crossings explain the times?</h2>\n<p>As in section 2.2 of the paper: what a"
                        + " round trip crosses, times what each crossing costs alone on this machine.</p>\n");
        for (Comparison comparison : evidence.comparisons()) {
            if (predicts(comparison)) {
                heading(comparison);
                html.append(PredictionChart.of(comparison.told()));
            }
        }
    }

    /** Nothing is predicted for TCP. */
    private boolean predicts() {
        return evidence.comparisons().stream().anyMatch(HtmlReport::predicts);
    }

    private static boolean predicts(Comparison comparison) {
        return comparison.rows().stream().anyMatch(row -> row.prediction().isPresent());
    }

    private void claims() {
        if (report.claims().isEmpty()) {
            return;
        }
        html.append(
                "<h2 id=\"claims\">Claims</h2>\n<p>Each claim is a rule that was fixed before measuring; its verdict is"
                        + " computed from ratios, their 95 % intervals and the noise floor. A claim that fails is a finding.</p>\n");
        report.claims().stream()
                .filter(claim -> !claim.claim().paper().equals(Claim.OWN))
                .forEach(this::claim);
        if (report.claims().stream().anyMatch(claim -> claim.claim().paper().equals(Claim.OWN))) {
            html.append("<h3>What this testbed promises of itself</h3>\n");
            report.claims().stream()
                    .filter(claim -> claim.claim().paper().equals(Claim.OWN))
                    .forEach(this::claim);
        }
    }

    private void claim(ClaimResult result) {
        String style = style(result.verdict());
        html.append("<div class=\"claim ")
                .append(style)
                .append("\" id=\"")
                .append(Html.escape(result.claim().id()))
                .append("\"><h3><span>")
                .append(Html.escape(result.claim().statement()))
                .append("</span><span class=\"chip\">")
                .append(result.verdict().label())
                .append("</span></h3>");
        html.append("<p class=\"meta\">");
        if (!result.claim().published().isEmpty()) {
            html.append("Published ")
                    .append(Html.escape(result.claim().published()))
                    .append(" = ")
                    .append(result.claim().publishedValue())
                    .append("; ");
        }
        html.append("measured ")
                .append(number(result.measured().value()))
                .append("; holds when ")
                .append(result.claim().rule().band().text())
                .append("</p><p>")
                .append(Html.prose(result.because()))
                .append("</p>");
        ClaimResult chronicle = result.withChronicle();
        if (chronicle != null) {
            html.append("<p class=\"chronicle\"><span class=\"chip ")
                    .append(style(chronicle.verdict()))
                    .append("\">")
                    .append(chronicle.verdict().label())
                    .append("</span> with <code>ipc: chronicle</code>: ")
                    .append(Html.prose(chronicle.because()))
                    .append("</p>");
        }
        if (result.parts().size() > 1) {
            html.append("<details><summary>each by itself</summary>");
            for (ClaimResult.Part part : result.parts()) {
                html.append("<div>")
                        .append(Html.escape(part.what()))
                        .append(": ")
                        .append(number(part.measured().value()))
                        .append(", ")
                        .append(part.verdict().label())
                        .append("</div>");
            }
            html.append("</details>");
        }
        html.append("</div>\n");
    }

    private static String style(Verdict verdict) {
        return verdict.label().replace(' ', '-');
    }

    private static String number(double value) {
        return Double.isNaN(value) ? "nothing" : "%.2f".formatted(value);
    }

    private void crossings() {
        html.append(
                "<h2 id=\"crossings\">What is crossed</h2>\n<p>Counted, not timed: these repeat exactly from run to run"
                        + " (context switches and garbage nearly so).</p>\n");
        for (Comparison comparison : evidence.comparisons()) {
            heading(comparison);
            html.append("<p>For each ")
                    .append(operation(comparison))
                    .append(":</p>\n")
                    .append(HtmlTables.crossings(comparison));
        }
    }

    private void latencies() {
        html.append("<h2 id=\"latencies\">How much trips differ</h2>\n");
        for (Comparison comparison : evidence.comparisons()) {
            heading(comparison);
            html.append(LatencyChart.of(comparison.told()));
        }
    }

    private void primitives() {
        html.append(
                        "<h2 id=\"primitives\">Primitives of this machine</h2>\n<p>Each measured alone, before the rows.</p>\n")
                .append(HtmlTables.primitives(evidence.costs()));
    }

    private void environment() {
        html.append("<h2 id=\"environment\">Environment</h2>\n<dl>");
        report.environment()
                .facts()
                .forEach((key, value) -> html.append("<dt>")
                        .append(Html.escape(key))
                        .append("</dt><dd>")
                        .append(Html.escape(value))
                        .append("</dd>"));
        html.append("</dl>\n");
        for (String note : report.environment().notes()) {
            html.append("<p class=\"soft\">").append(Html.escape(note)).append("</p>\n");
        }
        for (JudgedRow row : evidence.rows()) {
            row.invalid()
                    .ifPresent(reason -> html.append("<p>Invalid: <code>")
                            .append(Html.escape(row.title()))
                            .append("</code>: ")
                            .append(Html.escape(reason))
                            .append("</p>\n"));
        }
    }

    private void howToRead() {
        html.append("""
                <h2 id="reading">How to read it</h2>
                <p>Every row is a <em>topology</em>: the same protocol code, with each component (application, sockets, stack,
                demultiplexer, driver) placed in a process and each neighbour reached by a call, a trap, a message or a window of
                shared memory. All processes of a host are pinned to one CPU, because a host of the papers had one.</p>
                <p>A time is the <em>typical trip</em>: the median of a trial, averaged over rounds; the interval says how much
                rounds differ. Rounds interleave the rows, so that what drifts on the machine befalls all alike. The reference is
                measured twice (A/A); what differs by less than the two of them is reported as &ldquo;cannot tell&rdquo;. A row is
                invalid when its conditions differed from the reference's, or the hypervisor took its CPU.</p>
                <p>A prediction adds up what the paper's section 2.2 adds up, at this machine's prices. It assumes that nothing
                overlaps; two hosts on two CPUs do overlap a little, so a time somewhat below its prediction is no surprise. What is
                above it is unexplained, and the report says how much.</p>
                """);
    }

    private String fact(String key) {
        return report.environment().facts().getOrDefault(key, "unknown");
    }

    private static String css() {
        try (InputStream stream = HtmlReport.class.getResourceAsStream("report.css")) {
            if (stream == null) {
                throw new IllegalStateException("report.css is not in the jar");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
