package org.machbed.client.library;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.function.ObjLongConsumer;
import org.machbed.client.lending.Lender;
import org.machbed.client.lending.LendingSockets;
import org.machbed.ipc.process.Crossings;
import org.machbed.link.LinkEnd;
import org.machbed.netstack.StackConfiguration;
import org.machbed.netstack.socket.DatagramSocketLayer;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.Readiness;
import org.machbed.netstack.socket.ReadinessSetLayer;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.StreamSocketLayer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sockets of a stack in the application's own process: each call is a procedure call, whose data is copied between the application's
 * buffer and the frame (a datagram) or the connection's buffer (a stream), once. No trap, no message, and no other thread between.
 *
 * <p>A buffer may be memory that its thread alone may touch. The stack keeps none of an application's buffers beyond a call.
 */
public final class LibrarySocketLayer implements DatagramSocketLayer, StreamSocketLayer, ReadinessSetLayer, Lender {
    private static final Logger LOG = LoggerFactory.getLogger(LibrarySocketLayer.class);

    private final LibraryHost host;
    private final LibrarySockets sockets;
    private final LibrarySessions sessions;
    private final LibraryLending lending;
    private final long lingerNs;

    private LibrarySocketLayer(
            LinkEnd link,
            boolean isWire,
            StackConfiguration configuration,
            Duration linger,
            Crossings crossings,
            Publication publication) {
        host = new LibraryHost(link, isWire, configuration, crossings, publication);
        sockets = new LibrarySockets(host);
        sessions = new LibrarySessions(host, sockets);
        lending = new LibraryLending(host, sockets, configuration.mtuBytes());
        lingerNs = linger.toNanos();
    }

    /**
     * Opens sockets of a stack of their own.
     *
     * @param link the wire, closed with this
     * @param linger how long {@link #close()} waits at most until what was sent has arrived
     * @param crossings where copies, frames, doorbells and hand-offs between threads are counted
     */
    public static LibrarySocketLayer open(
            LinkEnd link, StackConfiguration configuration, Duration linger, Crossings crossings) {
        return new LibrarySocketLayer(link, true, configuration, linger, crossings, Publication.NONE).start();
    }

    /**
     * The same for a stack of sessions, whose frames the kernel takes to the wire and counts there.
     *
     * @param publication what is to be done after each call into the stack
     */
    public static LibrarySocketLayer openSessions(
            LinkEnd link,
            StackConfiguration configuration,
            Duration linger,
            Crossings crossings,
            Publication publication) {
        return new LibrarySocketLayer(link, false, configuration, linger, crossings, publication).start();
    }

    private LibrarySocketLayer start() {
        host.start(sockets::recall);
        return this;
    }

    /** The same sockets, whose buffers are lent. */
    @Override
    public LendingSockets lending() {
        return lending;
    }

    /** Sessions that come from elsewhere into this stack and leave it again. */
    public LibrarySessions sessions() {
        return sessions;
    }

    @Override
    public int socket() throws SocketLayerException {
        host.enter();
        try {
            return sockets.openDatagram();
        } finally {
            host.leave();
        }
    }

    @Override
    public int streamSocket() throws SocketLayerException {
        host.enter();
        try {
            return sockets.openStream();
        } finally {
            host.leave();
        }
    }

    @Override
    public void bind(int socket, int ipv4, int port) throws SocketLayerException {
        host.enter();
        try {
            sockets.get(socket).bind(ipv4, port);
        } finally {
            host.leave();
        }
    }

    @Override
    public void connect(int socket, int ipv4, int port) throws SocketLayerException {
        if (ipv4 == 0 && port == 0) {
            throw new SocketLayerException(Errno.EINVAL, "0.0.0.0 port 0 is no peer");
        }
        host.enter();
        try {
            sockets.datagrams(socket).connect(ipv4, port);
        } finally {
            host.leave();
        }
    }

    @Override
    public void disconnect(int socket) throws SocketLayerException {
        host.enter();
        try {
            sockets.datagrams(socket).disconnect();
        } finally {
            host.leave();
        }
    }

    @Override
    public int send(int socket, ByteBuffer source, int ipv4, int port) throws SocketLayerException {
        host.enter();
        try {
            return sockets.datagrams(socket).send(source, ipv4, port);
        } finally {
            host.leave();
        }
    }

    @Override
    public long receive(int socket, ByteBuffer target, boolean wait) throws SocketLayerException {
        host.enter();
        try {
            return sockets.datagrams(socket).receive(target, wait);
        } finally {
            host.leave();
        }
    }

    @Override
    public boolean connectStream(int socket, int ipv4, int port, boolean wait) throws SocketLayerException {
        host.enter();
        try {
            return sockets.stream(socket).connect(ipv4, port, wait);
        } finally {
            host.leave();
        }
    }

    @Override
    public boolean finishConnect(int socket, boolean wait) throws SocketLayerException {
        host.enter();
        try {
            return sockets.stream(socket).finishConnect(wait);
        } finally {
            host.leave();
        }
    }

    @Override
    public void listen(int socket, int backlog) throws SocketLayerException {
        host.enter();
        try {
            sockets.stream(socket).listen(Math.max(0, backlog));
        } finally {
            host.leave();
        }
    }

