package org.machbed.ipc.chronicle;

/**
 * How far the two sides of a {@link RollingQueue} are, in its units since the start: words in shared memory, each with one writer,
 * which the other side may damage.
 */
public interface QueueProgress {
    /** How much was produced. */
    long produced();

    /** The producer tells how much it has produced, after what it tells of is there. */
    void produced(long units);

    /** How much was consumed. */
    long consumed();

    /** The consumer tells how much it has consumed. */
    void consumed(long units);
}
