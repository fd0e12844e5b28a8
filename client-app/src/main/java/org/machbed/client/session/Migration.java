package org.machbed.client.session;

import java.util.Map;
import java.util.function.LongSupplier;
import org.machbed.client.binding.SessionMovedException;
import org.machbed.client.binding.SessionMoves;
import org.machbed.client.library.LibrarySessions;
import org.machbed.ipc.mach.PortName;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.TcpSessionState;
import org.machbed.proto.bsd.DatagramSession;

/** Moves sessions between the server and the library (maeda93 section 3). Any thread may call. */
final class Migration {
    private static final byte[] OVER = {};

    private final SessionMoves server;
    private final LibrarySessions library;
    private final PortName window;
    private final SessionRecording records;
    private final SessionIntake intake;
    private final MigrationTimes times = new MigrationTimes();

    /**
     * @param window of this process
     * @param framesTaken frames that it has handed over, ever
     * @param records of the connections
     */
    Migration(
            SessionMoves server,
            LibrarySessions library,
            PortName window,
            LongSupplier framesTaken,
            SessionRecording records,
            int ownIpv4) {
        this.server = server;
        this.library = library;
        this.window = window;
        this.records = records;
        intake = new SessionIntake(server, library, framesTaken, records, ownIpv4, times);
    }

    MigrationTimes times() {
        return times;
    }

    /** Moves a session into the library, unless it is there, may not move, or the server keeps it: then it goes on in the server. */
    void toLibrary(SessionSocket socket) throws SocketLayerException {
        socket.moving().lock();
        try {
            if (socket.isInLibrary() || socket.stays() || socket.isClosed()) {
                return;
            }
            try (LibrarySessions.Expectation expected = library.expect()) {
                long startNs = System.nanoTime();
                SessionMoves.Session session = intake.ask(socket, window);
                if (session != null && intake.takeIn(socket, expected, session)) {
                    times.arrived(System.nanoTime() - startNs);
                    socket.moved();
                }
            }
            if (socket.isInLibrary()) {
                watchIn(socket, true);
            }
        } finally {
            socket.moving().unlock();
        }
    }

    /** Moves a session back into the server, where it is in the library. */
    void toServer(SessionSocket socket) throws SocketLayerException {
        socket.moving().lock();
        try {
            if (!socket.isInLibrary()) {
                return;
            }
            try {
                boolean _ = giveBack(socket, false);
            } finally {
                if (!socket.isInLibrary()) {
                    watchIn(socket, false);
                }
            }
        } finally {
            socket.moving().unlock();
        }
    }

    /** Closes a socket in the server. */
    @FunctionalInterface
    interface Closing {
        void close() throws SocketLayerException;
    }

    /**
     * Closes a socket: the server gets a session that is in the library, to bring what was sent to its peer.
     *
     * @param inServer for what has not been closed with its return
     */
    void close(SessionSocket socket, Closing inServer) throws SocketLayerException {
        boolean gone = false;
        try {
            gone = giveBackToClose(socket);
        } finally {
            if (!gone) {
                closeInServer(socket, inServer);
            }
        }
    }

    private boolean giveBackToClose(SessionSocket socket) throws SocketLayerException {
        socket.moving().lock();
        try {
            for (SessionSet set : socket.watchers().keySet()) {
                set.forget(socket);
            }
            socket.watchers().clear();
            socket.close();
            return socket.isInLibrary() && giveBack(socket, true);
        } finally {
            socket.moving().unlock();
        }
    }

    private void closeInServer(SessionSocket socket, Closing inServer) throws SocketLayerException {
        try {
            inServer.close();
        } finally {
            socket.moving().lock();
            try {
                // It could not be recalled: the server has it from its record by now.
                if (socket.isInLibrary()) {
                    forget(socket);
                }
            } finally {
                socket.moving().unlock();
            }
        }
    }

