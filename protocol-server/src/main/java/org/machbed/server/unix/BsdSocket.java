package org.machbed.server.unix;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.ipv4.LocalAddresses;
import org.machbed.netstack.session.SessionTemplate;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.Readiness;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.TcpSessionState;
import org.machbed.netstack.socket.WatchedSocket;
import org.machbed.netstack.state.StateException;

/**
 * One socket (struct socket) over its protocol control block in the stack: what both kinds have. Guarded by {@link Spl#NET}.
 * Every call but {@link #close} and those on readiness fails with EBADF after that.
 */
abstract sealed class BsdSocket implements BsdFile permits BsdDatagramSocket, BsdStreamSocket {
    /** For the sets that it is in (sb_sel). */
    private final WatchedSocket watched = new WatchedSocket(this::readiness);

    /** Its session, while that is in the client. */
    private @Nullable AwaySession away;

    /** Whether its session is here because the server took it from a client that did not give it back. */
    private boolean wasTaken;

    /** What calls fail with since its session, a connection, has ended elsewhere or got lost. */
    private @Nullable Errno ended;

    /** How many descriptors name it, of as many processes. */
    private int descriptors;

    /**
     * Whose frames are its session's.
     *
     * @param local the host's addresses
     * @throws SocketLayerException why the session cannot leave, as {@link org.machbed.proto.bsd.BsdCall#MIGRATE} has it
     */
    abstract SessionTemplate sessionToLeave(LocalAddresses local, long nowNs) throws SocketLayerException;

    /** Takes the session out, as a value; {@link #sessionLeft} follows. */
    abstract byte[] exportSession(long nowNs) throws SocketLayerException;

    /**
     * Puts a session in that {@link #exportSession} took out, here or in a client.
     *
     * @throws SocketLayerException with ENOBUFS when there is no room, and nothing has changed
     * @throws StateException when it is no such session: it is lost then
     */
    abstract void importSession(MemorySegment state, long nowNs) throws SocketLayerException;

    /**
     * The state to go on from when its client has gone.
     *
     * @param recorded what the client has recorded last, if anything
     * @param departed what it was given, if that was kept
     * @return {@code null} when nothing is known
     */
    abstract byte @Nullable [] lastState(@Nullable TcpSessionState recorded, byte @Nullable [] departed);

    /** Gives up a session that is away, without a word to its peer: what still comes is nobody's. */
    abstract void forgetSession(long nowNs);

    /** Whoever sleeps on this socket, or on a set that it is in, looks at it again. */
    abstract void wakeAll();

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

    /** Whether there is no connection, or none any more, so that nothing would sleep. Never so for datagrams. */
    abstract boolean isOver();

    /** Has whoever sleeps on {@link #sendLock} woken when there is room. */
    abstract void wantRoom() throws SocketLayerException;

    /** What whoever waits to receive sleeps on. */
    abstract BufferLock receiveLock();

    /** What whoever waits to send, or for what was sent, sleeps on. */
    abstract BufferLock sendLock();

    final WatchedSocket watched() {
        return watched;
    }

    /** Has the sets that it is in look at it (selwakeup). */
    final void selwakeup() {
        watched.changed();
    }

    final int descriptors() {
        return descriptors;
    }

    final void changeDescriptors(int by) {
        descriptors += by;
    }

    /** Its session where that is in the client, or on its way back; {@code null} while it is here. */
    final @Nullable AwaySession away() {
        return away;
    }

    /**
     * Refuses what needs the session, where that is away.
     *
     * @throws SocketLayerException with ECONNABORTED when the session has got lost, ENOTCONN when it was over in the client
     */
    final void checkHere() throws SocketLayerException {
        if (away != null) {
            throw new SessionMovedException("the session of the socket is in the client");
        }
        checkNotEnded();
    }

    final void checkNotEnded() throws SocketLayerException {
        if (ended != null) {
            throw new SocketLayerException(ended, "the session of the socket has ended in the client");
        }
    }

    /** What it is ready for, bits of {@link Readiness}. */
    final int readiness() {
        return readiness(Readiness.INTERESTS);
    }

    /** The session has moved into the client: whoever sleeps here has to look for it there, and nobody hears here what it is ready for. */
    final void sessionLeft(AwaySession session) {
        away = session;
        wasTaken = false;
        wakeAll();
    }

    /**
     * The session is here again, and is asked.
     *
     * @param taken whether the client did not give it back
     */
    final void sessionReturned(boolean taken) {
        AwaySession was = away;
        if (was != null) {
            was.forgetDeparted();
        }
        away = null;
        wasTaken = taken;
        wakeAll();
    }

    /** The session is nowhere any more: calls fail, and the peer hears a reset when it sends. */
    final void sessionLost(long nowNs) {
        ended = Errno.ECONNABORTED;
        forgetSession(nowNs);
        sessionReturned(true);
    }

    /** The session was over in the client: calls fail from now on where it was a connection. */
    final void sessionOver(long nowNs) {
        if (this instanceof BsdStreamSocket) {
            ended = Errno.ENOTCONN;
            forgetSession(nowNs);
        }
        sessionReturned(false);
    }

    /** What a client is told that believes to have the session, which is not away. */
    final RuntimeException notAway() throws SocketLayerException {
        if (wasTaken) {
            return new SessionMovedException("the server has taken the session back");
        }
        throw new SocketLayerException(Errno.EINVAL, "the session of the socket is in the server");
    }

    private int readiness(int interests) {
        if (away != null) {
            return 0; // Its sets watch it where it is.
        }
        if (ended != null) {
            return Readiness.INTERESTS | Readiness.HUNG_UP;
        }
        if (isOver()) {
            return Readiness.INTERESTS | Readiness.HUNG_UP;
        }
        try {
            boolean writable = isWritable();
            if (!writable && (interests & Readiness.WRITABLE) != 0) {
                wantRoom();
            }
            return (isReadable() ? Readiness.READABLE : 0) | (writable ? Readiness.WRITABLE : 0);
        } catch (SocketLayerException e) {
            // Whoever selects hears of it by the call that it makes then.
            return Readiness.INTERESTS | Readiness.HUNG_UP;
        }
    }
}
