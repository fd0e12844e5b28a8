package org.machbed.client.binding;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.machbed.ipc.process.Crossings;
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.socket.DatagramSocketLayer;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.ReadinessSet;
import org.machbed.netstack.socket.ReadinessSetLayer;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.StreamSocketLayer;
import org.machbed.proto.trap.TrapNumber;

/**
 * Sockets in the kernel, reached by system calls as in Mach 2.5: one trap a call, data copied in and out through the call's
 * data area. No garbage per call. A call that waits occupies a slot of the gate, not a thread of the kernel; closing its socket
 * ends it. Where so many calls wait that the kernel keeps no more slots with data, a call waits in a bare slot and is then made
 * again: two traps more.
 */
public final class TrapSocketLayer implements DatagramSocketLayer, StreamSocketLayer, ReadinessSetLayer {
    private static final int NOT_TO_WAIT = 1;

    private final SocketTrapCaller kernel;

    private TrapSocketLayer(SocketTrapCaller kernel) {
        this.kernel = kernel;
    }

    /**
     * Enters the kernel behind a gate.
     *
     * @param crossings where traps, and copies through their data areas, are counted
     */
    public static TrapSocketLayer open(Path gatePath, Crossings crossings) throws IOException {
        return new TrapSocketLayer(SocketTrapCaller.open(gatePath, crossings));
    }

    @Override
    public int socket() throws SocketLayerException {
        return (int) kernel.call(TrapNumber.SOCKET, 0, 0, 0);
    }

    @Override
    public int streamSocket() throws SocketLayerException {
        return (int) kernel.call(TrapNumber.STREAM_SOCKET, 0, 0, 0);
    }

    @Override
    public void bind(int socket, int ipv4, int port) throws SocketLayerException {
        kernel.call(TrapNumber.BIND, socket, ipv4, port);
    }

    @Override
    public void connect(int socket, int ipv4, int port) throws SocketLayerException {
        kernel.call(TrapNumber.CONNECT, socket, ipv4, port);
    }

    @Override
    public void disconnect(int socket) throws SocketLayerException {
        kernel.call(TrapNumber.CONNECT, socket, 0, 0);
    }

    @Override
    public int send(int socket, ByteBuffer source, int ipv4, int port) throws SocketLayerException {
        int bytes = source.remaining();
        if (bytes > kernel.dataBytes()) {
            throw new SocketLayerException(Errno.EMSGSIZE, bytes + " bytes are more than a trap carries");
        }
        return (int) kernel.callIn(TrapNumber.SEND_TO, source, bytes, socket, ipv4, port, bytes);
    }

    @Override
    public long receive(int socket, ByteBuffer target, boolean wait) throws SocketLayerException {
        int room = Math.min(target.remaining(), kernel.dataBytes());
        while (true) {
            long header = kernel.callOut(
                    TrapNumber.RECEIVE_FROM, target, room, socket, wait ? 0 : NOT_TO_WAIT, DatagramHeader::lengthBytes);
            if (header != SocketTrapCaller.WOULD_BLOCK) {
                return header;
            }
            if (!wait) {
                return DatagramHeader.NONE;
            }
            kernel.await(socket, TrapNumber.READABLE);
        }
    }

    @Override
    public boolean connectStream(int socket, int ipv4, int port, boolean wait) throws SocketLayerException {
        kernel.call(TrapNumber.CONNECT, socket, ipv4, port);
        return finishConnect(socket, wait);
    }

    @Override
    public boolean finishConnect(int socket, boolean wait) throws SocketLayerException {
        if (!wait) {
            return kernel.call(TrapNumber.FINISH_CONNECT, socket, NOT_TO_WAIT, 0) == 1;
        }
        while (kernel.callWaiting(TrapNumber.FINISH_CONNECT, socket, 0) != 1) {
            kernel.await(socket, TrapNumber.WRITABLE);
        }
        return true;
    }

    @Override
    public void listen(int socket, int backlog) throws SocketLayerException {
        kernel.call(TrapNumber.LISTEN, socket, backlog, 0);
    }

    @Override
    public int accept(int socket, boolean wait) throws SocketLayerException {
        while (true) {
            long accepted = kernel.callWaiting(TrapNumber.ACCEPT, socket, wait ? 0 : NOT_TO_WAIT);
            if (accepted != SocketTrapCaller.WOULD_BLOCK) {
                return (int) accepted;
            }
            if (!wait) {
                return NONE;
            }
            kernel.await(socket, TrapNumber.READABLE);
        }
    }

    /** At most what a slot carries. */
    @Override
    public int sendStream(int socket, ByteBuffer source, boolean wait) throws SocketLayerException {
        int bytes = Math.min(source.remaining(), kernel.dataBytes());
        if (bytes == 0) {
            return 0;
        }
        while (true) {
            long taken = kernel.callIn(TrapNumber.SEND, source, bytes, socket, bytes, wait ? 0 : NOT_TO_WAIT, 0);
            if (taken != SocketTrapCaller.WOULD_BLOCK) {
                return (int) taken;
            }
            if (!wait) {
                return 0;
            }
            kernel.await(socket, TrapNumber.WRITABLE);
        }
    }

