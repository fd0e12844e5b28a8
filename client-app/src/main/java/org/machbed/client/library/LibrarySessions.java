package org.machbed.client.library;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;
import org.machbed.link.FrameHandler;
import org.machbed.netstack.session.SessionException;
import org.machbed.netstack.session.SessionTemplate;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.TcpSessionState;
import org.machbed.netstack.socket.TcpSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sessions that come into the library's stack from elsewhere, as values, and leave it again. A session's socket has the descriptor
 * that it has elsewhere too. Any thread may call.
 */
public final class LibrarySessions {
    private static final Logger LOG = LoggerFactory.getLogger(LibrarySessions.class);

    /** How long frames are waited for that the kernel says are in the window. */
    private static final long FRAMES_LIMIT_NS = 2_000_000_000;

    /** A datagram socket's options that move with it. */
    private static final List<SocketOptionName> DATAGRAM_OPTIONS = List.of(
            SocketOptionName.RECEIVE_BUFFER_BYTES,
            SocketOptionName.SEND_BUFFER_BYTES,
            SocketOptionName.BROADCAST,
            SocketOptionName.REUSE_ADDRESS,
            SocketOptionName.TYPE_OF_SERVICE);

    /** Is told of each connection that has come, with the library's lock. */
    @FunctionalInterface
    public interface Arrivals {
        /** A failure keeps the connection from coming. */
        void onArrival(TcpSocket connection, int descriptor) throws SocketLayerException;
    }

    /**
     * What a datagram socket is, beside its addresses.
     *
     * @param options numbers of {@link SocketOptionName}, and values
     * @param datagrams that were not received, oldest first
     * @param error what the network reported and no call has said yet
     */
    public record DatagramState(
            Map<Integer, Integer> options,
            List<ArrivedDatagram> datagrams,
            @Nullable Errno error) {
        /** Copies nothing: both are not to be changed. */
        public DatagramState {}
    }

    private final LibraryHost host;
    private final LibrarySockets sockets;

    /** By descriptor. With the library's lock. */
    private final Map<Integer, SessionTemplate> templates = new HashMap<>();

    LibrarySessions(LibraryHost host, LibrarySockets sockets) {
        this.host = host;
        this.sockets = sockets;
    }

    /** Something that answers a number. */
    @FunctionalInterface
    public interface Numbering {
        int number() throws SocketLayerException;
    }

    /** Does something with the library's lock. */
    public int locked(Numbering action) throws SocketLayerException {
        host.lock();
        try {
            return action.number();
        } finally {
            host.leave();
        }
    }

    /** The same without an answer. */
    public void locked(Runnable action) {
        host.lock();
        try {
            action.run();
        } finally {
            host.leave();
        }
    }

    /** A session is about to come: from now on its frames are kept, until it is here, or {@link Expectation#close}. */
    public Expectation expect() throws SocketLayerException {
        host.enter();
        try {
            host.expected().expect();
            return new Expectation();
        } finally {
            host.leave();
        }
    }

    /** One session that is on its way. Of the thread that asks for it, which closes it, whether it has come or not. */
    public final class Expectation implements AutoCloseable {
        private boolean ended;
        private @Nullable TcpSessionState left;

        private Expectation() {}

        /** What a connection is that had been in the stack when taking it in failed: no frame has come for it there. */
        public @Nullable TcpSessionState left() {
            return left;
        }

        /**
         * Throws away what has come of a connection that does not come: its peer sends it again, to where it is. Once no more of its frames
         * come here, as the others.
         */
        public void dropFrames(SessionTemplate template) {
            host.lock();
            try {
                takeOut(template, (_, _, _) -> host.expected().dropped());
            } finally {
                host.leave();
            }
        }

        /** Takes what has come of a datagram socket that does not come, to be given back with it, in its order. */
        public List<ArrivedDatagram> takeDatagrams(int localIpv4, SessionTemplate template)
                throws SocketLayerException {
            host.lock();
            try {
                LibraryDatagramSocket catching = sockets.unnamedDatagram();
                try {
                    bind(catching, localIpv4, template);
                    takeOut(template, host::takeIn);
                    return takeAll(catching);
                } finally {
                    catching.close();
                }
            } finally {
                host.leave();
            }
        }

        /** With the lock. Once, whatever comes of the frames. */
        private void end() {
            if (!ended) {
                ended = true;
                host.expected().expectNoMore();
            }
        }

        /** Where it has not come: what was kept and is nobody's goes through the stack. */
        @Override
        public void close() {
            host.lock();
            try {
                end();
            } finally {
                host.leave();
            }
        }
    }

    /**
     * Takes a connection in, and the frames that came before it. When it cannot be, its frames are still kept, since it is expected until
     * its expectation is closed.
     *
     * @throws SocketLayerException when it cannot be: the state is as it was
     * @throws org.machbed.netstack.state.StateException when the state makes no sense
     */
    public void arrive(Expectation expected, int descriptor, TcpSessionState state, Arrivals arrivals)
            throws SocketLayerException {
        host.lock();
        TcpSocket connection = null;
        boolean named = false;
        boolean here = false;
        try {
            connection = host.stack().tcp().importSession(state, host.nowNs());
            sockets.put(descriptor, connection);
            named = true;
            arrivals.onArrival(connection, descriptor);
            arrived(descriptor, state.template());
            here = true;
            expected.end();
        } finally {
            if (!here && connection != null) {
                expected.left = exported(connection);
                if (named) {
                    closed(descriptor);
                }
                connection.close(host.nowNs());
            }
            host.leave();
        }
    }

