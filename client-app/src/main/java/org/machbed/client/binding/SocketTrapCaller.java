package org.machbed.client.binding;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.trap.CallGate;
import org.machbed.ipc.trap.TrapCaller;
import org.machbed.ipc.trap.TrapException;
import org.machbed.ipc.trap.TrapSlot;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.proto.trap.TrapNumber;

/** Makes socket traps: moves data to and from slots, and turns what a trap answers into results and errors. Thread-safe. */
final class SocketTrapCaller implements AutoCloseable {
    static final long WOULD_BLOCK = -Errno.EWOULDBLOCK.number();

    private final CallGate gate;
    private final TrapCaller kernel;
    private final Crossings crossings;

    private SocketTrapCaller(CallGate gate, TrapCaller kernel, Crossings crossings) {
        this.gate = gate;
        this.kernel = kernel;
        this.crossings = crossings;
    }

    static SocketTrapCaller open(Path gatePath, Crossings crossings) throws IOException {
        CallGate gate = CallGate.open(gatePath);
        try {
            return new SocketTrapCaller(gate, gate.caller(crossings), crossings);
        } catch (IOException e) {
            gate.close();
            throw e;
        }
    }

    /** What one trap carries. */
    int dataBytes() {
        return kernel.dataBytes();
    }

    /** A trap without data. */
    long call(int number, long a0, long a1, long a2) throws SocketLayerException {
        try {
            return checked(kernel.trap(number, a0, a1, a2));
        } catch (TrapException e) {
            throw lost(e);
        }
    }

    /** A trap without data that may wait; answers also {@link #WOULD_BLOCK}. */
    long callWaiting(int number, long a0, long a1) throws SocketLayerException {
        try (TrapSlot slot = kernel.claimBare()) {
            return checkedOrBlocked(slot.call(number, a0, a1));
        } catch (TrapException e) {
            throw lost(e);
        }
    }

    /** Waits until a call on the socket would not have to wait: bits of {@link TrapNumber#AWAIT}. */
    void await(int socket, int interests) throws SocketLayerException {
        callWaiting(TrapNumber.AWAIT, socket, interests);
    }

    /** The same with a limit; answers whether it was kept. */
    boolean await(int socket, int interests, long limitNs) throws SocketLayerException {
        return awaitUntil(TrapNumber.AWAIT, socket, interests, limitNs);
    }

    /** Waits until something in a set is ready: {@link TrapNumber#AWAIT_READY}. Answers whether the limit was kept. */
    boolean awaitReady(int set, long limitNs) throws SocketLayerException {
        return awaitUntil(TrapNumber.AWAIT_READY, set, limitNs, 0);
    }

    private boolean awaitUntil(int number, long a0, long a1, long a2) throws SocketLayerException {
        try (TrapSlot slot = kernel.claimBare()) {
            long result = slot.call(number, a0, a1, a2);
            return result != -Errno.ETIMEDOUT.number() && checked(result) == 0;
        } catch (TrapException e) {
            throw lost(e);
        }
    }

    /** A trap with the first {@code bytes} bytes of {@code source} in; answers also {@link #WOULD_BLOCK}. */
    long callIn(int number, ByteBuffer source, int bytes, long a0, long a1, long a2, long a3)
            throws SocketLayerException {
        try (TrapSlot slot = kernel.claim()) {
            slot.dataBuffer().put(0, source, source.position(), bytes);
            crossings.copy(bytes);
            return checkedOrBlocked(slot.call(number, a0, a1, a2, a3));
        } catch (TrapException e) {
            throw lost(e);
        }
    }

    /** How many bytes of the data area a result says are there. */
    @FunctionalInterface
    interface Length {
        int of(long result);
    }

    /** A trap with data out; answers also {@link #WOULD_BLOCK}. */
    long callOut(int number, ByteBuffer target, int room, long a0, long a2, Length length) throws SocketLayerException {
        try (TrapSlot slot = kernel.claim()) {
            long result = checkedOrBlocked(slot.call(number, a0, room, a2));
            if (result != WOULD_BLOCK) {
                int bytes = Math.min(length.of(result), room);
                target.put(target.position(), slot.dataBuffer(), 0, bytes);
                crossings.copy(bytes);
            }
            return result;
        } catch (TrapException e) {
            throw lost(e);
        }
    }

    private static long checkedOrBlocked(long result) throws SocketLayerException {
        return result == WOULD_BLOCK ? result : checked(result);
    }

    private static long checked(long result) throws SocketLayerException {
        if (TrapNumber.isError(result)) {
            throw new SocketLayerException(Errno.of((int) -result), "the kernel refused the call");
        }
        return result;
    }

    private static SocketLayerException lost(TrapException e) {
        SocketLayerException lost = new SocketLayerException(Errno.EIO, String.valueOf(e.getMessage()));
        lost.initCause(e);
        return lost;
    }

    /** Leaves the gate; the kernel then closes this caller's sockets. No call may be under way. */
    @Override
    public void close() {
        kernel.close();
        gate.close();
    }
}
