package org.machbed.link;

/** The counts of one station on a link, from its start. */
public final class LinkCounters extends EventCounters<LinkCounter> {
    public LinkCounters() {
        super(LinkCounter.class);
    }

    /** Frames that were sent and went to a station not at all, or not to it. */
    public long framesDropped() {
        return get(LinkCounter.DROPPED_RING_FULL)
                + get(LinkCounter.DROPPED_NO_STATION)
                + get(LinkCounter.DROPPED_OVERSIZE)
                + get(LinkCounter.DROPPED_MEDIUM_BUSY)
                + get(LinkCounter.DROPPED_CORRUPT_RING)
                + get(LinkCounter.DROPPED_INTERFACE_BUSY)
                + get(LinkCounter.DROPPED_INTERFACE_DOWN)
                + get(LinkCounter.DROPPED_REFUSED);
    }
}
