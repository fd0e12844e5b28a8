package org.machbed.testbed.measure;

/** Hears how far a long task has come. */
public interface ProgressListener {
    /** A new stage begins. */
    void stage(String name);

    /**
     * A step of the stage is done.
     *
     * @param done steps done so far
     * @param of steps of the stage
     * @param what the step, in a few words
     */
    void step(int done, int of, String what);

    /** Something that the user should know, now and in the report. */
    void note(String text);
}
