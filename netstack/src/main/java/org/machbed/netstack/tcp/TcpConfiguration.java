package org.machbed.netstack.tcp;

import org.jspecify.annotations.Nullable;
import org.machbed.netstack.memory.RingMemory;
import org.machbed.netstack.tcp.congestion.CongestionAlgorithm;

/**
 * What a stack's TCP needs to know. {@link #DEFAULT} suits a host; {@link #toBuilder} begins another one
 * that differs from one that there is.
 *
 * @param congestion what new connections use
 * @param mslNs maximum segment lifetime; TIME-WAIT lasts two of them. RFC 9293 section 3.4.2 takes 2 minutes as "an engineering
 *     choice"; Linux waits 60 seconds in all, and so do we
 * @param sendBufferBytes of a new socket (SO_SNDBUF)
 * @param receiveBufferBytes of a new socket (SO_RCVBUF), and so the largest window of it
 * @param memoryBytes what the buffers of all connections together hold at most; half of the heap that a process of a topology
 *     has, since whoever leaves enough connections unread makes them hold it
 * @param connections at once at most, those in TIME-WAIT and half-open ones included
 * @param halfOpenConnections of one listener; beyond them SYN cookies are sent
 * @param userTimeoutNs R2 of RFC 9293 section 3.8.3 (at least 100 seconds): how long data may go unacknowledged
 * @param extensions bits of {@link #SACK}, {@link #TIMESTAMPS} and {@link #WINDOW_SCALE}: what we offer and take
 * @param initialSequences where initial sequence numbers come from, {@code null} for {@link InitialSequenceNumbers}
 * @param ringMemory where the memory of buffers comes from; {@link RingMemory#HEAP} unless others are to read it
 */
public record TcpConfiguration(
        CongestionAlgorithm congestion,
        long mslNs,
        int sendBufferBytes,
        int receiveBufferBytes,
        long memoryBytes,
        int connections,
        int halfOpenConnections,
        long userTimeoutNs,
        int extensions,
        @Nullable InitialSequenceSource initialSequences,
        RingMemory ringMemory) {
    /** RFC 2018. */
    public static final int SACK = 1;

    /** RFC 7323 section 3. */
    public static final int TIMESTAMPS = 2;

    /** RFC 7323 section 2. */
    public static final int WINDOW_SCALE = 4;

    private static final int ALL_EXTENSIONS = SACK | TIMESTAMPS | WINDOW_SCALE;
    private static final long SECOND = 1_000_000_000L;

    public static final TcpConfiguration DEFAULT = new Builder().build();

    public TcpConfiguration {
        check("mslNs", mslNs, 1, 3600 * SECOND);
        check("sendBufferBytes", sendBufferBytes, 2048, 1 << 29);
        check("receiveBufferBytes", receiveBufferBytes, 2048, 1 << 29);
        check("memoryBytes", memoryBytes, 1 << 16, Long.MAX_VALUE);
        check("connections", connections, 1, 1 << 20);
        check("halfOpenConnections", halfOpenConnections, 0, 1 << 16);
        check("userTimeoutNs", userTimeoutNs, 100 * SECOND, Long.MAX_VALUE / 2);
        check("extensions", extensions, 0, ALL_EXTENSIONS);
    }

    private static void check(String name, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + " " + value + " is not in " + least + " to " + most);
        }
    }

    /** Whether one of {@link #SACK}, {@link #TIMESTAMPS} and {@link #WINDOW_SCALE} is offered and taken. */
    public boolean offers(int extension) {
        return (extensions & extension) != 0;
    }

    /** Begins a configuration that is this one but for what the builder is told. */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /** A configuration in the making; what it is not told is as in the one that it began with. */
    @SuppressWarnings("CanIgnoreReturnValueSuggester") // calls are chained or not, as it reads best
    public static final class Builder {
        private CongestionAlgorithm congestion = CongestionAlgorithm.CUBIC;
        private long mslNs = 30 * SECOND;
        private int sendBufferBytes = 1 << 20;
        private int receiveBufferBytes = 1 << 20;
        private long memoryBytes = 128L << 20;
        private int connections = 16_384;
        private int halfOpenConnections = 256;
        private long userTimeoutNs = 900 * SECOND;
        private int extensions = ALL_EXTENSIONS;
        private @Nullable InitialSequenceSource initialSequences;
        private RingMemory ringMemory = RingMemory.HEAP;

        private Builder() {}

        private Builder(TcpConfiguration from) {
            congestion = from.congestion;
            mslNs = from.mslNs;
            sendBufferBytes = from.sendBufferBytes;
            receiveBufferBytes = from.receiveBufferBytes;
            memoryBytes = from.memoryBytes;
            connections = from.connections;
            halfOpenConnections = from.halfOpenConnections;
            userTimeoutNs = from.userTimeoutNs;
            extensions = from.extensions;
            initialSequences = from.initialSequences;
            ringMemory = from.ringMemory;
        }

        public Builder congestion(CongestionAlgorithm algorithm) {
            congestion = algorithm;
            return this;
        }

        public Builder mslNs(long lifetimeNs) {
            mslNs = lifetimeNs;
            return this;
        }

        /** Of a new socket. */
        public Builder buffers(int sendBytes, int receiveBytes) {
            sendBufferBytes = sendBytes;
            receiveBufferBytes = receiveBytes;
            return this;
        }

        public Builder memoryBytes(long bytes) {
            memoryBytes = bytes;
            return this;
        }

        public Builder connections(int most) {
            connections = most;
            return this;
        }

        public Builder halfOpenConnections(int most) {
            halfOpenConnections = most;
            return this;
        }

        public Builder userTimeoutNs(long timeoutNs) {
            userTimeoutNs = timeoutNs;
            return this;
        }

        public Builder extensions(int bits) {
            extensions = bits;
            return this;
        }

        public Builder initialSequences(@Nullable InitialSequenceSource source) {
            initialSequences = source;
            return this;
        }

        public Builder ringMemory(RingMemory memory) {
            ringMemory = memory;
            return this;
        }

        /**
         * What it was told and began with.
         *
         * @throws IllegalArgumentException when something is out of its bounds
         */
        public TcpConfiguration build() {
            return new TcpConfiguration(
                    congestion,
                    mslNs,
                    sendBufferBytes,
                    receiveBufferBytes,
                    memoryBytes,
                    connections,
                    halfOpenConnections,
                    userTimeoutNs,
                    extensions,
                    initialSequences,
                    ringMemory);
        }
    }
}
