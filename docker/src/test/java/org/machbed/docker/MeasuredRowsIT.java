package org.machbed.docker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

/** What bench measures in containers: all topologies carry datagrams and streams, and a round trip crosses what it crosses without. */
@Timeout(900)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith({Engine.class, TwoHosts.Extension.class})
class MeasuredRowsIT {
    private static final List<String> WITH_CONNECTIONS = List.of(
            "in-kernel", "server-ipc-vm", "server-ipc", "server-syscall", "server-mapped", "server-window", "linux");
    private static final List<String> WITHOUT = List.of("udp-server", "udp-server-direct");
    private static final String LOCAL = "in-kernel,server-mapped";
    private static final long LOCAL_LIMIT_SECONDS = 300;

    @SuppressWarnings("NullAway.Init")
    private Path inContainers;

    @SuppressWarnings("NullAway.Init")
    private Path local;

    @BeforeAll
    void measure(TwoHosts hosts) throws Exception {
        inContainers = hosts.results().resolve("containers");
        local = hosts.results().resolve("local");
        var all = new ArrayList<>(WITH_CONNECTIONS);
        all.addAll(WITHOUT);
        Engine.Said bench = hosts.bench(measurement(String.join(",", all), "udp-rtt,tcp-rtt", "/results/containers"));
        assertThat(bench.code()).as(bench.text()).isZero();
        Engine.Said here = machbed(measurement(LOCAL, "udp-rtt", local.toString()));
        assertThat(here.code()).as(here.text()).isZero();
    }

    /** Of counts, one round says as much as many. */
    private static String[] measurement(String topologies, String workloads, String out) {
        return new String[] {
            "measure", "--topology=" + topologies, "--workload=" + workloads, "--quick", "--rounds=1", "--out=" + out
        };
    }

    /** The command line on this machine, from the jars that the image has; in their order, which caches are for. */
    private static Engine.Said machbed(String... words) throws IOException, InterruptedException {
        String classPath;
        try (var jars = Files.list(Path.of("..", "testbed", "target", "distribution", "lib")
                .toAbsolutePath()
                .normalize())) {
            classPath = jars.map(Path::toString)
                    .filter(jar -> jar.endsWith(".jar"))
                    .sorted()
                    .collect(Collectors.joining(":"));
        }
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Dlogback.configurationFile=machbed-logback.xml",
                "-cp",
                classPath,
                "org.machbed.testbed.cli.Machbed"));
        command.addAll(List.of(words));
        return Engine.run(LOCAL_LIMIT_SECONDS, command);
    }

    private static JsonNode results(Path directory) throws IOException {
        return new ObjectMapper().readTree(directory.resolve("results.json").toFile());
    }

    private static JsonNode row(JsonNode results, String topology, String workload) {
        return StreamSupport.stream(results.path("rows").spliterator(), false)
                .filter(row -> row.path("variant").asText().equals(topology)
                        && row.path("workload").asText().equals(workload))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no row of " + topology + " in " + workload));
    }

    @Test
    void everyTopologyCarriesDatagramsAndStreamsBetweenContainers() throws Exception {
        JsonNode results = results(inContainers);
        assertThat(results.at("/environment/deployment").asText()).startsWith("nodes: ");
        assertThat(results.at("/environment/flags").asText()).contains(TwoHosts.JVM_FLAGS);
        for (String name : WITH_CONNECTIONS) {
            assertCarried(row(results, name, "udp-rtt"));
            assertCarried(row(results, name, "tcp-rtt"));
        }
        for (String name : WITHOUT) {
            assertCarried(row(results, name, "udp-rtt"));
        }
    }

    private static void assertCarried(JsonNode row) {
        assertThat(row.path("rounds").asInt()).as(row.path("name").asText()).isEqualTo(1);
        if (!row.path("topology").asText().equals("linux")) {
            assertThat(row.path("wire").asText()).isEqualTo("bridge");
            assertThat(row.at("/crossingsByHost/b/framesSent").asDouble()).isPositive();
        }
    }

    @Test
    void aRoundTripCrossesWhatItCrossesInProcessesOfThisMachine() throws Exception {
        for (String name : LOCAL.split(",", -1)) {
            JsonNode there = row(results(inContainers), name, "udp-rtt").path("crossingsByHost");
            JsonNode here = row(results(local), name, "udp-rtt").path("crossingsByHost");
            for (String host : List.of("a", "b")) {
                for (String crossing : List.of(
                        "traps",
                        "messages",
                        "kernelMessages",
                        "copies",
                        "bytesCopied",
                        "framesSent",
                        "framesReceived")) {
                    assertThat(there.path(host).path(crossing).asDouble(-1))
                            .as("%s of host %s, %s", crossing, host, name)
                            // An ARP request in the middle of a thousand round trips is one frame more.
                            .isCloseTo(here.path(host).path(crossing).asDouble(-2), withinPercentage(1));
                }
            }
        }
    }

    @Test
    void bothRunsStandSideBySide() throws Exception {
        Engine.Said compared = machbed("compare", "--json", local.toString(), inContainers.toString());
        assertThat(compared.code()).as(compared.text()).isZero();
        assertThat(compared.text()).contains("in-kernel", "server-mapped", "deployment");
    }
}
