package org.machbed.client.session;

/** Frames of a link that wait until what says that they have been sent was written. With the library's lock. */
interface HeldFrames {
    /** From now on frames leave by {@link #letGo} only. */
    void holdBack();

    /** Lets go what is held back. */
    void letGo();
}
