package org.machbed.client.service;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.List;
import java.util.SplittableRandom;

/** What a host does for whoever asks. One instance serves all who ask over TCP at once; over UDP one at a time. */
public sealed interface SmallService permits Echo, Discard, Daytime, Chargen {
    String name();

    /** Its well-known port, of UDP and TCP alike. */
    int port();

    /**
     * Turns a datagram into its answer.
     *
     * @param datagram the data received, from position to limit; then the answer's, likewise. At least 512 bytes of capacity
     * @return whether there is an answer
     */
    boolean answer(ByteBuffer datagram);

    /**
     * Serves a connection until the service is done with it. The caller closes it.
     *
     * @throws IOException when the connection breaks
     */
    void serve(ServedConnection connection) throws IOException;

    /** All of them. */
    static List<SmallService> all() {
        return List.of(
                new Echo(), new Discard(), new Daytime(InstantSource.system()), new Chargen(new SplittableRandom()));
    }
}
