package org.machbed.netstack.socket;

/**
 * The edge from {@code app} to {@code sockets}: what BSD's calls for sockets of every kind have in common, as an application's
 * side of a binding offers them. A topology chooses the implementation (traps into the kernel, messages to a server, a procedure
 * call); nothing above it knows which.
 *
 * <p>IPv4 addresses are 32-bit words in host order ({@code 192.0.2.1} is {@code 0xC0000201}); ports are 0 to 65,535. All
 * methods may be called by many threads at once. A call on a socket that {@link #close(int)} has closed, also one that was
 * waiting, fails with {@link Errno#EBADF}.
 */
public interface SocketLayer extends AutoCloseable {
    /** What {@link #await} waits for. */
    enum Condition {
        /** A receive or an accept would not have to wait. */
        READABLE,

        /** A send would not have to wait, or a connect is over. */
        WRITABLE,

        /** The peer has all that was sent before a shutdown: what a close that lingers waits for. Always so for datagrams. */
        DRAINED
    }

    /** Binds to a local address (0 for any) and port (0 for a free one of the host's choice). */
    void bind(int socket, int ipv4, int port) throws SocketLayerException;

    /** The local address and port, packed as a {@link DatagramHeader} of length 0; 0 when unbound. */
    long localAddress(int socket) throws SocketLayerException;

    int option(int socket, SocketOptionName name) throws SocketLayerException;

    void setOption(int socket, SocketOptionName name, int value) throws SocketLayerException;

    /**
     * Waits for a condition, be it that an error can be told: the call that it is about then does not wait, unless another thread has
     * been faster.
     *
     * @param limitNs how long at most, above 0
     * @return {@code false} when the limit came first
     */
    boolean await(int socket, Condition condition, long limitNs) throws SocketLayerException;

    /** Closes the socket; a second close is ignored. */
    void close(int socket) throws SocketLayerException;

    /** Closes every socket and leaves the socket layer. */
    @Override
    void close();
}
