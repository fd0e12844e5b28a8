package org.machbed.docker;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** The programs of these tests' resources. */
final class Programs {
    private Programs() {}

    /** Puts one where that container can run it; answers the path. */
    static String install(String container, String program) throws IOException, InterruptedException {
        try (var in = Programs.class.getResourceAsStream("/programs/" + program)) {
            if (in == null) {
                throw new IOException("no program " + program);
            }
            String path = "/tmp/" + program;
            // Not by a copy: the root file system is read-only, and /tmp a file system that copies do not reach.
            Engine.Said done = Engine.run(
                    "exec",
                    container,
                    "sh",
                    "-c",
                    "printf %s \"$1\" > \"$2\"",
                    "sh",
                    new String(in.readAllBytes(), StandardCharsets.UTF_8),
                    path);
            if (done.code() != 0) {
                throw new IOException("cannot write " + path + ": " + done.text());
            }
            return path;
        }
    }
}
