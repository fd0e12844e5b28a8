package org.machbed.client.library;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.client.channel.DatagramChannelContract;
import org.machbed.client.channel.Ends;

/** The suite on sockets of a library in this process. */
class LibraryDatagramChannelTest extends DatagramChannelContract {
    @TempDir
    private static Path directory;

    private static LibraryHosts hosts;

    @BeforeAll
    static void start() throws IOException {
        hosts = new LibraryHosts(directory);
    }

    @AfterAll
    static void stop() {
        hosts.close();
    }

    @Override
    protected Ends openEnds() {
        return hosts.ends();
    }
}