    /** What the library has of a session is no longer true. */
    private void forget(SessionSocket socket) throws SocketLayerException {
        try {
            byte[] _ = depart(socket);
        } finally {
            intake.release(socket);
            socket.moved();
        }
    }

    /**
     * Answers whether the server has it from us. Its record stays until the server has it.
     *
     * @throws SocketLayerException when the server cannot be asked for it, or has it from the record; in the first case it is here
     */
    private boolean giveBack(SessionSocket socket, boolean close) throws SocketLayerException {
        long frames;
        try {
            frames = server.recall(socket.descriptor());
        } catch (SessionMovedException e) {
            times.take();
            forget(socket);
            return false;
        }
        intake.awaitFrames(socket, frames);
        try {
            byte[] state = depart(socket);
            socket.moved();
            server.giveBack(socket.descriptor(), state, close);
            if (state.length == 0) {
                times.end();
            } else {
                times.giveBack();
            }
            intake.release(socket);
            return true;
        } catch (SessionMovedException e) {
            times.take();
            intake.release(socket);
            return false;
        } catch (SocketLayerException e) {
            if (socket.isInLibrary()) {
                socket.moved();
            }
            intake.leaveToServer(socket);
            throw e;
        }
    }

    private byte[] depart(SessionSocket socket) throws SocketLayerException {
        if (!socket.isStream()) {
            DatagramSession addresses = socket.addresses();
            if (addresses == null) {
                throw new SocketLayerException(Errno.EIO, "a datagram socket without addresses");
            }
            return DatagramSessions.encode(addresses, library.departDatagrams(socket.descriptor()));
        }
        TcpSessionState state = library.departStream(socket.descriptor());
        if (state == null) {
            return OVER;
        }
        return SessionIntake.encode(state);
    }

    /** The server may have taken a session back: then what the library has of it is no longer true, and goes. */
    void dropIfTaken(SessionSocket socket) throws SocketLayerException {
        if (!records.isTaken(socket.descriptor())) {
            return;
        }
        socket.moving().lock();
        try {
            if (socket.isInLibrary() && !socket.isClosed() && records.isTaken(socket.descriptor())) {
                drop(socket);
            }
        } finally {
            socket.moving().unlock();
        }
    }

    /** Whether a session is in the library no longer, where a call has found it. */
    boolean hasLeft(SessionSocket socket, int place) throws SocketLayerException {
        if (!SessionSocket.isInLibrary(place)) {
            return false;
        }
        dropIfTaken(socket);
        return socket.hasMovedSince(place);
    }

    private void drop(SessionSocket socket) throws SocketLayerException {
        // Once this is answered the server has read the text, and its memory may be used again.
        boolean back = intake.isBack(socket);
        times.take();
        try {
            byte[] _ = depart(socket);
        } finally {
            if (back) {
                intake.release(socket);
            }
            socket.moved();
            socket.stays(true);
        }
        watchIn(socket, false);
    }

    /**
     * The server does not have the session of a socket that is in no library here: has it find it.
     *
     * @throws SocketLayerException with EIO when it cannot, or EBADF once the socket is closed
     */
    void find(SessionSocket socket, int place) throws SocketLayerException {
        socket.moving().lock();
        try {
            if (socket.isClosed()) {
                throw new SocketLayerException(Errno.EBADF, "the socket was closed");
            }
            if (socket.place() == place && !intake.isBack(socket)) {
                throw new SocketLayerException(Errno.EIO, "the session of the socket is in nobody's hands");
            }
        } finally {
            socket.moving().unlock();
        }
    }

    /** Its sets watch it where it is now. */
    private static void watchIn(SessionSocket socket, boolean inLibrary) throws SocketLayerException {
        for (Map.Entry<SessionSet, Integer> watcher : socket.watchers().entrySet()) {
            SessionSet set = watcher.getKey();
            if (inLibrary) {
                set.watchInServer(socket, 0);
                set.watchInLibrary(socket, watcher.getValue());
            } else {
                set.watchInServer(socket, watcher.getValue());
            }
        }
    }
}