    /**
     * Takes a datagram socket in, and the frames that came before it; otherwise as for a connection.
     *
     * @param localIpv4 that it is bound to, 0 for any
     * @param template whose frames are its
     */
    public void arrive(
            Expectation expected, int descriptor, int localIpv4, SessionTemplate template, DatagramState state)
            throws SocketLayerException {
        host.lock();
        LibraryDatagramSocket socket = null;
        boolean here = false;
        try {
            socket = sockets.openDatagram(descriptor);
            for (Map.Entry<Integer, Integer> option : state.options().entrySet()) {
                socket.setOption(SocketOptionName.of(option.getKey()), option.getValue());
            }
            bind(socket, localIpv4, template);
            socket.arrive(state.datagrams(), state.error());
            arrived(descriptor, template);
            here = true;
            expected.end();
        } finally {
            if (!here && socket != null) {
                closed(descriptor);
            }
            host.leave();
        }
    }

    private static void bind(LibraryDatagramSocket socket, int localIpv4, SessionTemplate template)
            throws SocketLayerException {
        socket.bind(localIpv4, template.localPort());
        if (!template.isWithAny()) {
            socket.connect(template.remoteIpv4(), template.remotePort());
        }
    }

    private void takeOut(SessionTemplate template, FrameHandler consumer) {
        try {
            host.expected().takeOut(template, consumer);
        } catch (SessionException e) {
            throw new IllegalStateException("one session does not fit into a table", e);
        }
    }

    private void arrived(int descriptor, SessionTemplate template) throws SocketLayerException {
        try {
            host.expected().arrived(template);
            templates.put(descriptor, template);
        } catch (SessionException e) {
            throw new SocketLayerException(Errno.EADDRINUSE, String.valueOf(e.getMessage()));
        }
    }

    /** What a connection is that has come halfway; {@code null} when it is over. */
    private @Nullable TcpSessionState exported(TcpSocket connection) {
        try {
            return connection.exportSession(host.nowNs());
        } catch (SocketLayerException e) {
            LOG.debug("a connection that cannot stay is over: {}", e.getMessage());
            return null;
        }
    }

    /**
     * Waits until all has been taken in that the kernel has put into the window, at most a while: what does not come then its peer sends
     * again.
     */
    public void awaitFrames(LongSupplier handedOver, long frames) throws SocketLayerException {
        host.enter();
        try {
            boolean _ = host.awaitFrames(handedOver, frames, FRAMES_LIMIT_NS);
        } finally {
            host.leave();
        }
    }

    /**
     * Takes a connection out of the stack, without a word to its peer; its descriptor is closed here, and calls that wait on it fail
     * with EBADF.
     *
     * @return {@code null} when it is over: then there is nothing to move
     */
    public @Nullable TcpSessionState departStream(int descriptor) throws SocketLayerException {
        host.lock();
        try {
            return sockets.stream(descriptor).exportSession();
        } catch (SocketLayerException e) {
            if (e.errno() == Errno.ENOTCONN) {
                return null;
            }
            throw e;
        } finally {
            closed(descriptor);
            host.leave();
        }
    }

    /** The same for a datagram socket. */
    public DatagramState departDatagrams(int descriptor) throws SocketLayerException {
        host.lock();
        try {
            LibraryDatagramSocket socket = sockets.datagrams(descriptor);
            var options = new HashMap<Integer, Integer>();
            for (SocketOptionName option : DATAGRAM_OPTIONS) {
                options.put(option.number(), socket.option(option));
            }
            Errno error = socket.takeError();
            return new DatagramState(options, takeAll(socket), error);
        } finally {
            closed(descriptor);
            host.leave();
        }
    }

    private static List<ArrivedDatagram> takeAll(LibraryDatagramSocket socket) throws SocketLayerException {
        var datagrams = new ArrayList<ArrivedDatagram>();
        for (ArrivedDatagram next = socket.takeAway(); next != null; next = socket.takeAway()) {
            datagrams.add(next);
        }
        return datagrams;
    }

    private void closed(int descriptor) {
        sockets.close(descriptor);
        SessionTemplate template = templates.remove(descriptor);
        if (template != null) {
            host.expected().left(template);
        }
    }

    /** The station of a neighbour that the stack asked for is known. */
    public void learnNeighbour(int ipv4, long mac) {
        host.lock();
        try {
            if (host.isOpen()) {
                host.stack().learnNeighbour(ipv4, mac, host.nowNs());
            }
        } finally {
            host.leave();
        }
    }

    /** Nobody answers for a neighbour that the stack asked for. */
    public void neighbourUnreachable(int ipv4) {
        host.lock();
        try {
            if (host.isOpen()) {
                host.stack().neighbourUnreachable(ipv4, host.nowNs());
            }
        } finally {
            host.leave();
        }
    }

    /** Tells what came early. */
    public void tellCounters(ObjLongConsumer<String> consumer) {
        host.lock();
        try {
            consumer.accept("SESSIONS", templates.size());
            consumer.accept("SESSIONS_EXPECTED", host.expected().expected());
            consumer.accept("EARLY_FRAMES_KEPT", host.expected().keptFrames());
            consumer.accept("EARLY_FRAMES_DROPPED", host.expected().droppedFrames());
        } finally {
            host.leave();
        }
    }
}
