package org.machbed.client.library;

import org.jspecify.annotations.Nullable;

/**
 * Who of the threads that wait is at the link: leader and followers. One leads at most; the others follow, first come first served.
 * Where followers wait and nobody leads, one of them is heir: it has been woken and leads once it runs, unless another thread that
 * comes to wait leads before, and then it follows again. Knows neither link nor threads; guarded by the library's lock.
 *
 * <p>Whenever the lock is free, somebody leads, or there is an heir, or no follower waits for something that does not hold yet: {@link
 * #appoint} sees to it, and is called before the lock is freed.
 */
final class Leadership {
    private boolean led;
    private @Nullable Waiter head;
    private @Nullable Waiter tail;
    private @Nullable Waiter heir;

    /** Whether somebody is at the link. */
    boolean isLed() {
        return led;
    }

    /** Whether nobody is at the link, and nobody will be without another call. */
    boolean isVacant() {
        return !led && heir == null;
    }

    boolean hasFollowers() {
        return head != null;
    }

    /** The calling thread goes to the link, where nobody is. */
    void lead() {
        if (led) {
            throw new IllegalStateException("two threads at the link");
        }
        led = true;
    }

    /** It is back from there. */
    void resign() {
        led = false;
    }

    /** Somebody leads already. */
    void follow(Waiter waiter) {
        waiter.previousFollower = tail;
        waiter.nextFollower = null;
        if (tail == null) {
            head = waiter;
        } else {
            tail.nextFollower = waiter;
        }
        tail = waiter;
    }

    /** A follower runs again, for whatever reason. */
    void unfollow(Waiter waiter) {
        if (waiter == heir) {
            heir = null;
        }
        Waiter previous = waiter.previousFollower;
        Waiter next = waiter.nextFollower;
        if (previous == null) {
            head = next;
        } else {
            previous.nextFollower = next;
        }
        if (next == null) {
            tail = previous;
        } else {
            next.previousFollower = previous;
        }
    }

    /** A follower to be woken, so that somebody leads; {@code null} when that is not needed. */
    @Nullable
    Waiter appoint() {
        if (led || heir != null || head == null) {
            return null;
        }
        Waiter chosen = head;
        // Those that were signalled run anyway, and leave or lead by themselves.
        while (chosen != null && chosen.signalled) {
            chosen = chosen.nextFollower;
        }
        heir = chosen;
        return chosen;
    }
}
