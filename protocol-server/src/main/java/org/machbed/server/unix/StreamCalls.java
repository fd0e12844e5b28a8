package org.machbed.server.unix;

import com.google.protobuf.ByteString;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.mach.MachMessage;
import org.machbed.ipc.mach.PortName;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.TcpSocket;
import org.machbed.proto.bsd.BsdCall;
import org.machbed.server.SocketMessages;

/**
 * The calls of stream sockets: listen, accept, connect, sosend, soreceive, soshutdown, and the protocol's user requests under them
 * (tcp_usrreq.c). Bytes go through mbufs between the protocol's rings and the messages, so that a message is copied, as BSD's user
 * memory is, with no level raised. Any server thread may call.
 */
final class StreamCalls {
    private static final MemorySegment NO_ROOM = MemorySegment.ofArray(new byte[0]);

    private final BsdKernel kernel;
    private final Spl spl;
    private final ProtocolInput input;
    private final FileTable files; // guarded by NET
    private final WaitingCalls waiting; // guarded by NET
    private final LongSupplier clockNs;

    StreamCalls(BsdKernel kernel, ProtocolInput input, FileTable files, WaitingCalls waiting, LongSupplier clockNs) {
        this.kernel = kernel;
        this.spl = kernel.spl();
        this.input = input;
        this.files = files;
        this.waiting = waiting;
        this.clockNs = clockNs;
    }

    /** PRU_CONNECT; called at {@link Spl#NET}. */
    void connect(BsdStreamSocket socket, CallName call, int ipv4, int port, boolean nonBlocking)
            throws SocketLayerException {
        socket.pcb.connect(ipv4, port, clockNs.getAsLong());
        input.deadlineMayHaveChanged();
        awaitConnected(socket, call, nonBlocking);
    }

    /**
     * How the connect that was begun went.
     *
     * @throws SocketLayerException with EINPROGRESS when it is not over and {@code nonBlocking}, or with why it failed
     */
    void finishConnect(CallName call, boolean nonBlocking) throws SocketLayerException {
        int s = spl.splnet();
        try {
            awaitConnected(files.stream(call.socket()), call, nonBlocking);
        } finally {
            spl.splx(s);
        }
    }

    private void awaitConnected(BsdStreamSocket socket, CallName call, boolean nonBlocking)
            throws SocketLayerException {
        while (!isConnected(socket)) {
            if (nonBlocking) {
                throw new SocketLayerException(Errno.EINPROGRESS, "the peer has not answered yet");
            }
            waiting.sleep(call, socket.transition);
        }
    }

    /** A session that has left was connected. */
    private static boolean isConnected(BsdStreamSocket socket) throws SocketLayerException {
        socket.checkNotEnded();
        return socket.away() != null || socket.pcb.finishConnect();
    }

    private BsdStreamSocket here(int descriptor) throws SocketLayerException {
        BsdStreamSocket socket = files.stream(descriptor);
        socket.checkHere();
        return socket;
    }

    /** PRU_LISTEN. */
    void listen(int descriptor, int backlog) throws SocketLayerException {
        int s = spl.splnet();
        try {
            here(descriptor).listen(backlog, clockNs.getAsLong());
        } finally {
            spl.splx(s);
        }
    }

    /**
     * The oldest connection that waits, as a socket of its own (accept).
     *
     * @param nonBlocking fails with EWOULDBLOCK instead of sleeping
     * @param client whose it is; {@link PortName#NULL} for one that tells nothing of itself
     * @throws SocketLayerException with EMFILE too, which leaves the connection where it waits
     */
    int accept(CallName call, boolean nonBlocking, PortName client) throws SocketLayerException {
        int s = spl.splnet();
        try {
            BsdStreamSocket socket = here(call.socket());
            TcpSocket accepted = userRequestAccept(socket.pcb);
            while (accepted == null) {
                refuseToWait(nonBlocking);
                waiting.sleep(call, socket.transition);
                files.recheck(call.socket(), socket);
                accepted = userRequestAccept(socket.pcb);
            }
            input.deadlineMayHaveChanged();
            return files.add(new BsdStreamSocket(kernel, accepted), client);
        } finally {
            spl.splx(s);
        }
    }

