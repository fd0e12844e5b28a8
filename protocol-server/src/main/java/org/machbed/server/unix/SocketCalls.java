package org.machbed.server.unix;

import com.google.protobuf.ByteString;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.descriptor.DescriptorTable;
import org.machbed.ipc.mach.MachMessage;
import org.machbed.netstack.NetworkStack;
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.UdpSockets;
import org.machbed.server.SocketMessages;
import org.machbed.server.WatchedCount;

/**
 * BSD's socket layer (uipc_syscalls.c, uipc_socket.c, udp_usrreq.c) at user level. Any server thread may call; each call raises
 * and lowers the level where BSD does. Sockets are named by descriptors.
 */
final class SocketCalls {
    private final BsdKernel kernel;
    private final Spl spl;
    private final ProtocolInput input;
    private final NetworkStack stack;
    private final LongSupplier clockNs;
    private final int maxSleepers;
    private final DescriptorTable<BsdSocket> files = new DescriptorTable<>(UdpSockets.CAPACITY); // guarded by NET
    private final WatchedCount sleepers = new WatchedCount(); // changed at NET
    private volatile int openSockets; // written at NET, read by whoever watches

    /** @param maxSleepers receives that may wait at a time; each has a server thread to itself */
    SocketCalls(BsdKernel kernel, ProtocolInput input, NetworkStack stack, LongSupplier clockNs, int maxSleepers) {
        this.kernel = kernel;
        this.spl = kernel.spl();
        this.input = input;
        this.stack = stack;
        this.clockNs = clockNs;
        this.maxSleepers = maxSleepers;
    }

    int socket() throws SocketLayerException {
        int s = spl.splnet();
        try {
            BsdSocket socket = new BsdSocket(kernel, input, stack.udp().open());
            int descriptor = files.add(socket);
            if (descriptor == DescriptorTable.NONE) {
                socket.close();
                throw new SocketLayerException(Errno.EMFILE, "all " + UdpSockets.CAPACITY + " sockets are open");
            }
            openSockets = files.size();
            return descriptor;
        } finally {
            spl.splx(s);
        }
    }

    void bind(int descriptor, int ipv4, int port) throws SocketLayerException {
        int s = spl.splnet();
        try {
            file(descriptor).pcb.bind(ipv4, port);
        } finally {
            spl.splx(s);
        }
    }

    /** Connects; address and port 0 dissolve the association. */
    void connect(int descriptor, int ipv4, int port) throws SocketLayerException {
        int s = spl.splnet();
        try {
            if (ipv4 == 0 && port == 0) {
                file(descriptor).pcb.disconnect();
            } else {
                file(descriptor).pcb.connect(ipv4, port);
            }
        } finally {
            spl.splx(s);
        }
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
        Mbuf name = kernel.mbufs().get();
        if (name == null) {
            throw noMbufs();
        }
        name.ipv4 = ipv4;
        name.port = port;
        return name;
    }

    private int soSend(int descriptor, ByteString data, @Nullable Mbuf name) throws SocketLayerException {
        int s = spl.splnet();
        BsdSocket socket;
        try {
            socket = file(descriptor);
            socket.sendBuffer.lock();
            try {
                socket.checkError();
            } catch (SocketLayerException e) {
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
                throw noMbufs();
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
    private int userRequestSend(BsdSocket socket, Mbuf top, @Nullable Mbuf name) throws SocketLayerException {
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
    MachMessage receiveFrom(int descriptor, int room, boolean nonBlocking) throws SocketLayerException {
        int s = spl.splnet();
        try {
            BsdSocket socket = file(descriptor);
            SocketBuffer buffer = socket.receiveBuffer;
            buffer.lock();
            while (buffer.isEmpty()) {
                waitForData(socket, nonBlocking);
                spl.splx(s);
                s = spl.splnet();
                buffer.lock();
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

    private void uioMove(Mbuf data, byte[] body, int copiedBytes) {
        MemorySegment.copy(
                data.memory, ValueLayout.JAVA_BYTE, data.offset, body, body.length - copiedBytes, copiedBytes);
        kernel.crossings().copy(copiedBytes);
    }

    /** Unlocks the empty buffer and sleeps until that may have changed; throws what ends the wait instead. */
    private void waitForData(BsdSocket socket, boolean nonBlocking) throws SocketLayerException {
        SocketBuffer buffer = socket.receiveBuffer;
        buffer.unlock();
        socket.checkError();
        if (nonBlocking) {
            throw new SocketLayerException(Errno.EWOULDBLOCK, "nothing has arrived");
        }
        if (sleepers.now() == maxSleepers) {
            throw new SocketLayerException(Errno.ENOBUFS, maxSleepers + " receives wait already");
        }
        sleepers.change(1);
        buffer.await();
        sleepers.change(-1);
        socket.checkError();
    }

    long localAddress(int descriptor) throws SocketLayerException {
        int s = spl.splnet();
        try {
            return file(descriptor).pcb.localAddress();
        } finally {
            spl.splx(s);
        }
    }

    int option(int descriptor, int option) throws SocketLayerException {
        int s = spl.splnet();
        try {
            return file(descriptor).pcb.option(SocketOptionName.of(option));
        } finally {
            spl.splx(s);
        }
    }

    void setOption(int descriptor, int option, int value) throws SocketLayerException {
        int s = spl.splnet();
        try {
            file(descriptor).setOption(SocketOptionName.of(option), value);
        } finally {
            spl.splx(s);
        }
    }

    void close(int descriptor) throws SocketLayerException {
        int s = spl.splnet();
        try {
            file(descriptor).close();
            files.remove(descriptor);
            openSockets = files.size();
        } finally {
            spl.splx(s);
        }
    }

    /** Closes every socket. */
    void closeAll() {
        int s = spl.splnet();
        try {
            for (int descriptor : files.all()) {
                BsdSocket socket = files.remove(descriptor);
                if (socket != null) {
                    socket.close();
                }
            }
            openSockets = files.size();
        } finally {
            spl.splx(s);
        }
    }

    /** Receives that wait now; watching raises no level, so that it changes no counts. */
    int sleepers() {
        return sleepers.now();
    }

    /** Sockets that are open now. */
    int openSockets() {
        return openSockets;
    }

    private BsdSocket file(int descriptor) throws SocketLayerException {
        BsdSocket socket = files.get(descriptor);
        if (socket == null) {
            throw new SocketLayerException(Errno.EBADF, "no socket " + descriptor);
        }
        return socket;
    }

    private static SocketLayerException noMbufs() {
        return new SocketLayerException(Errno.ENOBUFS, "all mbufs are in use");
    }
}
