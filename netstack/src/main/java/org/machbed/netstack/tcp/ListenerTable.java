package org.machbed.netstack.tcp;

import org.jspecify.annotations.Nullable;

/** Listeners by address and port: one of the very address before one of any (RFC 9293 section 3.9.1.1). */
final class ListenerTable {
    private static final int BUCKETS = 256;

    private final @Nullable TcpListener[] buckets = new TcpListener[BUCKETS];

    private static int bucket(int localPort) {
        return (localPort ^ localPort >>> 8) & BUCKETS - 1;
    }

    void add(TcpListener listener) {
        int bucket = bucket(listener.localPort);
        listener.nextInBucket = buckets[bucket];
        buckets[bucket] = listener;
    }

    @SuppressWarnings("ReferenceEquality") // a listener is itself
    void remove(TcpListener listener) {
        int bucket = bucket(listener.localPort);
        TcpListener previous = null;
        TcpListener at = buckets[bucket];
        while (at != null && at != listener) {
            previous = at;
            at = at.nextInBucket;
        }
        if (at == null) {
            throw new IllegalArgumentException("the listener of port " + listener.localPort + " is not in the table");
        }
        if (previous == null) {
            buckets[bucket] = at.nextInBucket;
        } else {
            previous.nextInBucket = at.nextInBucket;
        }
        at.nextInBucket = null;
    }

    @Nullable
    TcpListener find(int localIpv4, int localPort) {
        TcpListener any = null;
        for (TcpListener at = buckets[bucket(localPort)]; at != null; at = at.nextInBucket) {
            if (at.localPort == localPort) {
                if (at.localIpv4 == localIpv4) {
                    return at;
                }
                any = at.localIpv4 == 0 ? at : any;
            }
        }
        return any;
    }
}
