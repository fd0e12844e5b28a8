package org.machbed.testbed.launch;

/** How a run ends when a signal ends its launcher. Called on a thread of the virtual machine's shutdown. */
public interface Ending {
    /** Comes first, while all its processes are there. */
    default void prepare() {}

    /** Comes when nothing of it is left. To end with an exit code that is not the signal's, halt the virtual machine here. */
    void finish();
}
