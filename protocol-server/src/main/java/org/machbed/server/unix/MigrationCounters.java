package org.machbed.server.unix;

import java.util.concurrent.atomic.LongAdder;
import java.util.function.ObjLongConsumer;
import org.machbed.server.WatchedCount;

/** What moving sessions comes to. Any thread may count; what is away now is counted at {@link Spl#NET}. */
final class MigrationCounters {
    private final WatchedCount away = new WatchedCount();
    private final LongAdder out = new LongAdder();
    private final LongAdder outNs = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder undone = new LongAdder();
    private final LongAdder in = new LongAdder();
    private final LongAdder over = new LongAdder();
    private final LongAdder recovered = new LongAdder();
    private final LongAdder lost = new LongAdder();
    private final LongAdder damagedMemory = new LongAdder();
    private final LongAdder windowsGone = new LongAdder();
    private final LongAdder windowsStalled = new LongAdder();
    private final LongAdder overdue = new LongAdder();
    private final LongAdder earlyKept = new LongAdder();
    private final LongAdder earlyDropped = new LongAdder();
    private final LongAdder neighbours = new LongAdder();
    private final LongAdder handedOver = new LongAdder();
    private final LongAdder takenOver = new LongAdder();

    /** A session has left, {@code ns} after the kernel was asked to switch it. */
    void left(long ns) {
        away.change(1);
        out.increment();
        outNs.add(ns);
    }

    /** A session that was to leave did not, and nothing was changed. */
    void refuse() {
        refused.increment();
    }

    /** A session that was to leave did not, although the kernel had switched it. */
    void undo() {
        undone.increment();
    }

    /** A client has given a session back. */
    void returned() {
        away.change(-1);
        in.increment();
    }

    /** A session was over when its client gave it back. */
    void ended() {
        away.change(-1);
        over.increment();
    }

    /** A session has been taken back from a client that does not answer for it any more. */
    void recover() {
        away.change(-1);
        recovered.increment();
    }

    /** A session is in nobody's hands. */
    void lose() {
        away.change(-1);
        lost.increment();
    }

    /** A client's session memory could not be read. */
    void damagedMemory() {
        damagedMemory.increment();
    }

    void windowGone() {
        windowsGone.increment();
    }

    void windowStalled() {
        windowsStalled.increment();
    }

    /** A client has recalled a session and not given it back in time. */
    void overdue() {
        overdue.increment();
    }

    /** A frame came early, and was kept or found no room. */
    void early(boolean wasKept) {
        (wasKept ? earlyKept : earlyDropped).increment();
    }

    /** A client asked for a neighbour. */
    void neighbour() {
        neighbours.increment();
    }

    void handOver() {
        handedOver.increment();
    }

    void takeOver() {
        takenOver.increment();
    }

    /** Tells every counter by its name. */
    void tell(ObjLongConsumer<String> consumer) {
        consumer.accept("sessionsAway", away.now());
        consumer.accept("migrationsOut", out.sum());
        consumer.accept("migrationsOutNs", outNs.sum());
        consumer.accept("migrationsRefused", refused.sum());
        consumer.accept("migrationsUndone", undone.sum());
        consumer.accept("migrationsIn", in.sum());
        consumer.accept("sessionsOver", over.sum());
        consumer.accept("sessionsRecovered", recovered.sum());
        consumer.accept("sessionsLost", lost.sum());
        consumer.accept("damagedSessionMemories", damagedMemory.sum());
        consumer.accept("windowsGone", windowsGone.sum());
        consumer.accept("windowsStalled", windowsStalled.sum());
        consumer.accept("sessionsOverdue", overdue.sum());
        consumer.accept("earlyFramesKept", earlyKept.sum());
        consumer.accept("earlyFramesDropped", earlyDropped.sum());
        consumer.accept("neighboursAsked", neighbours.sum());
        consumer.accept("socketsHandedOver", handedOver.sum());
        consumer.accept("socketsTakenOver", takenOver.sum());
    }
}
