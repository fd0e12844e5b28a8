package org.machbed.ipc.mach;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The calls of a task. The one used last is used next: its reply port, and its memory, are the warmest. */
final class Calls {
    static final int INDEX_BITS = 12;
    private static final int INDEX_MASK = (1 << INDEX_BITS) - 1;

    private final ReentrantLock lock = new ReentrantLock();
    private final Call[] free = new Call[MachLimits.MAX_CALLS];
    private int freeCount;
    private volatile @Nullable Call[] all = new Call[16];
    private int count;
    private @Nullable MachException ended;

    /** A call for the calling thread to wait on. */
    Call take() throws MachException {
        lock.lock();
        try {
            if (ended != null) {
                throw new MachException(ended.code(), String.valueOf(ended.getMessage()), ended);
            }
            Call call = freeCount > 0 ? free[--freeCount] : add();
            call.begin();
            return call;
        } finally {
            lock.unlock();
        }
    }

    private Call add() throws MachException {
        if (count == MachLimits.MAX_CALLS) {
            throw new MachException(
                    MachCode.KERN_RESOURCE_SHORTAGE, "the task has " + count + " calls waiting, the most there may be");
        }
        @Nullable Call[] calls = all;
        if (count == calls.length) {
            calls = java.util.Arrays.copyOf(calls, count * 2);
        }
        Call call = new Call(count);
        calls[count++] = call;
        all = calls;
        return call;
    }

    void giveBack(Call call) {
        lock.lock();
        try {
            call.end();
            free[freeCount++] = call;
        } finally {
            lock.unlock();
        }
    }

    /** The call in use under a number, or {@code null}. */
    @Nullable
    Call find(int number) {
        @Nullable Call[] calls = all;
        int index = number - 1 & INDEX_MASK;
        Call call = index < calls.length ? calls[index] : null;
        return call != null && call.number == number ? call : null;
    }

    /** No call will be answered any more. Answers those in use. */
    List<Call> end(MachException reason) {
        lock.lock();
        try {
            ended = reason;
            List<Call> inUse = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                Call call = all[i];
                if (call != null && call.number != 0) {
                    inUse.add(call);
                }
            }
            return inUse;
        } finally {
            lock.unlock();
        }
    }
}
