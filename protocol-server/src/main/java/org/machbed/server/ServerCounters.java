package org.machbed.server;

import java.util.concurrent.atomic.LongAdder;
import java.util.function.ObjLongConsumer;

/** What a server counts besides crossings. Any thread may count. */
public final class ServerCounters {
    private final LongAdder requests = new LongAdder();
    private final LongAdder malformed = new LongAdder();
    private final LongAdder dead = new LongAdder();

    /** A request of a client. */
    public void request() {
        requests.increment();
    }

    /** A message that was no request, or one with values that no call takes. */
    public void malformed() {
        malformed.increment();
    }

    /** A client died with sockets open. */
    public void deadClient() {
        dead.increment();
    }

    public long malformedRequests() {
        return malformed.sum();
    }

    public long deadClients() {
        return dead.sum();
    }

    /** Tells every counter by its name. */
    public void tell(ObjLongConsumer<String> consumer) {
        consumer.accept("requests", requests.sum());
        consumer.accept("malformedRequests", malformed.sum());
        consumer.accept("deadClients", dead.sum());
    }
}
