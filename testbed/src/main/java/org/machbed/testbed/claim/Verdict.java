package org.machbed.testbed.claim;

/** What a run says of a claim. */
public enum Verdict {
    HOLDS("holds"),
    FAILS("fails"),
    CANNOT_TELL("cannot tell");

    private final String label;

    Verdict(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }

    /** All must hold; one that fails is enough to fail. */
    public Verdict and(Verdict other) {
        if (this == FAILS || other == FAILS) {
            return FAILS;
        }
        return this == HOLDS && other == HOLDS ? HOLDS : CANNOT_TELL;
    }
}
