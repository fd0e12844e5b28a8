package org.machbed.kernel.inkernel;

import org.jspecify.annotations.Nullable;
import org.machbed.ipc.descriptor.DescriptorTable;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;

/**
 * The sets of sockets of all callers of a gate, by descriptor; as with their sockets, a caller reaches its own only. Guarded by the
 * kernel lock.
 */
final class ReadinessSets {
    /** Sets of all callers together. */
    static final int CAPACITY = 1_024;

    /** Sets of one caller: each costs a socket that is in all of them a step an event. */
    static final int MAX_SETS_OF_CALLER = 64;

    private final DescriptorTable<KernelReadinessSet> sets = new DescriptorTable<>(CAPACITY);
    private final int[] owned = new int[SocketTable.CALLERS];
    private final Waits waits;

    ReadinessSets(Waits waits) {
        this.waits = waits;
    }

    int open(int caller) throws SocketLayerException {
        if (owned[caller] >= MAX_SETS_OF_CALLER) {
            throw new SocketLayerException(
                    Errno.EMFILE, "caller " + caller + " has " + owned[caller] + " sets of sockets already");
        }
        if (sets.size() == CAPACITY) {
            throw new SocketLayerException(Errno.EMFILE, "all " + CAPACITY + " sets of sockets are open");
        }
        owned[caller]++;
        return sets.add(new KernelReadinessSet(caller, waits));
    }

    /** The set of a descriptor that came in a trap, {@code null} when the caller has none of that name. */
    @Nullable
    KernelReadinessSet get(int caller, long descriptor) {
        KernelReadinessSet set = sets.get(descriptor);
        return set != null && set.owner == caller ? set : null;
    }

    /** Closes a set; a descriptor that names none is ignored. */
    void close(long descriptor) {
        KernelReadinessSet set = sets.remove(descriptor);
        if (set != null) {
            owned[set.owner]--;
            set.close();
        }
    }

    /** Closes what a caller that died has left open. */
    void closeAllOf(int caller) {
        for (int descriptor : sets.all()) {
            if (get(caller, descriptor) != null) {
                close(descriptor);
            }
        }
    }

    /** Sets that are open. */
    int size() {
        return sets.size();
    }
}
