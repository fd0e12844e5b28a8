package org.machbed.netstack.socket;

/** All UDP sockets of one stack. Guarded by the lock of the stack's owner. */
@SuppressWarnings("DoNotCallSuggester")
public final class UdpSockets {
    /** Opens an unbound socket. */
    public UdpSocket open() throws SocketLayerException {
        throw new UnsupportedOperationException();
    }
}
