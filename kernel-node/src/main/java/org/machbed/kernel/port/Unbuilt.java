package org.machbed.kernel.port;

/** Stands in bodies that are still to be written. */
final class Unbuilt {
    private Unbuilt() {}

    @SuppressWarnings("DoNotCallSuggester")
    static <T> T yet(Class<T> type) {
        throw new UnsupportedOperationException("not yet: " + type);
    }
}