    @Override
    public boolean sendUrgent(int socket, byte value) throws SocketLayerException {
        return kernel.call(TrapNumber.SEND_URGENT, socket, value, 0) == 1;
    }

    /** At most what a slot carries. */
    @Override
    public int receiveStream(int socket, ByteBuffer target, boolean wait) throws SocketLayerException {
        int room = Math.min(target.remaining(), kernel.dataBytes());
        if (room == 0) {
            return 0;
        }
        while (true) {
            long received = kernel.callOut(
                    TrapNumber.RECEIVE, target, room, socket, wait ? 0 : NOT_TO_WAIT, result -> (int) result);
            if (received != SocketTrapCaller.WOULD_BLOCK) {
                return received == 0 ? END_OF_STREAM : (int) received;
            }
            if (!wait) {
                return 0;
            }
            kernel.await(socket, TrapNumber.READABLE);
        }
    }

    @Override
    public boolean await(int socket, Condition condition, long limitNs) throws SocketLayerException {
        int interest = switch (condition) {
            case READABLE -> TrapNumber.READABLE;
            case WRITABLE -> TrapNumber.WRITABLE;
            case DRAINED -> TrapNumber.DRAINED;
        };
        return kernel.await(socket, interest, limitNs);
    }

    @Override
    public void shutdownSending(int socket) throws SocketLayerException {
        kernel.call(TrapNumber.SHUTDOWN, socket, TrapNumber.SHUT_SENDING, 0);
    }

    @Override
    public void shutdownReceiving(int socket) throws SocketLayerException {
        kernel.call(TrapNumber.SHUTDOWN, socket, TrapNumber.SHUT_RECEIVING, 0);
    }

    @Override
    public long localAddress(int socket) throws SocketLayerException {
        return kernel.call(TrapNumber.LOCAL_ADDRESS, socket, 0, 0);
    }

    @Override
    public long remoteAddress(int socket) throws SocketLayerException {
        return kernel.call(TrapNumber.REMOTE_ADDRESS, socket, 0, 0);
    }

    @Override
    public int option(int socket, SocketOptionName name) throws SocketLayerException {
        return (int) kernel.call(TrapNumber.GET_OPTION, socket, name.number(), 0);
    }

    @Override
    public void setOption(int socket, SocketOptionName name, int value) throws SocketLayerException {
        kernel.call(TrapNumber.SET_OPTION, socket, name.number(), value);
    }

    @Override
    public void close(int socket) throws SocketLayerException {
        closeOnce(TrapNumber.CLOSE, socket);
    }

    private void closeOnce(int number, int descriptor) throws SocketLayerException {
        try {
            kernel.call(number, descriptor, 0, 0);
        } catch (SocketLayerException e) {
            if (e.errno() != Errno.EBADF) {
                throw e;
            }
        }
    }

    @Override
    public int readinessSet() throws SocketLayerException {
        return (int) kernel.call(TrapNumber.READINESS_SET, 0, 0, 0);
    }

    /** Traps have the numbers of {@link org.machbed.netstack.socket.Readiness} for the same bits. */
    @Override
    public void watch(int set, int socket, int interests) throws SocketLayerException {
        kernel.call(TrapNumber.WATCH, set, socket, interests);
    }

    /** Waits by another trap than it takes, since that moves no data and can be many; when nothing has to be awaited, by none. */
    @Override
    public int awaitReady(int set, ByteBuffer target, long limitNs) throws SocketLayerException {
        long startNs = System.nanoTime();
        int pairs = takeReady(set, target);
        while (pairs == 0) {
            // 0 stands for no limit, so it cannot stand for none left.
            long leftNs = limitNs == 0 ? 0 : limitNs - (System.nanoTime() - startNs);
            if ((limitNs != 0 && leftNs <= 0) || !kernel.awaitReady(set, leftNs)) {
                break;
            }
            pairs = takeReady(set, target);
        }
        return pairs;
    }

    /** At most what a slot carries. */
    @Override
    public int takeReady(int set, ByteBuffer target) throws SocketLayerException {
        int room = Math.min(target.remaining(), kernel.dataBytes());
        long bytes = kernel.callOut(TrapNumber.TAKE_READY, target, room, set, 0, result -> (int) result);
        return (int) bytes / ReadinessSet.PAIR_BYTES;
    }

    @Override
    public void wakeUp(int set) throws SocketLayerException {
        kernel.call(TrapNumber.WAKE_UP, set, 0, 0);
    }

    @Override
    public void closeSet(int set) throws SocketLayerException {
        closeOnce(TrapNumber.CLOSE_SET, set);
    }

    /** Leaves the gate; the kernel then closes this caller's sockets. No call may be under way. */
    @Override
    public void close() {
        kernel.close();
    }
}
