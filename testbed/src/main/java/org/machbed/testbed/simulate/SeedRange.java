package org.machbed.testbed.simulate;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Seeds from the first to the last one, both included. */
public record SeedRange(long first, long last) {
    private static final Pattern FORM = Pattern.compile("(\\d{1,18})(?:\\.\\.(\\d{1,18}))?");

    /** More would take weeks. */
    private static final long MOST = 1_000_000_000L;

    /** @throws IllegalArgumentException when the last one is before the first, or they are too many */
    public SeedRange {
        if (last < first) {
            throw new IllegalArgumentException(last + " is before " + first);
        }
        if (last - first >= MOST) {
            throw new IllegalArgumentException(first + ".." + last + " is more than " + MOST + " seeds");
        }
    }

    /**
     * Reads {@code A..B}, or {@code A} for that one alone.
     *
     * @throws IllegalArgumentException with a sentence that says what is wrong
     */
    public static SeedRange parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + text + "' is not of the form A..B, with numbers from 0 up");
        }
        long first = Long.parseLong(matcher.group(1));
        return new SeedRange(first, matcher.group(2) == null ? first : Long.parseLong(matcher.group(2)));
    }

    public long count() {
        return last - first + 1;
    }
}
