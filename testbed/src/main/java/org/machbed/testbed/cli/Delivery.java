package org.machbed.testbed.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import org.machbed.testbed.launch.ChildProcess;
import org.machbed.testbed.launch.RowProcesses;
import org.machbed.testbed.launch.RunFailure;

/**
 * What a program leaves to its host when it ends: sockets that the host closes on its behalf, and connections that have not delivered
 * all they were given. A machine's kernel goes on with those; ours goes when its program has, so somebody has to wait.
 */
final class Delivery {
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(5);
    private static final long PAUSE_MILLIS = 50;

    /** Sockets of programs, and connections that are closed but whose last byte was not acknowledged, as stacks count them. */
    private static final String SOCKETS = "TCP_SOCKETS";

    private static final String CLOSING = "TCP_CLOSING";

    private final RowProcesses host;

    Delivery(RowProcesses host) {
        this.host = host;
    }

    /** Waits until nothing is left; {@code false} when it is not within the limit. */
    boolean await(Duration limit) throws RunFailure, InterruptedException {
        long start = System.nanoTime();
        while (left() > 0) {
            if (System.nanoTime() - start > limit.toNanos()) {
                return false;
            }
            Thread.sleep(PAUSE_MILLIS);
        }
        return true;
    }

    private long left() throws RunFailure, InterruptedException {
        long left = 0;
        for (ChildProcess process : host.all()) {
            JsonNode groups = process.ask("counters", "COUNTERS", ANSWER_LIMIT).json();
            for (JsonNode group : groups) {
                left += group.path(SOCKETS).asLong() + group.path(CLOSING).asLong();
            }
        }
        return left;
    }
}
