package org.machbed.netstack.simulation;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All that went from one port of one host to one port of another. */
final class Direction {
    private final List<Incarnation> incarnations = new ArrayList<>(2);

    /** The latest incarnation that a sequence number may belong to, {@code null} when there is none. */
    @Nullable
    Incarnation find(int sequence) {
        for (int i = incarnations.size() - 1; i >= 0; i--) {
            if (incarnations.get(i).began(sequence)) {
                return incarnations.get(i);
            }
        }
        return null;
    }

    /** The incarnation that a SYN begins or repeats. */
    Incarnation withSyn(int iss, Endpoint endpoint) {
        for (Incarnation incarnation : incarnations) {
            if (incarnation.iss == iss) {
                return incarnation;
            }
        }
        Incarnation begun = new Incarnation(iss, endpoint);
        incarnations.add(begun);
        return begun;
    }

    int wraps() {
        return (int)
                incarnations.stream().filter(incarnation -> incarnation.wrapped).count();
    }
}