    private @Nullable TcpSocket userRequestAccept(TcpSocket pcb) throws SocketLayerException {
        if (pcb.acceptable()) {
            files.checkRoom();
        }
        return pcb.accept(clockNs.getAsLong());
    }

    /**
     * Sends what there is room for (sosend), and sleeps only while there is none.
     *
     * @param urgent whether the last byte taken is urgent (MSG_OOB)
     * @param nonBlocking fails with EWOULDBLOCK instead of sleeping
     * @return bytes taken
     */
    int send(CallName call, ByteString data, boolean urgent, boolean nonBlocking) throws SocketLayerException {
        MemorySegment user = SocketMessages.memory(data);
        int s = spl.splnet();
        try {
            BsdStreamSocket socket = files.stream(call.socket());
            socket.sendBuffer.lock();
            try {
                files.recheck(call.socket(), socket);
                int taken;
                do {
                    awaitRoom(socket, call, user, nonBlocking);
                    taken = userRequestSend(socket.pcb, copyIn(user, s), urgent);
                    // Room without memory for it is none: the protocol tells when there is some.
                } while (taken == 0 && user.byteSize() != 0);
                return taken;
            } finally {
                socket.sendBuffer.unlock();
            }
        } finally {
            spl.splx(s);
        }
    }

    /** Sleeps, with the buffer unlocked, until a byte can be sent; throws what ends the wait instead. */
    private void awaitRoom(BsdStreamSocket socket, CallName call, MemorySegment user, boolean nonBlocking)
            throws SocketLayerException {
        TcpSocket pcb = socket.pcb;
        if (!pcb.finishConnect()) {
            throw new SocketLayerException(Errno.ENOTCONN, "the socket is still connecting");
        }
        while (user.byteSize() != 0 && !pcb.writable()) {
            refuseToWait(nonBlocking);
            pcb.wantRoom();
            awaitChange(socket, socket.sendBuffer, call);
        }
    }

    /** PRU_SEND, or PRU_SENDOOB; the mbuf is freed. */
    private int userRequestSend(TcpSocket pcb, Mbuf top, boolean urgent) throws SocketLayerException {
        try {
            long nowNs = clockNs.getAsLong();
            int taken = urgent
                    ? pcb.sendUrgent(top.memory, top.offset, top.lengthBytes, nowNs)
                    : pcb.send(top.memory, top.offset, top.lengthBytes, nowNs);
            kernel.crossings().copy(taken);
            input.deadlineMayHaveChanged();
            return taken;
        } finally {
            kernel.mbufs().freePacket(top);
        }
    }

    /**
     * Receives what is there (soreceive) into the body of a reply, which is empty at the end of the stream; sleeps only while
     * nothing is there.
     *
     * @param room most bytes that the caller wants
     * @param nonBlocking fails with EWOULDBLOCK instead of sleeping
     */
    MachMessage receive(CallName call, int room, boolean nonBlocking) throws SocketLayerException {
        int s = spl.splnet();
        try {
            BsdStreamSocket socket = files.stream(call.socket());
            socket.receiveBuffer.lock();
            try {
                files.recheck(call.socket(), socket);
                int bytes = awaitData(socket, call, Math.min(room, BsdCall.MAX_STREAM_BYTES), nonBlocking);
                byte[] body =
                        bytes == 0 ? SocketMessages.streamBody(0) : copyOut(userRequestReceive(socket.pcb, bytes), s);
                return SocketMessages.receivedStream(body);
            } finally {
                socket.receiveBuffer.unlock();
            }
        } finally {
            spl.splx(s);
        }
    }

    /**
     * Sleeps, with the buffer unlocked, until a byte can be received; throws what ends the wait instead.
     *
     * @return how many can be received of those that there is room for, 0 at the end of the stream
     */
    private int awaitData(BsdStreamSocket socket, CallName call, int room, boolean nonBlocking)
            throws SocketLayerException {
        TcpSocket pcb = socket.pcb;
        while (pcb.readableBytes() == 0) {
            int status = pcb.receive(NO_ROOM, 0, 0, clockNs.getAsLong());
            if (status == TcpSocket.END_OF_STREAM || room == 0) {
                return 0;
            }
            refuseToWait(nonBlocking);
            awaitChange(socket, socket.receiveBuffer, call);
        }
        return Math.min(room, pcb.readableBytes());
    }

