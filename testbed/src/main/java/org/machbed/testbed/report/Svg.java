package org.machbed.testbed.report;

/** A drawing in the making. Colours are variables of the page, so that it follows light and dark. */
final class Svg {
    private final StringBuilder body = new StringBuilder();
    private final double width;
    private final double height;
    private final String title;

    Svg(double width, double height, String title) {
        this.width = width;
        this.height = height;
        this.title = title;
    }

    Svg text(double x, double y, String anchor, String style, String text) {
        body.append("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" class=\"%s\">%s</text>"
                .formatted(x, y, anchor, style, Html.escape(text)));
        return this;
    }

    Svg line(double x1, double y1, double x2, double y2, String style) {
        body.append("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"%s\"/>"
                .formatted(x1, y1, x2, y2, style));
        return this;
    }

    /** A line in a colour of the page. */
    Svg stroke(double x1, double y1, double x2, double y2, String colour, double thickness) {
        body.append(
                "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" style=\"stroke:var(--%s)\" stroke-width=\"%.1f\"/>"
                        .formatted(x1, y1, x2, y2, colour, thickness));
        return this;
    }

    Svg box(double x, double y, double boxWidth, double boxHeight, String fill, String hint) {
        body.append(
                "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" style=\"fill:%s\"><title>%s</title></rect>"
                        .formatted(x, y, Math.max(0, boxWidth), boxHeight, fill, Html.escape(hint)));
        return this;
    }

    Svg dot(double x, double y, double radius, String colour, String hint) {
        body.append("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" style=\"fill:var(--%s)\"><title>%s</title></circle>"
                .formatted(x, y, radius, colour, Html.escape(hint)));
        return this;
    }

    Svg ring(double x, double y, double radius, String colour, String hint) {
        body.append(
                "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" style=\"fill:var(--card);stroke:var(--%s)\" stroke-width=\"2\"><title>%s</title></circle>"
                        .formatted(x, y, radius, colour, Html.escape(hint)));
        return this;
    }

    Svg raw(String element) {
        body.append(element);
        return this;
    }

    /** Grid lines and numbers of an axis, from {@code top} to {@code bottom}. */
    Svg grid(Axis axis, double top, double bottom, String unit) {
        for (double mark : axis.marks()) {
            line(axis.at(mark), top, axis.at(mark), bottom, "grid");
            text(axis.at(mark), bottom + 16, "middle", "soft small", Axis.text(mark) + unit);
        }
        return this;
    }

    @Override
    public String toString() {
        return "<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"%s\">%s</svg>"
                .formatted(width, height, Html.escape(title), body);
    }
}
