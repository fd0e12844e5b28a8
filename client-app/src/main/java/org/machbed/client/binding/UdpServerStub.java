package org.machbed.client.binding;

import java.nio.ByteBuffer;
import java.time.Duration;
import org.machbed.ipc.mach.MachException;
import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.mach.MachTransport;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.socket.DatagramSocketLayer;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.proto.bsd.BsdCall;

/**
 * Sockets in the restructured UDP server (maeda92 section 3): the application calls the server's RPC interface itself, so nothing
 * lies between a call and its stub. Descriptors are the server's own.
 */
public final class UdpServerStub implements DatagramSocketLayer {
    private static final long NANOS_OF_MICRO = 1_000;

    private final MachTask task;
    private final SocketStubs sockets;
    private final DatagramStubs datagrams;

    private UdpServerStub(MachTask task, SocketStubs sockets, DatagramStubs datagrams) {
        this.task = task;
        this.sockets = sockets;
        this.datagrams = datagrams;
    }

    /** Becomes a task of a host and finds its UDP server, which may take until {@code timeout} to register. */
    public static UdpServerStub open(HostDirectory host, MachTransport transport, Duration timeout, Crossings crossings)
            throws MachException {
        MachTask task = MachTask.connect(host, transport, "udp-client");
        try {
            ServerCalls calls = ServerCalls.lookUp(task, BsdCall.UDP_SERVER, timeout);
            return new UdpServerStub(task, new SocketStubs(calls), new DatagramStubs(calls, crossings));
        } catch (MachException e) {
            task.close();
            throw e;
        }
    }

    @Override
    public int socket() throws SocketLayerException {
        return sockets.socket(BsdCall.DATAGRAM);
    }

    @Override
    public void bind(int socket, int ipv4, int port) throws SocketLayerException {
        sockets.bind(socket, ipv4, port);
    }

    @Override
    public void connect(int socket, int ipv4, int port) throws SocketLayerException {
        sockets.connect(socket, ipv4, port, false);
    }

    @Override
    public void disconnect(int socket) throws SocketLayerException {
        sockets.connect(socket, 0, 0, false);
    }

    @Override
    public int send(int socket, ByteBuffer source, int ipv4, int port) throws SocketLayerException {
        return datagrams.sendTo(socket, source, ipv4, port);
    }

    @Override
    public long receive(int socket, ByteBuffer target, boolean wait) throws SocketLayerException {
        try {
            return datagrams.receiveFrom(socket, target, wait);
        } catch (SocketLayerException e) {
            if (e.errno() == Errno.EWOULDBLOCK && !wait) {
                return DatagramHeader.NONE;
            }
            throw e;
        }
    }

    @Override
    public boolean await(int socket, Condition condition, long limitNs) throws SocketLayerException {
        return sockets.await(socket, SocketStubs.number(condition), Math.ceilDiv(limitNs, NANOS_OF_MICRO));
    }

    @Override
    public long localAddress(int socket) throws SocketLayerException {
        return sockets.localAddress(socket);
    }

    @Override
    public int option(int socket, SocketOptionName name) throws SocketLayerException {
        return sockets.option(socket, name.number());
    }

    @Override
    public void setOption(int socket, SocketOptionName name, int value) throws SocketLayerException {
        sockets.setOption(socket, name.number(), value);
    }

    @Override
    public void close(int socket) throws SocketLayerException {
        try {
            sockets.close(socket);
        } catch (SocketLayerException e) {
            if (e.errno() != Errno.EBADF) {
                throw e;
            }
        }
    }

    /** Leaves the host; the server then closes this task's sockets. */
    @Override
    public void close() {
        task.close();
    }
}
