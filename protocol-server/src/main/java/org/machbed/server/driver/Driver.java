package org.machbed.server.driver;

import org.jspecify.annotations.Nullable;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.link.FrameOutput;

/**
 * A network device as a server reaches it. {@link #output} is guarded by the lock of the stack's owner and lends one frame at a
 * time; {@link #source} has a thread of its own.
 */
public interface Driver extends AutoCloseable {
    MacAddress address();

    /** Largest packet of the device, without Ethernet header, in bytes. */
    int mtuBytes();

    FrameOutput output();

    FrameSource source();

    /** Whose the frames of sessions are; {@code null} unless the driver was opened so that sessions may leave the server. */
    default @Nullable SessionSwitch sessions() {
        return null;
    }

    /** Stops the source and lets go of the device. */
    @Override
    void close();
}
