package org.machbed.testbed.peer;

import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Servers that are built on selectors and know nothing of Machbed, on hosts of every topology that has streams: the JDK's file server,
 * Netty and gRPC-Java. Linux is their client, and sometimes goes away in the middle.
 */
@Timeout(180)
class ServersIT {
    private static final int FILE_PORT = 8000;
    private static final int NETTY_PORT = 8001;
    private static final int GRPC_PORT = 8002;
    private static final int MEGABYTE = 1_000_000;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path served;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path fetched;

    @BeforeEach
    void assumePossible() throws Exception {
        Namespace.assumePossible();
        Namespace.assumePresent("curl");
    }

    private String[] fileServer() {
        return new String[] {
            CommandLines.java(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-m",
            "jdk.httpserver",
            "-b",
            PeerWire.OURS,
            "-p",
            String.valueOf(FILE_PORT),
            "-d",
            served.toString()
        };
    }

    /** What it says first. */
    private String served() {
        return "Serving " + served + " and subdirectories on " + PeerWire.OURS + " port " + FILE_PORT;
    }

    private String[] nettyServer() {
        return CommandLines.library(PlainNettyServer.class, List.of(), String.valueOf(NETTY_PORT), served.toString());
    }

    private static String[] grpcServer() {
        // Linux's epoll, which it would use without this, knows nothing of a host's sockets.
        return CommandLines.library(
                PlainGrpcServer.class,
                List.of("-Dio.grpc.netty.shaded.io.netty.transport.noNative=true"),
                String.valueOf(GRPC_PORT));
    }

    /** All three at once, each a process of its own; ends them when it is ended. */
    private String allThree() {
        return """
                %s & a=$!
                %s & b=$!
                %s & c=$!
                trap 'kill $a $b $c' TERM
                echo starting
                wait
                wait
                """.formatted(
                String.join(" ", fileServer()), String.join(" ", nettyServer()), String.join(" ", grpcServer()));
    }

    @ParameterizedTest
    @CsvSource({"in-kernel, 20", "server-window, 2", "library, 20"})
    void serversWithSelectorsGiveAndTakeFilesWhole(String topology, int megabytes) throws Exception {
        assertFilesWhole(topology, megabytes);
    }

    /** The same server with other ways to the wire, which selectors do not see. */
    @ParameterizedTest
    @CsvSource({"server-ipc-vm, 1", "server-ipc, 1", "server-syscall, 1", "server-mapped, 2"})
    @EnabledIfSystemProperty(named = "machbed.long", matches = "true", disabledReason = "it takes a minute")
    void soTheyDoWhicheverWayTheirPacketsGo(String topology, int megabytes) throws Exception {
        assertFilesWhole(topology, megabytes);
    }

    private void assertFilesWhole(String topology, int megabytes) throws Exception {
        String content = Content.write(served.resolve("large"), megabytes * MEGABYTE, 1);
        String[] program = {"sh", "-c", allThree()};
        try (RunProgram running = RunProgram.start(topology, List.of(), "starting", program)) {
            awaitAllThree(running);
            assertFileServer(running.linux(), content, megabytes * MEGABYTE);
            assertNetty(running.linux(), content, megabytes * MEGABYTE);
            assertGrpc(running.linux(), megabytes * MEGABYTE);
        }
    }

    /** Each says so once, in whatever order. */
    private static void awaitAllThree(RunProgram running) throws Exception {
        int listening = 0;
        while (listening < 3) {
            String line = running.line();
            assertThat(line).matches("listening|Serving .*|URL http://.*");
            listening += line.startsWith("Serving") ? 0 : 1;
        }
    }

    /** Where the library owns the wire, a program is a whole host: one server at a time. */
    @Test
    void aServerMayBeAWholeHost() throws Exception {
        int bytes = 20 * MEGABYTE;
        String content = Content.write(served.resolve("large"), bytes, 1);
        try (RunProgram running = RunProgram.start("library-mapped", List.of(), served(), fileServer())) {
            assertFileServer(running.linux(), content, bytes);
        }
        try (RunProgram running = RunProgram.start("library-mapped", List.of(), "listening", nettyServer())) {
            assertNetty(running.linux(), content, bytes);
        }
        try (RunProgram running = RunProgram.start("library-mapped", List.of(), "listening", grpcServer())) {
            assertGrpc(running.linux(), bytes);
        }
    }

    private void assertFileServer(Namespace linux, String content, int bytes) throws Exception {
        assertFetchedWhole(linux, url(FILE_PORT, "large"), content, bytes);
    }

    private void assertNetty(Namespace linux, String content, int bytes) throws Exception {
        assertFetchedWhole(linux, url(NETTY_PORT, "large"), content, bytes);
        assertFetchedWhole(linux, gathered(), content, bytes);
        assertThat(curl(linux, "-T", served.resolve("large").toString(), url(NETTY_PORT, "put")))
                .isEqualTo("201 0\n");
        assertThat(Content.digest(served.resolve("put"))).isEqualTo(content);
    }

    /** Also after a client that went away in the middle. */
    private void assertFetchedWhole(Namespace linux, String url, String content, int bytes) throws Exception {
        assertThat(linux.exec("sh", "-c", "curl -s " + url + " | head -c 100000 | wc -c"))
                .isEqualTo("100000\n");
        Path large = fetched.resolve("large");
        assertThat(curl(linux, "-o", large.toString(), url)).as(url).isEqualTo("200 " + bytes + "\n");
        assertThat(Content.digest(large)).as(url).isEqualTo(content);
    }

    private static void assertGrpc(Namespace linux, int bytes) throws Exception {
        var sent = new Content(1);
        sent.send(OutputStream.nullOutputStream(), bytes);
        String[] client = CommandLines.library(
                PlainGrpcClient.class, List.of(), PeerWire.OURS, String.valueOf(GRPC_PORT), String.valueOf(bytes));
        assertThat(linux.exec(client).lines())
                .contains("aborted after " + PlainGrpc.CHUNK_BYTES, "unary true", "got " + sent.digest(), "put true");
    }

    /** The whole command line of the JDK's server is the program. */
    @Test
    void theFileServerOfTheJdkIsAProgramOfItsOwn() throws Exception {
        String content = Content.write(served.resolve("large"), MEGABYTE, 1);
        try (RunProgram running = RunProgram.start("server-mapped", List.of(), served(), fileServer())) {
            assertThat(running.line()).startsWith("URL ");
            Path large = fetched.resolve("large");
            assertThat(curl(running.linux(), "-o", large.toString(), url(FILE_PORT, "large")))
                    .isEqualTo("200 " + MEGABYTE + "\n");
            assertThat(Content.digest(large)).isEqualTo(content);
            running.terminate();
            // As the shell has it: 128 and SIGTERM.
            assertThat(running.exitCode()).isEqualTo(128 + 15);
        }
    }

    private static String url(int port, String file) {
        return "http://" + PeerWire.OURS + ":" + port + "/" + file;
    }

    private static String gathered() {
        return url(NETTY_PORT, "large?gathered");
    }

    /** The status and the body's bytes. */
    private static String curl(Namespace linux, String... words) throws Exception {
        var command =
                new ArrayList<>(List.of("curl", "-sS", "--max-time", "60", "-w", "%{http_code} %{size_download}\\n"));
        command.addAll(List.of(words));
        return linux.exec(command.toArray(String[]::new));
    }
}
