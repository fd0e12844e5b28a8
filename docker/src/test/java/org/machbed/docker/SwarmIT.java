package org.machbed.docker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * stack.yaml on a Swarm of this one machine, which has both hosts' labels. It makes the engine a Swarm and no longer one, so it
 * is run on demand: {@code -Dmachbed.long=true}. An engine that is in a Swarm already is left alone.
 */
@Timeout(600)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@EnabledIfSystemProperty(named = "machbed.long", matches = "true", disabledReason = "it makes the engine a Swarm")
@ExtendWith(Engine.class)
class SwarmIT {
    private static final String STACK = "machbed-test";
    private static final String CLIENT = STACK + "_a-client-app";
    private static final String STACK_LABEL = "label=com.docker.stack.namespace=" + STACK;
    private static final String ADDRESS_OF_B = "10.174.0.2";
    private static final Map<String, String> ENVIRONMENT = Map.of(
            "MACHBED_IMAGE", Engine.IMAGE,
            "MACHBED_ETHERNET", "10.174",
            "MACHBED_JETSTREAM", "10.175",
            "MACHBED_CONTROL", "10.176.0");
    private static final int SERVICES = 8;
    private static final long LIMIT_SECONDS = 180;

    private boolean mine;

    @BeforeAll
    void deploy() throws Exception {
        assumeTrue(
                Engine.ask("info", "-f", "{{.Swarm.LocalNodeState}}").equals("inactive"),
                "the engine is in a Swarm already");
        Engine.ask("swarm", "init", "--advertise-addr", "127.0.0.1");
        mine = true;
        Engine.ask(
                "node",
                "update",
                "--label-add",
                "machbed.a=true",
                "--label-add",
                "machbed.b=true",
                Engine.ask("node", "ls", "-q"));
        var command = new ArrayList<>(List.of("env"));
        ENVIRONMENT.forEach((name, value) -> command.add(name + "=" + value));
        command.addAll(Engine.command(List.of("stack", "deploy", "-c", "stack.yaml", STACK)));
        Engine.Said said = Engine.run(LIMIT_SECONDS, command);
        assertThat(said.code()).as(said.text()).isZero();
        await("1/1\n".repeat(SERVICES).strip(), "stack", "services", "--format", "{{.Replicas}}", STACK);
    }

    @AfterAll
    void leave() throws Exception {
        if (!mine) {
            return;
        }
        try {
            Engine.ask("stack", "rm", STACK);
            await("", "ps", "-aq", "--filter", STACK_LABEL);
            for (String volume : Engine.ask("volume", "ls", "-q", "--filter", STACK_LABEL)
                    .lines()
                    .toList()) {
                Engine.ask("volume", "rm", volume);
            }
        } finally {
            Engine.ask("swarm", "leave", "--force");
        }
    }

    @Test
    void anUnmodifiedProgramSpeaksToTheOtherHost() throws Exception {
        String client = Engine.ask("ps", "-q", "--filter", "label=com.docker.swarm.service.name=" + CLIENT);
        String program = Programs.install(client, "Greeting.java");
        assertThat(Engine.ask("exec", client, "machbed", "run", "--", "java", program, ADDRESS_OF_B)
                        .lines())
                .containsExactly("datagram greeting from " + ADDRESS_OF_B, "stream greeting from " + ADDRESS_OF_B);
    }

    /** An overlay delivers between containers' addresses only, so the frames travel in datagrams; and the results say so. */
    @Test
    void aMeasurementSaysThatFramesTravelInDatagrams() throws Exception {
        Path results = Path.of("target", "results", "swarm").toAbsolutePath();
        Files.createDirectories(results);
        Engine.Said bench = Engine.run(
                LIMIT_SECONDS,
                Engine.command(List.of(
                        "run",
                        "--rm",
                        "--network",
                        STACK + "_control",
                        "-e",
                        "MACHBED_NODES=docker",
                        "-v",
                        results + ":/results",
                        Engine.IMAGE,
                        "measure",
                        "--topology=in-kernel,server-ipc",
                        "--workload=udp-rtt,tcp-rtt",
                        "--quick",
                        "--rounds=1",
                        "--out=/results/measured")));
        assertThat(bench.code()).as(bench.text()).isZero();
        JsonNode rows = new ObjectMapper()
                .readTree(results.resolve("measured").resolve("results.json").toFile())
                .path("rows");
        assertThat(rows.findValuesAsText("wire")).hasSizeGreaterThan(3).containsOnly("udp");
    }

    private static void await(String answer, String... words) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        String said = Engine.ask(words);
        while (!said.equals(answer)) {
            assertThat(System.nanoTime())
                    .as("docker %s says: %s", String.join(" ", words), said)
                    .isLessThan(deadline);
            TimeUnit.SECONDS.sleep(1);
            said = Engine.ask(words);
        }
    }
}
