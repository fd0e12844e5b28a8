package org.machbed.client.primitive;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.machbed.client.workload.Watchdog;
import org.machbed.ipc.process.Json;
import org.machbed.ipc.trial.Role;

/** The side that answers: takes one request after another on the command thread and answers it. */
final class EchoRole implements Role {
    private final String name;
    private final String key;
    private final String value;
    private final TimedRole.Operation operation;
    private final Watchdog.Cutter closer;
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * A role around an operation that waits for a request and answers it.
     *
     * @param key under which the other side is told {@code value}
     */
    EchoRole(String name, String key, String value, TimedRole.Operation operation, Watchdog.Cutter closer) {
        this.name = name;
        this.key = key;
        this.value = value;
        this.operation = operation;
        this.closer = closer;
    }

    @Override
    public void describe(Json reply) {
        reply.put(key, value);
    }

    @Override
    public Json trial(long operations) throws IOException {
        long done = 0;
        try (Watchdog watchdog = Watchdog.watch(TimedRole.LIMIT_NS, this::close)) {
            try {
                while (done < operations) {
                    operation.run();
                    watchdog.progress(++done);
                }
            } catch (IOException | RuntimeException e) {
                if (watchdog.hasBitten()) {
                    throw watchdog.complaint(name, done, operations, e);
                }
                throw e;
            }
        }
        return Json.object().put("operations", operations);
    }

    @Override
    public void close() throws IOException {
        if (closed.compareAndSet(false, true)) {
            closer.cut();
        }
    }
}
