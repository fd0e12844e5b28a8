package org.machbed.server.unix;

import com.google.protobuf.ByteString;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.mach.MachMessage;
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.server.SocketMessages;

/** Sending and receiving of datagram sockets: sosend, soreceive, udp_usrreq. Any server thread may call. */
final class DatagramCalls {
    private final BsdKernel kernel;
    private final Spl spl;
    private final ProtocolInput input;
    private final FileTable files; // guarded by NET
    private final WaitingCalls waiting; // guarded by NET
    private final LongSupplier clockNs;

    DatagramCalls(BsdKernel kernel, ProtocolInput input, FileTable files, WaitingCalls waiting, LongSupplier clockNs) {
        this.kernel = kernel;
        this.spl = kernel.spl();
        this.input = input;
        this.files = files;
        this.waiting = waiting;
        this.clockNs = clockNs;
    }

    /** Sends one datagram (sendit, sosend), to the connected peer when address and port are 0. */
    int sendTo(int descriptor, ByteString data, int ipv4, int port) throws SocketLayerException {
        Mbuf name = ipv4 == 0 && port == 0 ? null : sockArgs(ipv4, port);
        try {
            return soSend(descriptor, data, name);
        } finally {
            kernel.mbufs().freePacket(name);
        }
    }

    private Mbuf sockArgs(int ipv4, int port) throws SocketLayerException {
        Mbuf name = kernel.mbufs().some();
        name.ipv4 = ipv4;
        name.port = port;
        return name;
    }

    private int soSend(int descriptor, ByteString data, @Nullable Mbuf name) throws SocketLayerException {
        int s = spl.splnet();
        BsdDatagramSocket socket;
        try {
            socket = files.datagram(descriptor);
            socket.sendBuffer.lock();
            try {
                files.recheck(descriptor, socket);
                socket.checkError();
            } catch (SocketLayerException | SessionMovedException e) {
                socket.sendBuffer.unlock();
                throw e;
            }
        } finally {
            spl.splx(s);
        }
        MemorySegment user = SocketMessages.memory(data);
        Mbuf top = kernel.mbufs().getCopy(user, 0, data.size());
        s = spl.splnet();
        try {
            if (top == null) {
                throw MbufPool.exhausted();
            }
            kernel.crossings().copy(data.size());
            return userRequestSend(socket, top, name);
        } finally {
            kernel.mbufs().freePacket(top);
            socket.sendBuffer.unlock();
            spl.splx(s);
        }
    }

    /** PRU_SEND; with a name, "must block input while temporarily connected". */
    private int userRequestSend(BsdDatagramSocket socket, Mbuf top, @Nullable Mbuf name) throws SocketLayerException {
        int s = name == null ? spl.current() : spl.splnet();
        try {
            int ipv4 = name == null ? 0 : name.ipv4;
            int port = name == null ? 0 : name.port;
            int sent = socket.pcb.send(top.memory, top.offset, top.lengthBytes, ipv4, port, clockNs.getAsLong());
            kernel.crossings().copy(top.lengthBytes);
            input.deadlineMayHaveChanged();
            return sent;
        } finally {
            spl.splx(s);
        }
    }

    /**
     * Receives one datagram (recvit, soreceive) into the body of a reply.
     *
     * @param room longest datagram that the caller wants; the rest is discarded
     * @param nonBlocking fails with EWOULDBLOCK instead of sleeping
     */
    MachMessage receiveFrom(CallName call, int room, boolean nonBlocking) throws SocketLayerException {
        int s = spl.splnet();
        try {
            BsdDatagramSocket socket = files.datagram(call.socket());
            SocketBuffer buffer = socket.receiveBuffer;
            lockHere(socket, call);
            while (buffer.isEmpty()) {
                waitForData(socket, call, nonBlocking);
                spl.splx(s);
                s = spl.splnet();
                lockHere(socket, call);
            }
            Mbuf name = buffer.remove();
            Mbuf data = name == null ? null : name.next;
            if (name == null || data == null) {
                throw new IllegalStateException("a record of a socket buffer has no name or no data");
            }
            long header = DatagramHeader.pack(name.ipv4, name.port, data.lengthBytes);
            int copiedBytes = Math.min(data.lengthBytes, room);
            spl.splx(s);
            byte[] body = SocketMessages.datagramBody(header, copiedBytes);
            uioMove(data, body, copiedBytes);
            s = spl.splnet();
            kernel.mbufs().free(data);
            buffer.unlock();
            name.next = null;
            kernel.mbufs().free(name);
            return SocketMessages.received(body);
        } finally {
            spl.splx(s);
        }
    }

    /** Locks the receive buffer of a socket that the descriptor still names and whose session is here. */
    private void lockHere(BsdDatagramSocket socket, CallName call) throws SocketLayerException {
        socket.receiveBuffer.lock();
        try {
            files.recheck(call.socket(), socket);
        } catch (SocketLayerException | SessionMovedException e) {
            socket.receiveBuffer.unlock();
            throw e;
        }
    }

    private void uioMove(Mbuf data, byte[] body, int copiedBytes) {
        MemorySegment.copy(
                data.memory, ValueLayout.JAVA_BYTE, data.offset, body, body.length - copiedBytes, copiedBytes);
        kernel.crossings().copy(copiedBytes);
    }

    /** Unlocks the empty buffer and sleeps until that may have changed; throws what ends the wait instead. */
    private void waitForData(BsdDatagramSocket socket, CallName call, boolean nonBlocking) throws SocketLayerException {
        SocketBuffer buffer = socket.receiveBuffer;
        buffer.unlock();
        socket.checkError();
        if (nonBlocking) {
            throw new SocketLayerException(Errno.EWOULDBLOCK, "nothing has arrived");
        }
        buffer.await(waiting, call);
        socket.checkError();
    }
}
