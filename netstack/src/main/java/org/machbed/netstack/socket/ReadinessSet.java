package org.machbed.netstack.socket;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Sockets that somebody watches, and which of them are ready: level-triggered, as epoll is by default. Knows neither how its owner
 * waits nor where its sockets live. A change of a socket puts it on a list, in constant time; whether it is ready is asked of it when
 * the list is looked through. One that is ready stays there and goes to the end, so that those behind it have their turn; one that is
 * not leaves the list until it changes again. Looking costs as much as there are sockets on the list, not as many as are watched.
 *
 * <p>Only {@link #watch} makes garbage. Guarded by its owner's lock, which the sockets' is too.
 */
public final class ReadinessSet {
    /** The name of no socket: what a wake-up goes by. */
    public static final int WAKE_UP = 0;

    /** What {@link #take} puts for each socket: its name and its readiness, both ints. */
    public static final int PAIR_BYTES = 2 * Integer.BYTES;

    private final Runnable onChange;
    private @Nullable Membership members;
    private @Nullable Membership head;
    private @Nullable Membership tail;
    private int listed;
    private boolean wakeUp;

    /**
     * An empty set.
     *
     * @param onChange called when {@link #isReady} may have come true; it may ask that, and change nothing here
     */
    public ReadinessSet(Runnable onChange) {
        this.onChange = onChange;
    }

    /**
     * Watches a socket, or watches it for something else, or no longer.
     *
     * @param name what {@link #take} calls it, not {@link #WAKE_UP}; of a socket that is here already it stays as it is
     * @param interests bits of {@link Readiness#INTERESTS}; 0 removes the socket
     */
    public void watch(WatchedSocket socket, int name, int interests) {
        Membership member = socket.membershipOf(this);
        if (interests == 0) {
            if (member != null) {
                socket.remove(member);
                drop(member);
            }
            return;
        }
        if (member == null) {
            member = new Membership(this, socket, name);
            socket.add(member);
            link(member);
        }
        member.interests = interests;
        changed(member);
    }

    /** Makes the set ready until this is taken; several wake-ups are one. */
    public void wakeUp() {
        wakeUp = true;
        onChange.run();
    }

    /** Whether {@link #take} would put something. */
    public boolean isReady() {
        while (!wakeUp && head != null) {
            if (head.readiness() != 0) {
                return true;
            }
            unlist(head);
        }
        return wakeUp;
    }

    /**
     * Puts a pair for each socket that is ready, as far as there is room; before them that of a wake-up, name {@link #WAKE_UP} and
     * readiness 0, which is over with that.
     *
     * @param target advanced beyond the pairs
     * @return how many were put
     */
    public int take(ByteBuffer target) {
        int room = target.remaining() / PAIR_BYTES;
        int pairs = 0;
        if (wakeUp && room != 0) {
            wakeUp = false;
            target.putInt(WAKE_UP).putInt(0);
            pairs++;
        }
        for (int left = listed; left > 0 && pairs < room; left--) {
            Membership member = head;
            if (member == null) {
                break;
            }
            unlist(member);
            int readiness = member.readiness();
            if (readiness != 0) {
                list(member);
                target.putInt(member.name).putInt(readiness);
                pairs++;
            }
        }
        return pairs;
    }

    /** Forgets all sockets. */
    public void close() {
        while (members != null) {
            members.socket.remove(members);
            drop(members);
        }
    }

    /** Something about a socket may have changed. */
    void changed(Membership member) {
        if (!member.listed) {
            list(member);
        }
        onChange.run();
    }

    /** Forgets a socket, which forgets the set. */
    void drop(Membership member) {
        if (member.listed) {
            unlist(member);
        }
        unlink(member);
    }

    private void link(Membership member) {
        member.nextOfSet = members;
        if (members != null) {
            members.previousOfSet = member;
        }
        members = member;
    }

    private void unlink(Membership member) {
        Membership previous = member.previousOfSet;
        Membership next = member.nextOfSet;
        if (previous == null) {
            members = next;
        } else {
            previous.nextOfSet = next;
        }
        if (next != null) {
            next.previousOfSet = previous;
        }
    }

    private void list(Membership member) {
        member.listed = true;
        member.previousListed = tail;
        member.nextListed = null;
        if (tail == null) {
            head = member;
        } else {
            tail.nextListed = member;
        }
        tail = member;
        listed++;
    }

    private void unlist(Membership member) {
        Membership previous = member.previousListed;
        Membership next = member.nextListed;
        if (previous == null) {
            head = next;
        } else {
            previous.nextListed = next;
        }
        if (next == null) {
            tail = previous;
        } else {
            next.previousListed = previous;
        }
        member.listed = false;
        listed--;
    }
}
