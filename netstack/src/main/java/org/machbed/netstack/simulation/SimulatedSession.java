package org.machbed.netstack.simulation;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.session.EarlyFrames;
import org.machbed.netstack.session.SessionTemplate;
import org.machbed.netstack.socket.TcpSocket;

/** A connection that is in a host's library, or on its way there or back. */
final class SimulatedSession {
    /** The two stacks of a host. */
    enum Place {
        SERVER,
        LIBRARY
    }

    /** More than come while a connection is between two stacks, in all but few worlds. */
    private static final int KEPT_FRAMES = 1024;

    private static final int KEPT_BYTES = 1 << 22;

    final Endpoint endpoint;
    final SessionTemplate template;

    /** Owns address and port all the time. */
    final TcpSocket serverSocket;

    /** While it is in the library. */
    @Nullable
    TcpSocket librarySocket;

    /** Where it is on its way to, {@code null} while it is in the library. */
    @Nullable
    Place destination;

    /** What it is while no stack has it. */
    @Nullable
    MemorySegment value;

    /** Where its record is. */
    int slot = -1;

    /** Whether its application was killed, so that nothing more comes of what was planned. */
    boolean orphaned;

    EarlyFrames kept = new EarlyFrames(KEPT_FRAMES, KEPT_BYTES);

    /** Of the frame taken in last. */
    private long lastNumber;

    SimulatedSession(Endpoint endpoint, SessionTemplate template, TcpSocket serverSocket) {
        this.endpoint = endpoint;
        this.template = template;
        this.serverSocket = serverSocket;
        this.destination = Place.LIBRARY;
    }

    /** A frame is taken in: in the order in which they came to the host. */
    void takesIn(long number) {
        if (number <= lastNumber) {
            throw new Violation(endpoint + " takes in frame " + number + " after frame " + lastNumber);
        }
        lastNumber = number;
    }
}
