package org.machbed.kernel.inkernel;

import org.machbed.ipc.trap.TrapFrame;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.WatchedSocket;
import org.machbed.proto.trap.TrapNumber;

/**
 * A socket of a caller of the gate, with the traps that wait on it: what sockets of both kinds have in common. Guarded by the
 * kernel lock.
 */
abstract sealed class KernelSocket permits KernelDatagramSocket, KernelStreamSocket {
    final int owner;
    private final WaitQueue awaiting;

    /** For the sets that it is in. */
    private final WatchedSocket watched = new WatchedSocket(this::readinessOrAll);

    KernelSocket(int owner, Waits waits) {
        this.owner = owner;
        this.awaiting = new WaitQueue(waits);
    }

    abstract void bind(int ipv4, int port) throws SocketLayerException;

    abstract void connect(int ipv4, int port, long nowNs) throws SocketLayerException;

    abstract long localAddress() throws SocketLayerException;

    abstract int option(SocketOptionName name) throws SocketLayerException;

    abstract void setOption(SocketOptionName name, int value, long nowNs) throws SocketLayerException;

    /**
     * Which of {@link TrapNumber#READABLE}, {@link TrapNumber#WRITABLE}, {@link TrapNumber#DRAINED} and {@link TrapNumber#HUNG_UP} hold
     * now. {@link #tellAwaiting} is called once another one of {@code interests} may hold.
     */
    abstract int readiness(int interests) throws SocketLayerException;

    /** Closes the socket; whoever waits fails with EBADF. */
    abstract void close(long nowNs);

    /**
     * Has a trap wait until one of {@code interests} holds.
     *
     * @param limitNs how long at most, 0 for as long as it takes
     */
    final long await(TrapFrame frame, int interests, long limitNs, long nowNs) throws SocketLayerException {
        if ((readiness(interests) & interests) != 0) {
            return 0;
        }
        return limitNs == 0
                ? awaiting.keep(frame, 0, interests)
                : awaiting.keepUntil(frame, interests, nowNs + limitNs, nowNs);
    }

    final WatchedSocket watched() {
        return watched;
    }

    /** Something about the socket may have changed; its sets, and who waits for what holds now, are told. */
    final void tellAwaiting() {
        watched.changed();
        if (!awaiting.isEmpty()) {
            // Whoever still has to wait to send wants to be told again.
            awaiting.completeInterested(readinessOrAll(TrapNumber.WRITABLE), 0);
        }
    }

    private int readinessOrAll(int interests) {
        try {
            return readiness(interests);
        } catch (SocketLayerException e) {
            // Whoever waits hears of it by the call that it waits to make.
            return -1;
        }
    }

    /** The socket is being closed: whoever waits is answered, and its sets forget it. */
    final void endAwaiting(long result) {
        awaiting.completeAll(result);
        watched.leaveAll();
    }
}
