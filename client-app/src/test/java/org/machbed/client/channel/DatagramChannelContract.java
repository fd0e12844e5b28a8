package org.machbed.client.channel;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

/**
 * What an application may rely on in a {@link java.nio.channels.DatagramChannel}. One suite, run on the JDK's own channels first,
 * which proves the suite, and then on ours.
 */
@Timeout(30)
public abstract class DatagramChannelContract
        implements AddressingContract,
                TransferContract,
                ConnectedTransferContract,
                LifeContract,
                OptionContract,
                DatagramSocketContract {
    private @Nullable Ends ends;

    /** Two hosts, or one that plays both. */
    protected abstract Ends openEnds() throws IOException;

    @BeforeEach
    void open() throws IOException {
        ends = openEnds();
    }

    @AfterEach
    void close() throws IOException {
        ends().close();
    }

    @Override
    public Ends ends() {
        Ends opened = ends;
        if (opened == null) {
            throw new IllegalStateException("the test has not begun");
        }
        return opened;
    }
}
