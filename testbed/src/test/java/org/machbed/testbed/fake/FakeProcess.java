package org.machbed.testbed.fake;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.HdrHistogram.Histogram;
import org.machbed.ipc.process.Arguments;
import org.machbed.ipc.process.CommandArguments;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.DefaultValue;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.ipc.process.ProcessLifecycle;

/** Stands for any process of a row: counts two traps and a copy of one byte per operation, and makes up its latencies. */
public final class FakeProcess {
    /**
     * Its command line.
     *
     * @param latencyNanos of each made-up operation
     * @param behaviour what it does wrong, if anything
     * @param journal where it writes down what it is told: system, verb, operations and role
     */
    record FakeArguments(
            Path hostDirectory,
            String processName,
            @DefaultValue("50000") long latencyNanos,
            @DefaultValue("NORMAL") String behaviour,
            Optional<Path> journal) {}

    private FakeProcess() {}

    public static void main(String[] arguments) {
        ProcessLifecycle.run("fake", arguments, (words, lifecycle) -> {
            FakeArguments fake = Arguments.parse(words, FakeArguments.class);
            if (fake.behaviour().equals("FAIL_AT_START")) {
                System.err.println("fake: no room for anything");
                throw new IllegalStateException("told to fail");
            }
            HostDirectory host = HostDirectory.open(fake.hostDirectory());
            try (Crossings crossings = Crossings.create(host.crossings(fake.processName()))) {
                lifecycle.onCommand("serve", rest -> "SERVING {\"port\":" + value(rest, "port") + "}");
                lifecycle.onCommand("connect", _ -> "CONNECTED {}");
                var windows = new AtomicInteger();
                lifecycle.onCommand("warm", rest -> {
                    note(fake, "warm", rest);
                    boolean slower = fake.behaviour().equals("SLOWER_EACH_WINDOW");
                    int factor = slower ? windows.incrementAndGet() : 1;
                    return done(rest, factor * fake.latencyNanos(), crossings);
                });
                lifecycle.onCommand("trial", rest -> {
                    if (fake.behaviour().equals("FAIL_IN_TRIAL")) {
                        throw new IllegalStateException("the socket has gone");
                    }
                    if (fake.behaviour().equals("HANG_IN_TRIAL")) {
                        Thread.currentThread().join();
                    }
                    note(fake, "trial", rest);
                    return done(rest, fake.latencyNanos(), crossings);
                });
                lifecycle.ready(
                        "real-time",
                        "granted",
                        "pid",
                        String.valueOf(ProcessHandle.current().pid()));
                lifecycle.awaitStop();
            }
        });
    }

    private static void note(FakeArguments fake, String verb, String rest) {
        Path row = fake.hostDirectory().resolveSibling(".").toAbsolutePath().normalize();
        fake.journal()
                .ifPresent(journal -> FakeRows.journal(
                        journal,
                        row.getFileName() + " " + verb + " " + value(rest, "operations") + " " + value(rest, "role")));
    }

    private static String done(String rest, long latencyNanos, Crossings crossings) {
        int operations = Integer.parseInt(value(rest, "operations"));
        var histogram = new Histogram(3);
        for (int operation = 0; operation < operations; operation++) {
            histogram.recordValue(latencyNanos + operation % 7);
            crossings.count(Crossing.TRAPS, 2);
            crossings.copy(1);
        }
        ByteBuffer buffer = ByteBuffer.allocate(histogram.getNeededByteBufferCapacity());
        int length = histogram.encodeIntoCompressedByteBuffer(buffer);
        String encoded = Base64.getEncoder().encodeToString(Arrays.copyOf(buffer.array(), length));
        return "DONE {\"operations\":" + operations + ",\"allocatedBytes\":" + (1000 + 3L * operations)
                + ",\"elapsedNanos\":" + operations * latencyNanos + ",\"histogram\":\"" + encoded + "\"}";
    }

    private static String value(String rest, String key) {
        return CommandArguments.parse(rest).required(key);
    }
}
