package org.machbed.testbed.claim;

/**
 * A statement with the rule that decides it.
 *
 * @param published the paper's figures as a reader would write them, for instance "14.3 / 19.5 ms"; empty for a bound of ours
 * @param publishedValue the same as the value that the rule compares, or NaN
 */
public record Claim(
        String id, String paper, String statement, String published, double publishedValue, ClaimRule rule) {
    /** In the place of a paper: what this testbed promises of itself. */
    public static final String OWN = "machbed";
}
