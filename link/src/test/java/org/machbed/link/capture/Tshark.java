package org.machbed.link.capture;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** What tshark reads in a capture, with checksums checked. */
final class Tshark {
    private Tshark() {}

    /** Skips the test where there is no tshark. */
    static void assumePresent() {
        boolean present = false;
        for (String directory : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
            present |= Files.isExecutable(Path.of(directory, "tshark"));
        }
        assumeTrue(present, "tshark is not installed: captures are not compared with its reading");
    }

    /** Lines of the frames that a display filter selects. */
    static List<String> select(Path capture, String filter) throws IOException, InterruptedException {
        return run(capture, List.of("-Y", filter));
    }

    /** A line for each frame with the first occurrence of each field, between bars; absent ones are empty. */
    static List<String> fields(Path capture, String... fields) throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("-T", "fields", "-E", "separator=|", "-E", "occurrence=f"));
        for (String field : fields) {
            arguments.add("-e");
            arguments.add(field);
        }
        return run(capture, arguments);
    }

    private static List<String> run(Path capture, List<String> arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("tshark", "-n", "-r", capture.toString()));
        for (String preference : List.of("ip.check_checksum:TRUE", "udp.check_checksum:TRUE")) {
            command.add("-o");
            command.add(preference);
        }
        command.addAll(arguments);
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(String.join(" ", command)).isZero();
        return output.lines().toList();
    }
}
