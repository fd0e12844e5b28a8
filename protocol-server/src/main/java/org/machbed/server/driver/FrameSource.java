package org.machbed.server.driver;

/** Where frames come from. Either {@link #run} on a thread of the caller's, or {@link #serve}; once only. */
public interface FrameSource {
    /**
     * Hands over frames, in order, on the calling thread, until {@link #stop}.
     *
     * @throws DriverException when the driver is gone
     */
    void run(FrameSink sink) throws DriverException;

    /**
     * Hands over frames, in order, on the thread that the transport has anyway, and returns at once. That thread must not
     * wait for messages.
     *
     * @return whether this source can: {@code false} leaves everything as it was
     */
    default boolean serve(FrameSink sink) throws DriverException {
        return false;
    }

    /** Whether {@link #run} waits as a Java thread waits, for messages, and not inside the operating system. */
    default boolean waitsForMessages() {
        return false;
    }

    /** Makes {@link #run} return soon; any thread may call. */
    void stop();
}
