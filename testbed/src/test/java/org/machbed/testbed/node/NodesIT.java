package org.machbed.testbed.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.testbed.peer.CommandLines;
import org.machbed.testbed.peer.PlainProgram;

import static org.assertj.core.api.Assertions.assertThat;

/** Real processes with nodes, which are processes of this machine: what is counted is what is counted without nodes. */
@Timeout(600)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class NodesIT {
    private static final long PATIENCE_SECONDS = 400;

    @SuppressWarnings("NullAway.Init")
    private static LocalNodes nodes;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    @BeforeAll
    static void startNodes() throws Exception {
        nodes = new LocalNodes("in-kernel");
    }

    @AfterAll
    static void endNodes() throws Exception {
        nodes.end();
    }

    private Process machbed(String... words) throws IOException {
        return new ProcessBuilder(CommandLines.machbed(words))
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("said").toFile())
                .start();
    }

    private String said() throws IOException {
        return Files.readString(directory.resolve("said"), StandardCharsets.UTF_8);
    }

    @Test
    @Order(1)
    void aRoundTripCrossesWhatItCrossesWithoutNodes() throws Exception {
        Path out = directory.resolve("out");
        Process measure = machbed(
                "measure", "--topology=in-kernel", "--quick", "--rounds=2", "--nodes=" + nodes.text(), "--out=" + out);
        assertThat(measure.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(measure.exitValue()).as(this::saidOrNot).isZero();

        JsonNode results = new ObjectMapper().readTree(Files.readString(out.resolve("results.json")));
        assertThat(results.at("/environment/deployment").asText())
                .startsWith("nodes: the processes of both hosts are started by a-kernel-node=127.0.0.1:");
        assertCrossings(
                row(results, "in-kernel"),
                Map.of("traps", 2, "messages", 0, "copies", 4, "bytesCopied", 4, "framesSent", 1, "framesReceived", 1));
        assertThat(row(results, "in-kernel").path("wire").asText()).isEqualTo("segment");
        assertThat(row(results, "in-kernel").path("sharedMemoryBytes").path("a").asLong())
                .isPositive();
        assertThat(nodes.memoryOf("a")).isEmpty();
        assertThat(nodes.memoryOf("b")).isEmpty();
    }

    private String saidOrNot() {
        try {
            return said();
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static JsonNode row(JsonNode results, String name) {
        return StreamSupport.stream(results.path("rows").spliterator(), false)
                .filter(row -> row.path("name").asText().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static void assertCrossings(JsonNode row, Map<String, Integer> perHost) {
        for (String host : List.of("a", "b")) {
            JsonNode counted = row.path("crossingsByHost").path(host);
            perHost.forEach(
                    (crossing, count) -> assertThat(counted.path(crossing).asDouble(-1))
                            .as("%s of host %s, row %s", crossing, host, row.path("name"))
                            .isEqualTo(count.doubleValue()));
        }
    }

    /** One on host b's sockets and one on host a's, each beside that host's own application. */
    @Test
    @Order(2)
    void unmodifiedProgramsRunOnTheStandingHosts() throws Exception {
        Process receiver = run("b", "digest", "5001");
        Process sender = run("a", "send", "10.151.0.2", "5001", "100000", "7");
        try (var received = receiver.inputReader();
                var sent = sender.inputReader()) {
            assertThat(received.readLine()).isEqualTo("listening");
            assertThat(sent.readLine()).isEqualTo("waiting");
            sender.getOutputStream().write('\n');
            sender.getOutputStream().flush();
            assertThat(received.readLine()).hasSize(64).isEqualTo(sent.readLine());
            assertThat(sender.waitFor()).isZero();
            assertThat(receiver.waitFor()).isZero();
        } finally {
            receiver.destroy();
            sender.destroy();
        }
    }

    private static Process run(String host, String... words) throws IOException {
        var command = CommandLines.machbed("run", "--");
        command.addAll(List.of(CommandLines.program(PlainProgram.class, words)));
        var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment()
                .put("MACHBED_STANDING_HOST", nodes.standingHost(host).toString());
        return builder.start();
    }

    @Test
    @Order(3)
    void withoutAStandingHostOrTopologyRunSaysSo() throws Exception {
        Process run = machbed("run", "--", "java", "-version");
        assertThat(run.waitFor()).isEqualTo(2);
        assertThat(said()).contains("no host stands here; name a topology: machbed run TOPOLOGY -- java -version");
    }

    /** Comes last: the nodes of that host are of no use afterwards. */
    @Test
    @Order(4)
    void aNodeThatIsKilledEndsTheRunAndIsNamed() throws Exception {
        Path out = directory.resolve("out");
        Process measure = machbed(
                "measure",
                "--topology=in-kernel,server-mapped",
                "--rounds=1000",
                "--nodes=" + nodes.text(),
                "--out=" + out);
        awaitProcesses(nodes.process("b-kernel-node"));

        nodes.process("b-kernel-node").destroyForcibly();

        assertThat(measure.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(measure.exitValue()).isEqualTo(1);
        assertThat(said())
                .containsPattern("b-kernel-node at 127\\.0\\.0\\.1:[0-9]+ ended while the run was on")
                .doesNotContain("Exception");
        assertThat(nodes.memoryOf("a")).isEmpty();
    }

    /** Until it has started one for the run, beside its standing one. */
    private static void awaitProcesses(Process node) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (node.children().count() < 2) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            assertThat(node.isAlive()).isTrue();
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }
}
