package org.machbed.kernel.inkernel;

import org.machbed.ipc.trap.TrapFrame;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.proto.trap.TrapNumber;

/**
 * A socket of a caller of the gate, with the traps that wait on it: what sockets of both kinds have in common. Guarded by the
 * kernel lock.
 */
abstract sealed class KernelSocket permits KernelDatagramSocket, KernelStreamSocket {
    final int owner;
    private final WaitQueue awaiting;

    KernelSocket(int owner, Waits waits) {
        this.owner = owner;
        this.awaiting = new WaitQueue(waits);
    }

    abstract void bind(int ipv4, int port) throws SocketLayerException;

    abstract void connect(int ipv4, int port, long nowNs) throws SocketLayerException;

    abstract long localAddress() throws SocketLayerException;

    abstract int option(SocketOptionName name) throws SocketLayerException;

    abstract void setOption(SocketOptionName name, int value, long nowNs) throws SocketLayerException;

    /** Which of {@link TrapNumber#READABLE} and {@link TrapNumber#WRITABLE} hold now. */
    abstract int readiness() throws SocketLayerException;

    /** Closes the socket; whoever waits fails with EBADF. */
    abstract void close(long nowNs);

    /** Has a trap wait until one of {@code interests} holds. */
    final long await(TrapFrame frame, int interests) throws SocketLayerException {
        return (readiness() & interests) != 0 ? 0 : awaiting.keep(frame, 0, interests);
    }

    /** Something about the socket has changed, which those who wait for {@code interests} may want to look at. */
    final void tellAwaiting(int interests) {
        awaiting.completeInterested(interests, 0);
    }

    final void endAwaiting(long result) {
        awaiting.completeAll(result);
    }
}
