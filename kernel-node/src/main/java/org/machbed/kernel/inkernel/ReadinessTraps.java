package org.machbed.kernel.inkernel;

import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.trap.TrapFrame;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.Readiness;
import org.machbed.netstack.socket.ReadinessSet;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.proto.trap.TrapNumber;

/** The calls on sets of sockets as traps: checks their arguments. Guarded by the kernel lock. */
final class ReadinessTraps {
    private static final long INVALID = -Errno.EINVAL.number();

    private final SocketTable sockets;
    private final ReadinessSets sets;
    private final Crossings crossings;

    ReadinessTraps(SocketTable sockets, ReadinessSets sets, Crossings crossings) {
        this.sockets = sockets;
        this.sets = sets;
        this.crossings = crossings;
    }

    /** Serves one trap; answers its result, or {@link SocketTraps#KEPT}. */
    long call(TrapFrame frame, long nowNs) throws SocketLayerException {
        if (frame.number() == TrapNumber.READINESS_SET) {
            return sets.open(frame.caller());
        }
        KernelReadinessSet set = sets.get(frame.caller(), frame.a0());
        if (set == null) {
            return -Errno.EBADF.number();
        }
        return switch (frame.number()) {
            case TrapNumber.WATCH -> watch(set, sockets.get(frame.caller(), frame.a1()), frame);
            case TrapNumber.AWAIT_READY -> await(set, frame, nowNs);
            case TrapNumber.TAKE_READY -> take(set, frame);
            case TrapNumber.WAKE_UP -> wakeUp(set);
            case TrapNumber.CLOSE_SET -> close(frame.a0());
            default -> INVALID;
        };
    }

    private static long watch(KernelReadinessSet set, @Nullable KernelSocket socket, TrapFrame frame) {
        if (socket == null) {
            return -Errno.EBADF.number();
        }
        long interests = frame.a2();
        if (interests < 0 || interests > Readiness.INTERESTS) {
            return INVALID;
        }
        set.watch(socket, (int) frame.a1(), (int) interests);
        return 0;
    }

    private static long await(KernelReadinessSet set, TrapFrame frame, long nowNs) {
        if (frame.a1() < 0) {
            return INVALID;
        }
        long result = set.await(frame, Math.min(frame.a1(), SocketTraps.LONGEST_WAIT_NS), nowNs);
        // As in a wait for one socket.
        return result == SocketTraps.WOULD_BLOCK ? -Errno.ENOBUFS.number() : result;
    }

    private long take(KernelReadinessSet set, TrapFrame frame) {
        long room = Math.min(frame.a1(), frame.data().byteSize());
        if (room < ReadinessSet.PAIR_BYTES) {
            return INVALID;
        }
        int bytes = set.take(frame.dataBuffer().limit((int) room)) * ReadinessSet.PAIR_BYTES;
        crossings.copy(bytes);
        return bytes;
    }

    private static long wakeUp(KernelReadinessSet set) {
        set.wakeUp();
        return 0;
    }

    private long close(long descriptor) {
        sets.close(descriptor);
        return 0;
    }
}
