package org.machbed.testbed.launch;

/** What a run is for, which decides what may be on beside it. */
public enum RunKind {
    /** Measures. One at a time: two would measure each other. */
    MEASUREMENT("machbed-"),
    /** Keeps a host up for as long as its user wants, beside whatever else is on. */
    HOST("machbed-host-");

    private final String prefix;

    RunKind(String prefix) {
        this.prefix = prefix;
    }

    /** What the names of its directories begin with. */
    String prefix() {
        return prefix;
    }
}
