package org.machbed.testbed.launch;

import java.util.List;

/** A run cannot start or cannot go on. The message is a sentence for the user; details may follow it. */
public final class RunFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<String> details;

    public RunFailure(String message) {
        this(message, List.of(), null);
    }

    public RunFailure(String message, Throwable cause) {
        this(message, List.of(), cause);
    }

    /**
     * A failure with more to show than its sentence.
     *
     * @param details lines to show below the message, for instance the last ones of a log
     */
    public RunFailure(String message, List<String> details, @org.jspecify.annotations.Nullable Throwable cause) {
        super(message, cause);
        this.details = List.copyOf(details);
    }

    public List<String> details() {
        return details;
    }
}
