package org.machbed.server.unix;

import java.util.function.ObjLongConsumer;
import java.util.function.Predicate;
import org.machbed.netstack.memory.MemoryBudget;

/**
 * Sessions as they were when they left, which the server goes on from when their clients are gone before they have recorded anything.
 * What all together may take is bounded; when it is used up, those are dropped whose clients have records by now. Guarded by
 * {@link Spl#NET}.
 */
final class DepartedStates {
    /** A thousand connections with 64 KiB of text, or four with the longest. */
    static final int MAX_BYTES = 64 << 20;

    private final FileTable files;
    private final Predicate<AwaySession> isRecorded;
    private final MemoryBudget memory;
    private long notKept;

    /**
     * @param isRecorded whether a session's client has a record of it
     * @param maxBytes for all
     */
    DepartedStates(FileTable files, Predicate<AwaySession> isRecorded, int maxBytes) {
        this.files = files;
        this.isRecorded = isRecorded;
        this.memory = new MemoryBudget(maxBytes);
    }

    /** Keeps the state of a session that has just left, if there is room. */
    void keep(AwaySession away, byte[] state) {
        if (memory.reserve(state.length) || (dropRecorded() && memory.reserve(state.length))) {
            away.keepDeparted(state, this);
        } else {
            notKept++;
        }
    }

    /** Answers whether there is more room now. */
    private boolean dropRecorded() {
        long before = memory.reservedBytes();
        files.forEach((file, owner) -> {
            if (file instanceof BsdSocket socket) {
                AwaySession away = socket.away();
                if (away != null && away.departed() != null && isRecorded.test(away)) {
                    away.forgetDeparted();
                }
            }
        });
        return memory.reservedBytes() < before;
    }

    void release(int bytes) {
        memory.release(bytes);
    }

    void tell(ObjLongConsumer<String> consumer) {
        consumer.accept("departedStateBytes", memory.reservedBytes());
        consumer.accept("departedStatesNotKept", notKept);
    }
}