    /** Takes bytes out of the protocol's ring, which may open the window (PRU_RCVD). */
    private Mbuf userRequestReceive(TcpSocket pcb, int bytes) throws SocketLayerException {
        Mbuf data = kernel.mbufs().getRoom(bytes);
        if (data == null) {
            throw MbufPool.exhausted();
        }
        int received = pcb.receive(data.memory, data.offset, bytes, clockNs.getAsLong());
        if (received != bytes) {
            throw new IllegalStateException("of " + bytes + " bytes that can be received there were " + received);
        }
        kernel.crossings().copy(bytes);
        input.deadlineMayHaveChanged();
        return data;
    }

    /** Ends one direction, or both (soshutdown), as {@link BsdCall#SHUTDOWN} names them. */
    void shutdown(int descriptor, int how) throws SocketLayerException {
        if (how < BsdCall.SHUTDOWN_RECEIVING || how > BsdCall.SHUTDOWN_BOTH) {
            throw new SocketLayerException(Errno.EINVAL, how + " is no direction");
        }
        int s = spl.splnet();
        try {
            BsdStreamSocket socket = here(descriptor);
            if (how != BsdCall.SHUTDOWN_SENDING) {
                socket.pcb.shutdownReceiving(clockNs.getAsLong());
            }
            if (how != BsdCall.SHUTDOWN_RECEIVING) {
                socket.pcb.shutdownSending(clockNs.getAsLong());
            }
            input.deadlineMayHaveChanged();
            socket.wakeAll();
        } finally {
            spl.splx(s);
        }
    }

    /** The peer's address, packed as a {@link org.machbed.netstack.socket.DatagramHeader} of length 0; 0 for none. */
    long remoteAddress(int descriptor) throws SocketLayerException {
        int s = spl.splnet();
        try {
            BsdStreamSocket socket = files.stream(descriptor);
            socket.checkNotEnded();
            return socket.pcb.remoteAddress();
        } finally {
            spl.splx(s);
        }
    }

    private static void refuseToWait(boolean nonBlocking) throws SocketLayerException {
        if (nonBlocking) {
            throw new SocketLayerException(Errno.EWOULDBLOCK, "the call would wait");
        }
    }

    /** sbwait: the lock is left to others meanwhile, and had again however the wait ends. */
    private void awaitChange(BsdStreamSocket socket, BufferLock buffer, CallName call) throws SocketLayerException {
        buffer.unlock();
        try {
            buffer.await(waiting, call);
        } finally {
            buffer.lock();
        }
        files.recheck(call.socket(), socket);
    }

    /** The uiomove of sosend: into an mbuf, at the caller's own level; comes back at {@link Spl#NET}. */
    private Mbuf copyIn(MemorySegment user, int level) throws SocketLayerException {
        spl.splx(level);
        try {
            int bytes = (int) user.byteSize();
            Mbuf top = kernel.mbufs().getCopy(user, 0, bytes);
            if (top == null) {
                throw MbufPool.exhausted();
            }
            kernel.crossings().copy(bytes);
            return top;
        } finally {
            spl.splnet();
        }
    }

    /** The uiomove of soreceive: out of an mbuf, which is freed, at the caller's own level; comes back at {@link Spl#NET}. */
    private byte[] copyOut(Mbuf data, int level) {
        spl.splx(level);
        try {
            int bytes = data.lengthBytes;
            byte[] body = SocketMessages.streamBody(bytes);
            MemorySegment.copy(data.memory, ValueLayout.JAVA_BYTE, data.offset, body, body.length - bytes, bytes);
            kernel.crossings().copy(bytes);
            return body;
        } finally {
            spl.splnet();
            kernel.mbufs().free(data);
        }
    }
}