    @Override
    public int accept(int socket, boolean wait) throws SocketLayerException {
        host.enter();
        try {
            return sockets.stream(socket).accept(wait);
        } finally {
            host.leave();
        }
    }

    @Override
    public int sendStream(int socket, ByteBuffer source, boolean wait) throws SocketLayerException {
        if (!source.hasRemaining()) {
            return 0;
        }
        host.enter();
        try {
            return sockets.stream(socket).send(source, wait);
        } finally {
            host.leave();
        }
    }

    @Override
    public boolean sendUrgent(int socket, byte value) throws SocketLayerException {
        host.enter();
        try {
            return sockets.stream(socket).sendUrgent(value);
        } finally {
            host.leave();
        }
    }

    @Override
    public int receiveStream(int socket, ByteBuffer target, boolean wait) throws SocketLayerException {
        if (!target.hasRemaining()) {
            return 0;
        }
        host.enter();
        try {
            return sockets.stream(socket).receive(target, wait);
        } finally {
            host.leave();
        }
    }

    @Override
    public void shutdownSending(int socket) throws SocketLayerException {
        host.enter();
        try {
            sockets.stream(socket).shutdownSending();
        } finally {
            host.leave();
        }
    }

    @Override
    public void shutdownReceiving(int socket) throws SocketLayerException {
        host.enter();
        try {
            sockets.stream(socket).shutdownReceiving();
        } finally {
            host.leave();
        }
    }

    @Override
    public long localAddress(int socket) throws SocketLayerException {
        host.enter();
        try {
            return sockets.get(socket).localAddress();
        } finally {
            host.leave();
        }
    }

    @Override
    public long remoteAddress(int socket) throws SocketLayerException {
        host.enter();
        try {
            return sockets.stream(socket).remoteAddress();
        } finally {
            host.leave();
        }
    }

    @Override
    public int option(int socket, SocketOptionName name) throws SocketLayerException {
        host.enter();
        try {
            return sockets.get(socket).option(name);
        } finally {
            host.leave();
        }
    }

    @Override
    public void setOption(int socket, SocketOptionName name, int value) throws SocketLayerException {
        host.enter();
        try {
            sockets.get(socket).setOption(name, value);
        } finally {
            host.leave();
        }
    }

    @Override
    public boolean await(int socket, Condition condition, long limitNs) throws SocketLayerException {
        int interest = switch (condition) {
            case READABLE -> Readiness.READABLE;
            case WRITABLE -> Readiness.WRITABLE;
            case DRAINED -> Readiness.DRAINED;
        };
        host.enter();
        try {
            return sockets.get(socket).await(interest, limitNs);
        } finally {
            host.leave();
        }
    }

    @Override
    public int readinessSet() throws SocketLayerException {
        host.enter();
        try {
            return sockets.openSet();
        } finally {
            host.leave();
        }
    }

    @Override
    public void watch(int set, int socket, int interests) throws SocketLayerException {
        if ((interests & ~Readiness.INTERESTS) != 0) {
            throw new SocketLayerException(Errno.EINVAL, "a socket cannot be watched for " + interests);
        }
        host.enter();
        try {
            sockets.set(set).watch(sockets.get(socket), socket, interests);
        } finally {
            host.leave();
        }
    }

    @Override
    public int awaitReady(int set, ByteBuffer target, long limitNs) throws SocketLayerException {
        host.enter();
        try {
            LibraryReadinessSet ready = sockets.set(set);
            return ready.await(limitNs) ? ready.take(target) : 0;
        } finally {
            host.leave();
        }
    }

    @Override
    public int takeReady(int set, ByteBuffer target) throws SocketLayerException {
        host.enter();
        try {
            return sockets.set(set).take(target);
        } finally {
            host.leave();
        }
    }

    @Override
    public void wakeUp(int set) throws SocketLayerException {
        host.enter();
        try {
            sockets.set(set).wakeUp();
        } finally {
            host.leave();
        }
    }

    @Override
    public void closeSet(int set) {
        host.lock();
        try {
            sockets.closeSet(set);
        } finally {
            host.leave();
        }
    }

    @Override
    public void close(int socket) {
        host.lock();
        try {
            sockets.close(socket);
        } finally {
            host.leave();
        }
    }

    /** Tells the counters of the stack and of its sockets. */
    public void tellCounters(ObjLongConsumer<String> consumer) {
        host.lock();
        try {
            host.tellCounters(consumer);
            consumer.accept("RECALLED_BYTES", sockets.recalledBytes());
            consumer.accept("READINESS_SETS", sockets.openSets());
        } finally {
            host.leave();
        }
    }

    /** Whether the link was closed, so that nothing is read or written any more of what the stack's buffers lie in. */
    public boolean isLinkClosed() {
        return host.isLinkClosed();
    }

    /** Closes all sockets; their calls fail with EBADF. What was sent still gets there, for which it waits as long as it was told to. */
    @Override
    public void close() {
        host.lock();
        boolean first;
        try {
            first = host.beginClosing();
            sockets.closeAll();
        } finally {
            host.leave();
        }
        try {
            if (first && !host.linger(lingerNs)) {
                LOG.warn("not all that was sent has arrived within {} ms", lingerNs / 1_000_000);
            }
        } finally {
            host.close();
        }
    }
}
