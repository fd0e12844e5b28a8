package org.machbed.netstack.simulation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** All that went from one port of one host to one port of another. */
final class Direction {
    private final List<Incarnation> incarnations = new ArrayList<>(2);

    /** What was acknowledged by segments that arrived, in the order of their arrival; the same twice in a row once. */
    private int[] acknowledged = new int[16];

    private int acknowledgments;

    /** The latest incarnation that a sequence number may belong to, {@code null} when there is none. */
    @Nullable
    Incarnation find(int sequence) {
        return latest(incarnation -> incarnation.began(sequence));
    }

    /** The latest incarnation whose stream has an octet or an end of this number, sent or not, {@code null} when there is none. */
    @Nullable
    Incarnation latestThatHas(int sequence) {
        return latest(incarnation -> incarnation.has(sequence));
    }

    private @Nullable Incarnation latest(Predicate<Incarnation> is) {
        for (int i = incarnations.size() - 1; i >= 0; i--) {
            if (is.test(incarnations.get(i))) {
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

    /** Whether nothing was seen of it. */
    boolean isEmpty() {
        return incarnations.isEmpty();
    }

    /** A segment with this acknowledgment arrived. */
    void arrived(int acknowledgment) {
        if (acknowledgments > 0 && acknowledged[acknowledgments - 1] == acknowledgment) {
            return;
        }
        if (acknowledgments == acknowledged.length) {
            acknowledged = Arrays.copyOf(acknowledged, 2 * acknowledgments);
        }
        acknowledged[acknowledgments++] = acknowledgment;
    }

    /** Whether a segment with this acknowledgment ever arrived. */
    boolean hasAcknowledged(int sequence) {
        for (int i = acknowledgments - 1; i >= 0; i--) {
            if (acknowledged[i] == sequence) {
                return true;
            }
        }
        return false;
    }

    /** Whether an incarnation, or one that came back to life from an old cookie, would go on with this number (SND.NXT). */
    boolean isNext(int sequence) {
        return incarnations.stream().anyMatch(incarnation -> incarnation.goesOnWith(sequence));
    }

    /** Whether one began with this number. */
    boolean hasIss(int sequence) {
        return incarnations.stream().anyMatch(incarnation -> incarnation.iss == sequence);
    }

    int wraps() {
        return (int)
                incarnations.stream().filter(incarnation -> incarnation.wrapped).count();
    }
}
