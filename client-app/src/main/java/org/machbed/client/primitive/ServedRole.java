package org.machbed.client.primitive;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.machbed.client.workload.Watchdog;
import org.machbed.ipc.process.Json;
import org.machbed.ipc.trial.Role;

/** The side that answers on its transport's own thread; a trial only waits until enough was answered. */
final class ServedRole implements Role {
    private final String name;
    private final String key;
    private final String value;
    private final int requestsPerOperation;
    private final ServedCounter served;
    private final Watchdog.Cutter closer;
    private final AtomicBoolean closed = new AtomicBoolean();
    private long asked;

    /**
     * A role around a service that runs.
     *
     * @param key under which the other side is told {@code value}
     */
    ServedRole(
            String name,
            String key,
            String value,
            int requestsPerOperation,
            ServedCounter served,
            Watchdog.Cutter closer) {
        this.name = name;
        this.key = key;
        this.value = value;
        this.requestsPerOperation = requestsPerOperation;
        this.served = served;
        this.closer = closer;
    }

    @Override
    public void describe(Json reply) {
        reply.put(key, value);
    }

    @Override
    public Json trial(long operations) throws IOException {
        asked += operations * requestsPerOperation;
        long before = served.count();
        while (!served.await(asked, TimedRole.LIMIT_NS)) {
            long now = served.count();
            if (now == before || closed.get()) {
                throw new IOException(
                        name + ": " + (asked - now) + " requests of " + operations + " operations did not come within "
                                + TimeUnit.NANOSECONDS.toMillis(TimedRole.LIMIT_NS) + " ms");
            }
            before = now;
        }
        return Json.object().put("operations", operations);
    }

    @Override
    public void close() throws IOException {
        if (closed.compareAndSet(false, true)) {
            served.close();
            closer.cut();
        }
    }
}
