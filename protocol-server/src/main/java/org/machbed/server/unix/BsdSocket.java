package org.machbed.server.unix;

import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;

/**
 * One socket (struct socket) over its protocol control block in the stack: what both kinds have. Guarded by {@link Spl#NET}.
 * Every call but {@link #close} fails with EBADF after that.
 */
abstract sealed class BsdSocket permits BsdDatagramSocket, BsdStreamSocket {
    abstract void bind(int ipv4, int port) throws SocketLayerException;

    /** Packed as a {@link org.machbed.netstack.socket.DatagramHeader} of length 0; 0 when unbound. */
    abstract long localAddress() throws SocketLayerException;

    abstract int option(SocketOptionName name) throws SocketLayerException;

    abstract void setOption(SocketOptionName name, int value, long nowNs) throws SocketLayerException;

    /** Whether a receive or an accept would not sleep (soreadable). */
    abstract boolean isReadable() throws SocketLayerException;

    /** Whether a send would not sleep, or a connect is over (sowriteable). */
    abstract boolean isWritable() throws SocketLayerException;

    /** Whether the peer has all that was sent. */
    abstract boolean isDrained() throws SocketLayerException;

    /** Has whoever sleeps on {@link #sendLock} woken when there is room. */
    abstract void wantRoom() throws SocketLayerException;

    /** What whoever waits to receive sleeps on. */
    abstract BufferLock receiveLock();

    /** What whoever waits to send, or for what was sent, sleeps on. */
    abstract BufferLock sendLock();

    /** Closes the socket; whoever sleeps on it finds it closed. */
    abstract void close(long nowNs);
}
