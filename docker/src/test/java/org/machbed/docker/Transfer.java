package org.machbed.docker;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/** The program of this name in a container, which has a stream to host b. What it is waited for must come in time. */
final class Transfer {
    /** A peer that has gone answers by a reset when its host is back; until then TCP asks again, later each time (RFC 6298 section 5.5). */
    static final long LIMIT_SECONDS = 240;

    /** What is said after all that the program said. */
    private static final String END = "(end of output)";

    private final Process process;
    private final BlockingQueue<String> said = new LinkedBlockingQueue<>();

    private Transfer(Process process) {
        this.process = process;
        Thread.ofPlatform().daemon().name("transfer-reader").start(() -> read(process.inputReader()));
    }

    static Transfer start(TwoHosts hosts, String service) throws IOException, InterruptedException {
        String program = hosts.install(service, "Transfer.java");
        return new Transfer(new ProcessBuilder(Engine.command(List.of(
                        "exec",
                        "-i",
                        hosts.id(service),
                        "machbed",
                        "run",
                        "--",
                        "java",
                        program,
                        TwoHosts.ADDRESS_OF_B)))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    private void read(BufferedReader output) {
        try (output) {
            output.lines().forEach(said::add);
        } catch (IOException | UncheckedIOException e) {
            said.add("(" + e.getMessage() + ")");
        }
        said.add(END);
    }

    void tellToGoOn() throws IOException {
        process.getOutputStream().write('\n');
        process.getOutputStream().flush();
    }

    /** The next line that it says. */
    String said() throws InterruptedException {
        String line = said.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
        assertThat(line).as("says something within %d s", LIMIT_SECONDS).isNotNull();
        return line;
    }

    /** Ends the stream; answers what it says then. */
    String end() throws IOException, InterruptedException {
        process.getOutputStream().close();
        return said();
    }

    void awaitEnd() throws InterruptedException {
        assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS))
                .as("ends within %d s", LIMIT_SECONDS)
                .isTrue();
    }

    void destroy() {
        process.destroy();
    }
}
