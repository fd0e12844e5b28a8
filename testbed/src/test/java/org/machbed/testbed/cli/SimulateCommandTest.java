package org.machbed.testbed.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.netstack.simulation.Outcome;
import org.machbed.testbed.simulate.BoundedWorlds;
import org.machbed.testbed.simulate.Worlds;
import picocli.CommandLine;

import static org.assertj.core.api.Assertions.assertThat;

/** What the command prints and leaves, for worlds that are well and worlds that are not. */
class SimulateCommandTest {
    /** Real ones, of which every tenth is said to have failed. */
    private static final Worlds UNLUCKY = (seed, listener) -> {
        Outcome real = Worlds.OF_NETSTACK.run(seed, listener);
        return new Outcome(
                seed,
                real.digest(),
                seed % 10 == 0 ? "bad luck" : null,
                real.virtualNs(),
                real.frames(),
                real.streamBytes(),
                real.connections(),
                real.wraps(),
                List.of());
    };

    private Duration longest = BoundedWorlds.LONGEST;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(Worlds worlds, String... arguments) {
        return new CommandLine(new SimulateCommand(worlds, longest))
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
    }

    @Test
    void theSameSeedsHaveTheSameDigestInAnyNumberOfThreads() throws Exception {
        assertThat(run(Worlds.OF_NETSTACK, "--seeds", "1..40", "--threads", "1", "--json"))
                .isZero();
        JsonNode one = new ObjectMapper().readTree(out.toString());
        out.getBuffer().setLength(0);
        assertThat(run(Worlds.OF_NETSTACK, "--seeds", "1..40", "--threads", "4", "--json"))
                .isZero();
        JsonNode four = new ObjectMapper().readTree(out.toString());
        assertThat(four).isEqualTo(one);
        assertThat(one.get("worlds").asInt()).isEqualTo(40);
        assertThat(one.get("failed").asInt()).isZero();
        assertThat(one.get("streamBytes").asLong()).isPositive();
        assertThat(one.get("counters").get("TCP_CONNECTIONS_OPENED").asLong()).isPositive();
    }

    @Test
    void aFailedWorldIsToldHowToSeeItAgain(@TempDir Path directory) throws Exception {
        assertThat(run(UNLUCKY, "--seeds", "8..12", "--out", directory.toString()))
                .isEqualTo(1);
        Path capture = directory.resolve("seed-10.pcapng");
        assertThat(out.toString())
                .contains("seed 10 failed: bad luck")
                .contains("replay:  ./machbed simulate --seeds 10..10 --verbose")
                .contains("capture: " + capture)
                .contains("5 worlds, 1 failed");
        assertThat(Files.size(capture)).isGreaterThan(1000);
    }

    /** Also when what ends it is an error and no violation that the world noticed. */
    @Test
    void aWorldThatThrowsIsToldHowToSeeItAgain(@TempDir Path directory) {
        Worlds throwing = (seed, listener) -> {
            Outcome real = Worlds.OF_NETSTACK.run(seed, listener);
            if (seed == 10) {
                throw new StackOverflowError("planted");
            }
            return real;
        };
        assertThat(run(throwing, "--seeds", "8..12", "--out", directory.toString()))
                .isEqualTo(1);
        Path capture = directory.resolve("seed-10.pcapng");
        assertThat(out.toString())
                .contains("seed 10 failed: it threw java.lang.StackOverflowError: planted")
                .contains("replay:  ./machbed simulate --seeds 10..10 --verbose")
                .contains("capture: " + capture)
                .contains("5 worlds, 1 failed");
        assertThat(capture).isNotEmptyFile();
    }

    @Test
    void aWorldThatHangsIsToldHowToSeeItAgain(@TempDir Path directory) {
        CountDownLatch never = new CountDownLatch(1);
        Worlds hanging = (seed, listener) -> {
            Outcome real = Worlds.OF_NETSTACK.run(seed, listener);
            if (seed == 10) {
                awaitForEver(never);
            }
            return real;
        };
        assertThat(Worlds.OF_NETSTACK.run(10, null).failed()).isFalse(); // so that it takes no time to load
        longest = Duration.ofSeconds(1);
        try {
            assertThat(run(hanging, "--seeds", "10", "--out", directory.toString()))
                    .isEqualTo(1);
            Path capture = directory.resolve("seed-10.pcapng");
            assertThat(out.toString())
                    .contains("seed 10 failed: it did not end within 1 s, but was at ")
                    .contains("awaitForEver")
                    .contains("replay:  ./machbed simulate --seeds 10..10 --verbose")
                    .contains("capture: " + capture);
            assertThat(capture).isNotEmptyFile();
        } finally {
            never.countDown();
        }
    }

    private static void awaitForEver(CountDownLatch never) {
        while (never.getCount() != 0) {
            Thread.onSpinWait();
        }
    }

    @Test
    void itStopsAfterTenFailures(@TempDir Path directory) throws Exception {
        assertThat(run(UNLUCKY, "--seeds", "1..100000", "--threads", "1", "--json", "--out", directory.toString()))
                .isEqualTo(1);
        JsonNode json = new ObjectMapper().readTree(out.toString());
        assertThat(json.get("worlds").asInt()).isEqualTo(100);
        assertThat(json.get("failures")).hasSize(10);
        assertThat(json.get("failures").get(9).get("seed").asInt()).isEqualTo(100);
    }

    @Test
    void verboseTellsWhatHappens() {
        assertThat(run(Worlds.OF_NETSTACK, "--seeds", "3", "--verbose")).isZero();
        assertThat(out.toString())
                .contains("connects from port", " > seq ", " < seq ", "Flags [S]", "1 worlds, 0 failed");
    }
}
