package org.machbed.link;

/** The counts of one station on a link, from its start. */
public final class LinkCounters extends EventCounters<LinkCounter> {
    public LinkCounters() {
        super(LinkCounter.class);
    }
}
