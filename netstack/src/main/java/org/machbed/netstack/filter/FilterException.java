package org.machbed.netstack.filter;

/** A filter program, or its text, that is refused; the message says where and why. */
public final class FilterException extends Exception {
    private static final long serialVersionUID = 1;

    private final int index;

    private FilterException(String place, int index, String reason) {
        super(place + reason);
        this.index = index;
    }

    static FilterException atWord(int wordIndex, String reason) {
        return new FilterException("filter word " + wordIndex + ": ", wordIndex, reason);
    }

    static FilterException atLine(int lineNumber, String reason) {
        return new FilterException("filter line " + lineNumber + ": ", lineNumber, reason);
    }

    static FilterException ofWhole(String reason) {
        return new FilterException("filter: ", -1, reason);
    }

    /** Index of the word (from 0), number of the line (from 1) in a text, or -1 when the program as a whole is refused. */
    public int index() {
        return index;
    }
}
