package org.machbed.client.channel;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

/**
 * What an application may rely on in a {@link java.nio.channels.SocketChannel} and its server. One suite, run on the JDK's own channels
 * first, which proves the suite, and then on ours.
 */
@Timeout(60)
public abstract class StreamChannelContract
        implements StreamConnectContract, StreamTransferContract, StreamLifeContract, SocketViewContract {
    private @Nullable StreamEnds ends;

    /** Where clients and servers live. */
    protected abstract StreamEnds openEnds() throws Exception;

    @BeforeEach
    void open() throws Exception {
        ends = openEnds();
    }

    @AfterEach
    void close() throws Exception {
        ends().close();
    }

    @Override
    public StreamEnds ends() {
        StreamEnds opened = ends;
        if (opened == null) {
            throw new IllegalStateException("the test has not begun");
        }
        return opened;
    }
}
