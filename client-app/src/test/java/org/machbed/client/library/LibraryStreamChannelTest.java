package org.machbed.client.library;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.client.channel.StreamChannelContract;
import org.machbed.client.channel.StreamEnds;

/** The suite on sockets of a library in this process. */
class LibraryStreamChannelTest extends StreamChannelContract {
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
    protected StreamEnds openEnds() {
        return hosts.streamEnds();
    }
}
