package org.machbed.netstack.simulation;

/** Something happened that must not. */
final class Violation extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Violation(String message) {
        super(message);
    }
}
