package org.machbed.kernel.device;

import java.lang.foreign.MemorySegment;

/** Says whether a window's owner may send its frames. Called under the kernel lock, by one turn of the window's OUT queue at a time. */
interface OutgoingGuard {
    /** For a window of who has the device open and may write anything to it. */
    OutgoingGuard ANYTHING = new OutgoingGuard() {
        @Override
        public void begin() {
            // Nothing to look at.
        }

        @Override
        public boolean admits(MemorySegment memory, long offset, int lengthBytes) {
            return true;
        }

        @Override
        public void end() {
            // Nothing was begun.
        }
    };

    /** Before the frames of a turn. */
    void begin();

    /**
     * Looks at a frame, which begins with its Ethernet header and lies where its sender cannot write any more; one that may not be
     * sent is counted.
     */
    boolean admits(MemorySegment memory, long offset, int lengthBytes);

    /** After the frames of a turn, however it ended. */
    void end();
}
