package org.machbed.link;

/** The counts of one driver, from its start. */
public final class DriverCounters extends EventCounters<DriverCounter> {
    public DriverCounters() {
        super(DriverCounter.class);
    }
}
