package org.machbed.testbed.cli;

/** The command was used wrongly: one sentence, exit code 2. */
final class UsageError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UsageError(String message) {
        super(message);
    }
}
