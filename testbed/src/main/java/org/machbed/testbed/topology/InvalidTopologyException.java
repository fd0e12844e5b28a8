package org.machbed.testbed.topology;

import java.util.List;

/** A topology that cannot be: one line for each thing that is wrong with it, naming file and line. */
public final class InvalidTopologyException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<String> problems;

    public InvalidTopologyException(List<String> problems) {
        super(String.join("\n", problems));
        this.problems = List.copyOf(problems);
    }

    public List<String> problems() {
        return problems;
    }
}
