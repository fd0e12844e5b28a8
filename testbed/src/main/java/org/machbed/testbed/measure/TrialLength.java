package org.machbed.testbed.measure;

import java.time.Duration;

/** How long a trial is: so many operations, or as many as take about so long. */
public sealed interface TrialLength {
    /** Most operations of a trial: what a client-app counts in one go. */
    int MOST_OPERATIONS = 10_000_000;

    /** A trial of so many operations. */
    record Operations(int count) implements TrialLength {
        @Override
        public int operations(double nanosEach) {
            return count;
        }

        @Override
        public TrialLength shortened(int times) {
            return new Operations(Math.max(1, count / times));
        }

        @Override
        public String inWords(String operation) {
            return count + " " + operation + "s";
        }
    }

    /** A trial of about so long, by what an operation took last in the warm-up. */
    record Time(Duration duration) implements TrialLength {
        @Override
        public int operations(double nanosEach) {
            return (int) Math.clamp(duration.toNanos() / Math.max(1, nanosEach), 1, MOST_OPERATIONS);
        }

        @Override
        public TrialLength shortened(int times) {
            return new Time(duration.dividedBy(times));
        }

        @Override
        public String inWords(String operation) {
            return duration.toMillis() % 1000 == 0
                    ? "about " + duration.toSeconds() + " s"
                    : "about " + duration.toMillis() + " ms";
        }
    }

    /**
     * Operations of the next trial.
     *
     * @param nanosEach what one takes
     */
    int operations(double nanosEach);

    /** One of a fraction of it. */
    TrialLength shortened(int times);

    /**
     * For a report: "1000 round trips", "about 2 s".
     *
     * @param operation what one is called
     */
    String inWords(String operation);
}
