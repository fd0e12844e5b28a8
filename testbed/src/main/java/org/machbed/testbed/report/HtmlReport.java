package org.machbed.testbed.report;

/** Placeholder. */
public final class HtmlReport {
    private HtmlReport() {}

    public static String text(RunReport report) {
        return "<html>" + report.command() + "</html>";
    }
}
