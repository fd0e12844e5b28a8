package org.machbed.testbed.peer;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

/** netcat, OpenBSD's, on the Linux side. It gives up when nothing has come or gone for a while. */
final class Netcat {
    private static final String PATIENCE_SECONDS = "60";
    private static final File NOTHING = new File("/dev/null");

    private Netcat() {}

    static void assumePresent() {
        Namespace.assumePresent("nc");
    }

    /** Sends a file and half-closes; the SHA-256 of what came back until our host closed, too. */
    static String send(Namespace linux, Path file, String address, int port) throws IOException, InterruptedException {
        return received(linux.start(file.toFile(), "nc", "-N", "-w", PATIENCE_SECONDS, address, String.valueOf(port)));
    }

    /** Listens for one connection, on which it sends nothing. */
    static Process listen(Namespace linux, String address, int port) throws IOException, InterruptedException {
        Process netcat = linux.start(NOTHING, "nc", "-l", "-w", PATIENCE_SECONDS, address, String.valueOf(port));
        linux.awaitListener(port);
        return netcat;
    }

    /** The SHA-256 of all that it receives, when it has ended well. */
    static String received(Process netcat) throws IOException, InterruptedException {
        String digest = Content.digest(netcat.getInputStream());
        String errors = new String(netcat.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(netcat.waitFor()).as("nc: " + errors).isZero();
        return digest;
    }
}
