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
 * Sockets in the Unix server (maeda92 section 2): the application makes Unix system calls, an emulator in its own address space
 * executes them, and that sends messages to the server. This is the C library's part, which puts arguments where a system call
 * has them; {@link SystemCallEmulator} is the emulator, {@link SocketStubs} the messages.
 */
public final class EmulationLibrary implements DatagramSocketLayer {
    private final MachTask task;
    private final SystemCallEmulator emulator;

    private EmulationLibrary(MachTask task, SocketStubs server) {
        this.task = task;
        this.emulator = new SystemCallEmulator(server);
    }

    /** Becomes a task of a host and finds its Unix server, which may take until {@code timeout} to register. */
    public static EmulationLibrary open(
            HostDirectory host, MachTransport transport, Duration timeout, Crossings crossings) throws MachException {
        MachTask task = MachTask.connect(host, transport, "unix-process");
        try {
            return new EmulationLibrary(task, SocketStubs.lookUp(task, BsdCall.UNIX_SERVER, timeout, crossings));
        } catch (MachException e) {
            task.close();
            throw e;
        }
    }

    @Override
    public int socket() throws SocketLayerException {
        return (int) emulator.execute(SystemCall.of(SystemCallNumber.SOCKET));
    }

    @Override
    public void bind(int socket, int ipv4, int port) throws SocketLayerException {
        emulator.execute(SystemCall.of(SystemCallNumber.BIND, socket, ipv4, port));
    }

    @Override
    public void connect(int socket, int ipv4, int port) throws SocketLayerException {
        emulator.execute(SystemCall.of(SystemCallNumber.CONNECT, socket, ipv4, port));
    }

    @Override
    public void disconnect(int socket) throws SocketLayerException {
        emulator.execute(SystemCall.of(SystemCallNumber.CONNECT, socket, 0, 0));
    }

    @Override
    public int send(int socket, ByteBuffer source, int ipv4, int port) throws SocketLayerException {
        return (int) emulator.execute(new SystemCall(SystemCallNumber.SENDTO, socket, ipv4, port, source));
    }

    @Override
    public long receive(int socket, ByteBuffer target, boolean wait) throws SocketLayerException {
        int flags = wait ? 0 : SystemCallNumber.MSG_DONTWAIT;
        try {
            return emulator.execute(new SystemCall(SystemCallNumber.RECVFROM, socket, flags, 0, target));
        } catch (SocketLayerException e) {
            if (e.errno() == Errno.EWOULDBLOCK && !wait) {
                return DatagramHeader.NONE;
            }
            throw e;
        }
    }

    @Override
    public long localAddress(int socket) throws SocketLayerException {
        return emulator.execute(SystemCall.of(SystemCallNumber.GETSOCKNAME, socket));
    }

    @Override
    public int option(int socket, SocketOptionName name) throws SocketLayerException {
        return (int) emulator.execute(SystemCall.of(SystemCallNumber.GETSOCKOPT, socket, name.number(), 0));
    }

    @Override
    public void setOption(int socket, SocketOptionName name, int value) throws SocketLayerException {
        emulator.execute(SystemCall.of(SystemCallNumber.SETSOCKOPT, socket, name.number(), value));
    }

    @Override
    public void close(int socket) throws SocketLayerException {
        try {
            emulator.execute(SystemCall.of(SystemCallNumber.CLOSE, socket));
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
