package org.machbed.server;

/**
 * How many of something there are now. Changed under one lock or level of the server's, read by whoever watches, without taking
 * any, so that watching changes no counts.
 */
public final class WatchedCount {
    private int exact;
    private volatile int published;

    public void change(int by) {
        exact += by;
        published = exact;
    }

    public int now() {
        return published;
    }
}
