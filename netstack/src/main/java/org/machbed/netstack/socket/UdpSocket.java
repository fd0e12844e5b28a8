package org.machbed.netstack.socket;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * One UDP socket with the meaning of BSD's calls. Never waits; guarded by the lock of the stack's owner. IPv4 addresses are in
 * host order. Every call on a closed socket fails with {@link Errno#EBADF}.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class UdpSocket {
    public void bind(int ipv4, int port) throws SocketLayerException {
        throw new UnsupportedOperationException();
    }

    public void connect(int ipv4, int port) throws SocketLayerException {
        throw new UnsupportedOperationException();
    }

    public void disconnect() throws SocketLayerException {
        throw new UnsupportedOperationException();
    }

    public int send(MemorySegment source, long offset, int length, int ipv4, int port, long nowNs)
            throws SocketLayerException {
        throw new UnsupportedOperationException();
    }

    public long receive(MemorySegment target, long offset, int room) throws SocketLayerException {
        throw new UnsupportedOperationException();
    }

    public boolean readable() throws SocketLayerException {
        throw new UnsupportedOperationException();
    }

    public long localAddress() throws SocketLayerException {
        throw new UnsupportedOperationException();
    }

    public int option(SocketOptionName name) throws SocketLayerException {
        throw new UnsupportedOperationException();
    }

    public void setOption(SocketOptionName name, int value) throws SocketLayerException {
        throw new UnsupportedOperationException();
    }

    public void listener(@Nullable DatagramListener listener) throws SocketLayerException {
        throw new UnsupportedOperationException();
    }

    public void close() throws SocketLayerException {
        throw new UnsupportedOperationException();
    }
}
