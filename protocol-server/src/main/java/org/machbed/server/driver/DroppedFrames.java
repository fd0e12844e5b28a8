package org.machbed.server.driver;

import java.util.concurrent.atomic.AtomicLong;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts the frames that a driver's output or source could not pass on, and says why the first time and ever more rarely. */
final class DroppedFrames {
    private static final Logger LOG = LoggerFactory.getLogger(DroppedFrames.class);

    private final Crossings crossings;
    private final String where;
    private final AtomicLong count = new AtomicLong();

    DroppedFrames(Crossings crossings, String where) {
        this.crossings = crossings;
        this.where = where;
    }

    void dropped(String reason) {
        crossings.count(Crossing.FRAMES_DROPPED);
        long number = count.incrementAndGet();
        if (Long.bitCount(number) == 1) {
            LOG.warn("{} dropped its {}. frame: {}", where, number, reason);
        }
    }

    long count() {
        return count.get();
    }
}
