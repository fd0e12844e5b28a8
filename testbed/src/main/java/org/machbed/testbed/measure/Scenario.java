package org.machbed.testbed.measure;

/**
 * What applications do, and how long the frames between their hosts may be. Rows of one scenario stand in one table and are
 * compared with one reference.
 *
 * @param mtuBytes longest IP datagram of a frame; the machine's own kernel has a wire of its own, which does not heed it
 */
public record Scenario(Workload workload, int mtuBytes) {
    /** "tcp-stream of 65536 bytes, MTU 1500". */
    public String title() {
        return workload.title() + ", MTU " + mtuBytes;
    }
}
