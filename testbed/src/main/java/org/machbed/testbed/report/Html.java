package org.machbed.testbed.report;

/** Pieces of HTML. */
final class Html {
    private Html() {}

    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    static String figure(String legend, String svg, String caption) {
        return "<figure>" + legend + "<div class=\"scroll\">" + svg + "</div><figcaption>" + caption
                + "</figcaption></figure>\n";
    }

    static String swatch(String style, String colour, String label) {
        return "<li><i class=\"" + style + "\" style=\"background:var(--" + colour + ")\"></i>" + escape(label)
                + "</li>";
    }

    /** "12.3", or "123" where a decimal would say nothing. */
    static String micros(double nanos) {
        double micros = nanos / 1000;
        return micros >= 100
                ? "%.0f".formatted(micros)
                : micros >= 1 ? "%.1f".formatted(micros) : "%.2f".formatted(micros);
    }

    static String count(double count) {
        return Math.abs(count - Math.rint(count)) < 0.005 ? String.valueOf(Math.round(count)) : "%.2f".formatted(count);
    }
}
