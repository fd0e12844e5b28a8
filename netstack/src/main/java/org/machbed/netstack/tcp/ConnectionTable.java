package org.machbed.netstack.tcp;

import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.random.KeyedRandom;

/**
 * Connections by their two addresses and two ports. The hash is keyed, so that strangers cannot choose ports that all fall into
 * one bucket, and the table grows with the number of connections, so that finding one costs the same for 10 and for 10,000.
 */
final class ConnectionTable {
    private static final int INITIAL_BUCKETS = 64;

    private final KeyedRandom random;
    private @Nullable TcpConnection[] buckets = new TcpConnection[INITIAL_BUCKETS];
    private int size;

    ConnectionTable(KeyedRandom random) {
        this.random = random;
    }

    int size() {
        return size;
    }

    void add(TcpConnection connection) {
        if (size == buckets.length) {
            grow();
        }
        link(connection);
        size++;
    }

    private void link(TcpConnection connection) {
        int bucket = bucket(connection.localPort, connection.remoteIpv4, connection.remotePort);
        connection.nextInBucket = buckets[bucket];
        buckets[bucket] = connection;
    }

    private void grow() {
        @Nullable TcpConnection[] old = buckets;
        buckets = new TcpConnection[2 * old.length];
        for (TcpConnection head : old) {
            TcpConnection at = head;
            while (at != null) {
                TcpConnection next = at.nextInBucket;
                link(at);
                at = next;
            }
        }
    }

    @SuppressWarnings("ReferenceEquality") // a connection is itself
    void remove(TcpConnection connection) {
        int bucket = bucket(connection.localPort, connection.remoteIpv4, connection.remotePort);
        TcpConnection previous = null;
        TcpConnection at = buckets[bucket];
        while (at != null && at != connection) {
            previous = at;
            at = at.nextInBucket;
        }
        if (at == null) {
            throw new IllegalArgumentException(connection + " is not in the table");
        }
        if (previous == null) {
            buckets[bucket] = at.nextInBucket;
        } else {
            previous.nextInBucket = at.nextInBucket;
        }
        at.nextInBucket = null;
        size--;
    }

    @Nullable
    TcpConnection find(int localIpv4, int localPort, int remoteIpv4, int remotePort) {
        TcpConnection at = buckets[bucket(localPort, remoteIpv4, remotePort)];
        while (at != null
                && (at.remotePort != remotePort
                        || at.localPort != localPort
                        || at.remoteIpv4 != remoteIpv4
                        || at.localIpv4 != localIpv4)) {
            at = at.nextInBucket;
        }
        return at;
    }

    /** Connections in states that pass a test. For whoever looks on, not for segments. */
    int count(Predicate<TcpState> test) {
        int count = 0;
        for (TcpConnection head : buckets) {
            for (TcpConnection at = head; at != null; at = at.nextInBucket) {
                count += !at.away && test.test(at.state) ? 1 : 0;
            }
        }
        return count;
    }

    /** Whether a connection has the port at an address that overlaps with this one (0 for any). For calls, not for segments. */
    boolean hasLocalPort(int localIpv4, int localPort) {
        for (TcpConnection head : buckets) {
            for (TcpConnection at = head; at != null; at = at.nextInBucket) {
                if (at.localPort == localPort && (localIpv4 == 0 || at.localIpv4 == localIpv4)) {
                    return true;
                }
            }
        }
        return false;
    }

    private int bucket(int localPort, int remoteIpv4, int remotePort) {
        return random.hash(localPort << 16 | remotePort, remoteIpv4) & buckets.length - 1;
    }
}
