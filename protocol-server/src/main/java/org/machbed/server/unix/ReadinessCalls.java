package org.machbed.server.unix;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.machbed.ipc.mach.MachMessage;
import org.machbed.ipc.mach.PortName;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.Readiness;
import org.machbed.netstack.socket.ReadinessSet;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.proto.bsd.BsdCall;
import org.machbed.server.SocketMessages;

/** The calls on sets of sockets (sys_generic.c: select, selrecord and selwakeup). Any server thread may call. */
final class ReadinessCalls {
    private final BsdKernel kernel;
    private final Spl spl;
    private final FileTable files; // guarded by NET
    private final WaitingCalls waiting; // guarded by NET
    private final LongSupplier clockNs;
    private final SetQuota quota = new SetQuota(); // guarded by NET
    private final ByteBuffer ready = ByteBuffer.allocate(BsdCall.MAX_READY * ReadinessSet.PAIR_BYTES); // guarded by NET

    ReadinessCalls(BsdKernel kernel, FileTable files, WaitingCalls waiting, LongSupplier clockNs) {
        this.kernel = kernel;
        this.spl = kernel.spl();
        this.files = files;
        this.waiting = waiting;
        this.clockNs = clockNs;
    }

    /**
     * Opens an empty set.
     *
     * @param client whose it is; {@link PortName#NULL} for all that tell nothing of themselves
     * @throws SocketLayerException with EMFILE when the client, or all together, have too many
     */
    int open(PortName client) throws SocketLayerException {
        int s = spl.splnet();
        try {
            files.checkRoom();
            quota.take(client);
            return files.add(new BsdReadinessSet(kernel.sleepQueues(), quota, client), client);
        } finally {
            spl.splx(s);
        }
    }

    /**
     * Has a set watch a socket, or watch it for something else.
     *
     * @param name what {@link #select} calls it, not 0
     * @param interests bits of {@link Readiness#INTERESTS}; 0 removes it
     */
    void watch(int set, int socket, int name, int interests) throws SocketLayerException {
        if (name == ReadinessSet.WAKE_UP) {
            throw new SocketLayerException(Errno.EINVAL, name + " is the name of a wake-up");
        }
        if ((interests & ~Readiness.INTERESTS) != 0) {
            throw new SocketLayerException(Errno.EINVAL, "no socket can be watched for " + interests);
        }
        int s = spl.splnet();
        try {
            files.set(set).watch(files.get(socket), name, interests);
        } finally {
            spl.splx(s);
        }
    }

    /**
     * What is ready in a set, as the body of a reply; sleeps only while that is nothing.
     *
     * @param room bytes for pairs of a name and what it is ready for
     * @param limitUs how long at most, 0 for as long as it takes
     * @param nonBlocking answers that nothing is ready instead of sleeping
     */
    MachMessage select(CallName call, int room, long limitUs, boolean nonBlocking) throws SocketLayerException {
        if (room < ReadinessSet.PAIR_BYTES) {
            throw new SocketLayerException(Errno.EINVAL, "no socket can be told of in " + room + " bytes");
        }
        if (limitUs < 0) {
            throw new SocketLayerException(Errno.EINVAL, "a limit of " + limitUs + " us");
        }
        long limitNs = nonBlocking ? 0 : limitUs == 0 ? Long.MAX_VALUE : TimeUnit.MICROSECONDS.toNanos(limitUs);
        int s = spl.splnet();
        try {
            int pairs = take(files.set(call.socket()), call, room, limitNs);
            int bytes = pairs * ReadinessSet.PAIR_BYTES;
            kernel.crossings().copy(bytes);
            return SocketMessages.ready(pairs, ByteString.copyFrom(ready.array(), 0, bytes));
        } finally {
            spl.splx(s);
        }
    }

    private int take(BsdReadinessSet set, CallName call, int room, long limitNs) throws SocketLayerException {
        long startNs = clockNs.getAsLong();
        while (true) {
            int pairs = set.take(ready.clear().limit(Math.min(room, ready.capacity())));
            long leftNs = limitNs == Long.MAX_VALUE ? limitNs : limitNs - (clockNs.getAsLong() - startNs);
            if (pairs != 0 || leftNs <= 0) {
                return pairs;
            }
            set.await(waiting, call, leftNs);
        }
    }

    /** Ends a {@link #select} that sleeps on a set, or the next one. */
    void wakeUp(int set) throws SocketLayerException {
        int s = spl.splnet();
        try {
            files.set(set).wakeUp();
        } finally {
            spl.splx(s);
        }
    }
}
