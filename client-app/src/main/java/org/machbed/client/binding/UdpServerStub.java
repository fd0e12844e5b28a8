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
    private final MachTask task;
    private final SocketStubs server;

    private UdpServerStub(MachTask task, SocketStubs server) {
        this.task = task;
        this.server = server;
    }

    /** Becomes a task of a host and finds its UDP server, which may take until {@code timeout} to register. */
    public static UdpServerStub open(HostDirectory host, MachTransport transport, Duration timeout, Crossings crossings)
            throws MachException {
        MachTask task = MachTask.connect(host, transport, "udp-client");
        try {
            ServerCalls calls = ServerCalls.lookUp(task, BsdCall.UDP_SERVER, timeout);
            return new UdpServerStub(task, new SocketStubs(calls, crossings));
        } catch (MachException e) {
            task.close();
            throw e;
        }
    }

    @Override
    public int socket() throws SocketLayerException {
        return server.socket();
    }

    @Override
    public void bind(int socket, int ipv4, int port) throws SocketLayerException {
        server.bind(socket, ipv4, port);
    }

    @Override
    public void connect(int socket, int ipv4, int port) throws SocketLayerException {
        server.connect(socket, ipv4, port);
    }

    @Override
    public void disconnect(int socket) throws SocketLayerException {
        server.connect(socket, 0, 0);
    }

    @Override
    public int send(int socket, ByteBuffer source, int ipv4, int port) throws SocketLayerException {
        return server.sendTo(socket, source, ipv4, port);
    }

    @Override
    public long receive(int socket, ByteBuffer target, boolean wait) throws SocketLayerException {
        try {
            return server.receiveFrom(socket, target, wait);
        } catch (SocketLayerException e) {
            if (e.errno() == Errno.EWOULDBLOCK && !wait) {
                return DatagramHeader.NONE;
            }
            throw e;
        }
    }

    @Override
    public long localAddress(int socket) throws SocketLayerException {
        return server.localAddress(socket);
    }

    @Override
    public int option(int socket, SocketOptionName name) throws SocketLayerException {
        return server.option(socket, name.number());
    }

    @Override
    public void setOption(int socket, SocketOptionName name, int value) throws SocketLayerException {
        server.setOption(socket, name.number(), value);
    }

    @Override
    public void close(int socket) throws SocketLayerException {
        try {
            server.close(socket);
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
