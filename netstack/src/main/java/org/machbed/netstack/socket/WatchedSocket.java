package org.machbed.netstack.socket;

import org.jspecify.annotations.Nullable;

/** A socket as the {@link ReadinessSet}s see it that it is in. Guarded by the lock of its owner, which is theirs too. */
public final class WatchedSocket {
    /** Answers what a socket is ready for. */
    @FunctionalInterface
    public interface Source {
        /**
         * Bits of {@link Readiness} that hold now. {@link WatchedSocket#changed} must be called once another one of
         * {@code interests}, or {@link Readiness#HUNG_UP}, may hold.
         */
        int readiness(int interests);
    }

    private final Source source;
    private @Nullable Membership first;

    public WatchedSocket(Source source) {
        this.source = source;
    }

    /** Tells its sets that its readiness may have changed. Costs nothing where there are none. */
    public void changed() {
        for (Membership m = first; m != null; m = m.nextOfSocket) {
            m.set.changed(m);
        }
    }

    /** Leaves its sets: the socket is closed. */
    public void leaveAll() {
        Membership m = first;
        while (m != null) {
            Membership next = m.nextOfSocket;
            m.set.drop(m);
            m = next;
        }
        first = null;
    }

    int readiness(int interests) {
        return source.readiness(interests);
    }

    @Nullable
    Membership membershipOf(ReadinessSet set) {
        Membership m = first;
        while (m != null && m.set != set) {
            m = m.nextOfSocket;
        }
        return m;
    }

    void add(Membership membership) {
        membership.nextOfSocket = first;
        if (first != null) {
            first.previousOfSocket = membership;
        }
        first = membership;
    }

    void remove(Membership membership) {
        Membership previous = membership.previousOfSocket;
        Membership next = membership.nextOfSocket;
        if (previous == null) {
            first = next;
        } else {
            previous.nextOfSocket = next;
        }
        if (next != null) {
            next.previousOfSocket = previous;
        }
    }
}
