package org.machbed.server.driver;

/** Whose memory a received frame lies in, and so how long the receiver may look at it. */
public interface FrameOwner {
    /** The frame lies in memory of its own that the garbage collector takes back: keep it as long as needed. */
    FrameOwner COLLECTED = new FrameOwner() {
        @Override
        public boolean isLent() {
            return true;
        }

        @Override
        public int keptBytes(int lengthBytes) {
            return lengthBytes;
        }

        @Override
        public void free(long cookie) {}
    };

    /** The frame is gone when {@link FrameSink#onFrame} returns: whoever needs it longer copies it. */
    FrameOwner TRANSIENT = new FrameOwner() {
        @Override
        public boolean isLent() {
            return false;
        }

        @Override
        public int keptBytes(int lengthBytes) {
            return 0;
        }

        @Override
        public void free(long cookie) {}
    };

    /** Whether the frame stays until {@link #free}. An owner that runs short of memory may lend one frame and not the next. */
    boolean isLent();

    /**
     * How much memory nobody else can use while a frame is kept: what a socket is charged for it (sb_mbcnt), since a frame of a
     * few bytes may hold a whole buffer.
     *
     * @param lengthBytes of the frame
     */
    int keptBytes(int lengthBytes);

    /**
     * Gives the frame's memory back; once for each frame, by any thread, also for frames that are not needed longer.
     *
     * @param cookie what {@link FrameSink#onFrame} was told
     */
    void free(long cookie);
}
