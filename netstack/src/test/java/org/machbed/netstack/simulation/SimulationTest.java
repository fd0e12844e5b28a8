package org.machbed.netstack.simulation;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.StackCounter;

import static org.assertj.core.api.Assertions.assertThat;

/** Worlds by their seeds: all is well in them, whatever happens, and twice the same happens. */
class SimulationTest {
    private static final int WORLDS = 400;

    private static long sum(List<Outcome> outcomes, StackCounter counter) {
        return outcomes.stream()
                .flatMap(outcome -> outcome.counters().stream())
                .mapToLong(counters -> counters.get(counter))
                .sum();
    }

    @Test
    void allIsWellAndMuchHappens() {
        List<Outcome> outcomes = new ArrayList<>();
        for (long seed = 0; seed < WORLDS; seed++) {
            Outcome outcome = Simulation.run(seed);
            assertThat(outcome.violation()).as("seed " + seed).isNull();
            outcomes.add(outcome);
        }
        assertThat(outcomes).anyMatch(outcome -> outcome.wraps() > 0);
        for (StackCounter counter : new StackCounter[] {
            StackCounter.TCP_CONNECTIONS_ACCEPTED,
            StackCounter.TCP_CONNECTIONS_ABORTED,
            StackCounter.TCP_RETRANSMISSION_TIMEOUTS,
            StackCounter.TCP_FAST_RETRANSMITS,
            StackCounter.TCP_ZERO_WINDOW_PROBES_SENT,
            StackCounter.TCP_SYN_COOKIES_ACCEPTED,
            StackCounter.TCP_CHALLENGE_ACKS_SENT,
            StackCounter.TCP_OUT_OF_ORDER_SEGMENTS,
            StackCounter.TCP_DUPLICATE_SACKS_RECEIVED,
            StackCounter.TCP_TIME_WAIT_REUSED,
            StackCounter.TCP_RESETS_RECEIVED,
            StackCounter.DROP_TCP_CHECKSUM,
            StackCounter.DROP_IPV4_CHECKSUM,
            StackCounter.DROP_OUTPUT_FULL
        }) {
            assertThat(sum(outcomes, counter)).as(counter.name()).isPositive();
        }
    }

    /**
     * Worlds that have failed. In the first four something legal happens, so seldom that it was taken for a fault: an old reset of
     * number 0 where 0 is waited for, twice; an end of a stream by who gave up; a FIN that was dropped for want of a neighbour. In
     * the last one a connection that a cookie brought back to life used SACK, which its host does not offer.
     */
    @ParameterizedTest
    @ValueSource(longs = {330_490, 456_376, 303_787, 370_440, 711_693})
    void worldsThatFailedDoNotFailAgain(long seed) {
        assertThat(Simulation.run(seed).violation()).isNull();
    }

    @Test
    void aSeedMakesTheSameWorldAgain() {
        Set<Long> digests = new HashSet<>();
        for (long seed = 0; seed < 50; seed++) {
            Outcome once = Simulation.run(seed);
            assertThat(Simulation.run(seed).digest()).isEqualTo(once.digest());
            digests.add(once.digest());
        }
        assertThat(digests).hasSize(50);
    }

    @Test
    void whoListensChangesNothing() {
        List<String> heard = new ArrayList<>();
        SimulationListener listener = new SimulationListener() {
            @Override
            public void onFrameSent(long nowNs, MacAddress host, MemorySegment memory, int lengthBytes) {
                heard.add("sent");
            }

            @Override
            public void onFrameArrived(long nowNs, MacAddress host, MemorySegment memory, int lengthBytes) {
                heard.add("arrived");
            }

            @Override
            public void onEvent(long nowNs, String who, String what) {
                heard.add("event");
            }
        };
        Outcome listenedTo = Simulation.run(7, listener);
        assertThat(listenedTo.digest()).isEqualTo(Simulation.run(7).digest());
        assertThat(heard.stream().filter("sent"::equals)).hasSize((int) listenedTo.frames());
        assertThat(heard).contains("arrived", "event");
    }
}
