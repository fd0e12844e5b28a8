package org.machbed.client.session;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.machbed.client.binding.SessionMovedException;
import org.machbed.client.binding.SessionMoves;
import org.machbed.client.library.ArrivedDatagram;
import org.machbed.client.library.LibrarySessions;
import org.machbed.client.library.LibrarySessions.DatagramState;
import org.machbed.ipc.mach.PortName;
import org.machbed.netstack.session.SessionTemplate;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.TcpSessionState;
import org.machbed.netstack.state.StateException;
import org.machbed.proto.bsd.DatagramSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the server for sessions and takes them into the library; what cannot be taken in goes back, with what has come of it here. Who
 * calls has the socket's lock.
 */
final class SessionIntake {
    private static final Logger LOG = LoggerFactory.getLogger(SessionIntake.class);

    private final SessionMoves server;
    private final LibrarySessions library;
    private final LongSupplier framesTaken;
    private final SessionRecording records;
    private final int ownIpv4;
    private final MigrationTimes times;

    /** @param framesTaken frames that the window of this process has handed over, ever */
    SessionIntake(
            SessionMoves server,
            LibrarySessions library,
            LongSupplier framesTaken,
            SessionRecording records,
            int ownIpv4,
            MigrationTimes times) {
        this.server = server;
        this.library = library;
        this.framesTaken = framesTaken;
        this.records = records;
        this.ownIpv4 = ownIpv4;
        this.times = times;
    }

    /** {@code null} when it stays in the server. */
    SessionMoves.@Nullable Session ask(SessionSocket socket, PortName window) {
        try {
            return server.migrate(socket.descriptor(), window, reserve(socket));
        } catch (SocketLayerException | SessionMovedException e) {
            LOG.debug("the session of descriptor {} stays in the server: {}", socket.descriptor(), e.getMessage());
            times.refuse();
            socket.stays(true);
            boolean maybeLeft = e instanceof SessionMovedException
                    || (e instanceof SocketLayerException failure && failure.errno() == Errno.EIO);
            if (!maybeLeft || isBack(socket)) {
                release(socket);
            }
            return null;
        }
    }

    /**
     * Takes a session in that has left the server.
     *
     * @return {@code false} when it went back
     */
    boolean takeIn(SessionSocket socket, LibrarySessions.Expectation expected, SessionMoves.Session session) {
        return session.isStream()
                ? takeInStream(socket, expected, session.state())
                : takeInDatagrams(socket, expected, session.state());
    }

    private boolean takeInStream(SessionSocket socket, LibrarySessions.Expectation expected, byte[] encoded) {
        TcpSessionState state = null;
        try {
            MemorySegment memory = MemorySegment.ofArray(encoded);
            state = TcpSessionState.decode(memory, 0, memory.byteSize());
            library.arrive(expected, socket.descriptor(), state, records);
            return true;
        } catch (SocketLayerException | StateException e) {
            failed(socket, e);
            if (state == null) {
                leaveToServer(socket);
                return false;
            }
            SessionTemplate template = state.template();
            TcpSessionState left = expected.left();
            byte[] now = left == null ? encoded : encode(left);
            handBack(socket, () -> {
                expected.dropFrames(template);
                return now;
            });
            return false;
        }
    }

    private boolean takeInDatagrams(SessionSocket socket, LibrarySessions.Expectation expected, byte[] encoded) {
        DatagramSession session;
        SessionTemplate template;
        DatagramState state;
        try {
            session = DatagramSessions.parse(encoded);
            template = DatagramSessions.template(session, ownIpv4);
            state = DatagramSessions.state(session);
        } catch (SocketLayerException | IllegalArgumentException e) {
            failed(socket, e);
            leaveToServer(socket);
            return false;
        }
        try {
            library.arrive(expected, socket.descriptor(), session.getLocalIpv4(), template, state);
            socket.addresses(DatagramSessions.addresses(session));
            return true;
        } catch (SocketLayerException e) {
            failed(socket, e);
            handBack(socket, () -> withEarly(session, state, expected, template));
            return false;
        }
    }

    /** What a datagram socket was when it left, and what has come here since. */
    private static byte[] withEarly(
            DatagramSession session,
            DatagramState state,
            LibrarySessions.Expectation expected,
            SessionTemplate template)
            throws SocketLayerException {
        List<ArrivedDatagram> all = new ArrayList<>(state.datagrams());
        all.addAll(expected.takeDatagrams(session.getLocalIpv4(), template));
        return DatagramSessions.encode(
                DatagramSessions.addresses(session), new DatagramState(state.options(), all, state.error()));
    }

    private void failed(SessionSocket socket, Exception e) {
        LOG.warn("the session of descriptor {} goes back to the server: {}", socket.descriptor(), e.getMessage());
        times.fail();
        socket.stays(true);
    }

    /** Nobody here knows what it is. Its frames are nobody's once the kernel has switched, and nothing leaves here for them. */
    void leaveToServer(SessionSocket socket) {
        if (isBack(socket)) {
            release(socket);
        }
    }

    /** What a session is, asked once all of its frames are here. */
    @FunctionalInterface
    private interface LastState {
        byte[] get() throws SocketLayerException;
    }

    /** A session that could not be taken in goes back. Its frames are kept until none come here any more. */
    private void handBack(SessionSocket socket, LastState state) {
        try {
            awaitFrames(socket, server.recall(socket.descriptor()));
            server.giveBack(socket.descriptor(), state.get(), false);
            release(socket);
        } catch (SessionMovedException e) {
            times.take();
            release(socket);
        } catch (SocketLayerException e) {
            LOG.warn("descriptor {}, whose session could not be taken in: {}", socket.descriptor(), e.getMessage());
            leaveToServer(socket);
        }
    }

    /** Takes in what the kernel has put into the window, at most a while. */
    void awaitFrames(SessionSocket socket, long frames) {
        try {
            library.awaitFrames(framesTaken, frames);
        } catch (SocketLayerException e) {
            LOG.debug("frames of descriptor {} are left to its peer: {}", socket.descriptor(), e.getMessage());
        }
    }

    /** Has the server go on with a session that nobody here can give back; answers whether it does. */
    boolean isBack(SessionSocket socket) {
        try {
            server.takeBack(socket.descriptor());
            return true;
        } catch (SessionMovedException e) {
            return true;
        } catch (SocketLayerException e) {
            if (e.errno() == Errno.EINVAL || e.errno() == Errno.EBADF) {
                return true; // It is there, or over and closed.
            }
            LOG.warn("the session of descriptor {} is the server's to find: {}", socket.descriptor(), e.getMessage());
            return false;
        }
    }

    private int reserve(SessionSocket socket) throws SocketLayerException {
        return library.locked(() -> records.reserve(socket.descriptor()));
    }

    /** Nobody needs the record of a session any more. */
    void release(SessionSocket socket) {
        library.locked(() -> records.release(socket.descriptor()));
    }

    static byte[] encode(TcpSessionState state) {
        byte[] encoded = new byte[state.encodedBytes()];
        state.encode(MemorySegment.ofArray(encoded), 0);
        return encoded;
    }
}
