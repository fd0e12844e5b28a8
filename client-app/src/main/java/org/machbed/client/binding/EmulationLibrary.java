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
import org.machbed.netstack.socket.ReadinessSetLayer;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.StreamSocketLayer;
import org.machbed.proto.bsd.BsdCall;

/**
 * Sockets in the Unix server (maeda92 section 2): the application makes Unix system calls, an emulator in its own address space
 * executes them, and that sends messages to the server. This is the C library's part, which puts arguments where a system call
 * has them; {@link SystemCallEmulator} is the emulator, {@link SocketStubs} the messages.
 */
public final class EmulationLibrary implements DatagramSocketLayer, StreamSocketLayer, ReadinessSetLayer {
    private static final long IN_PROGRESS = 1;
    private static final int NOTHING_THERE = -2;
    private static final long NANOS_OF_MICRO = 1_000;
    private static final long MICROS_OF_SECOND = 1_000_000;

    private final MachTask task;
    private final SystemCallEmulator emulator;
    private final SessionStubs sessions;

    private EmulationLibrary(MachTask task, SystemCallEmulator emulator, SessionStubs sessions) {
        this.sessions = sessions;
        this.task = task;
        this.emulator = emulator;
    }

    /** Becomes a task of a host and finds its Unix server, which may take until {@code timeout} to register. */
    public static EmulationLibrary open(
            HostDirectory host, MachTransport transport, Duration timeout, Crossings crossings) throws MachException {
        MachTask task = MachTask.connect(host, transport, "unix-process");
        try {
            ServerCalls server = ServerCalls.lookUp(task, BsdCall.UNIX_SERVER, timeout);
            DescriptorMap descriptors = new DescriptorMap();
            return new EmulationLibrary(
                    task,
                    new SystemCallEmulator(
                            descriptors,
                            new SocketStubs(server),
                            new DatagramStubs(server, crossings),
                            new StreamStubs(server, crossings),
                            new ReadinessStubs(server, crossings)),
                    new SessionStubs(task, server, descriptors));
        } catch (MachException e) {
            task.close();
            throw e;
        }
    }

    /** The calls that move sessions. */
    public SessionStubs sessions() {
        return sessions;
    }

    @Override
    public int socket() throws SocketLayerException {
        return (int) emulator.execute(SystemCall.of(SystemCallNumber.SOCKET, SystemCallNumber.SOCK_DGRAM));
    }

    @Override
    public int streamSocket() throws SocketLayerException {
        return (int) emulator.execute(SystemCall.of(SystemCallNumber.SOCKET, SystemCallNumber.SOCK_STREAM));
    }

    @Override
    public void bind(int socket, int ipv4, int port) throws SocketLayerException {
        emulator.execute(SystemCall.of(SystemCallNumber.BIND, socket, ipv4, port));
    }

    @Override
    public void connect(int socket, int ipv4, int port) throws SocketLayerException {
        emulator.execute(SystemCall.of(SystemCallNumber.CONNECT, socket, ipv4, port, SystemCallNumber.MSG_DONTWAIT));
    }

    @Override
    public void disconnect(int socket) throws SocketLayerException {
        connect(socket, 0, 0);
    }

    @Override
    public int send(int socket, ByteBuffer source, int ipv4, int port) throws SocketLayerException {
        return (int) emulator.execute(SystemCall.of(SystemCallNumber.SENDTO, socket, source, ipv4, port));
    }

    @Override
    public long receive(int socket, ByteBuffer target, boolean wait) throws SocketLayerException {
        SystemCall call = SystemCall.of(SystemCallNumber.RECVFROM, socket, target, flags(wait), 0);
        return executeUnless(Errno.EWOULDBLOCK, DatagramHeader.NONE, call, wait);
    }

    @Override
    public boolean connectStream(int socket, int ipv4, int port, boolean wait) throws SocketLayerException {
        SystemCall call = SystemCall.of(SystemCallNumber.CONNECT, socket, ipv4, port, flags(wait));
        return executeUnless(Errno.EINPROGRESS, IN_PROGRESS, call, wait) != IN_PROGRESS;
    }

    @Override
    public boolean finishConnect(int socket, boolean wait) throws SocketLayerException {
        SystemCall call = SystemCall.of(SystemCallNumber.FINISH_CONNECT, socket, flags(wait), 0);
        return executeUnless(Errno.EINPROGRESS, IN_PROGRESS, call, wait) != IN_PROGRESS;
    }

    @Override
    public void listen(int socket, int backlog) throws SocketLayerException {
        emulator.execute(SystemCall.of(SystemCallNumber.LISTEN, socket, backlog, 0));
    }

    @Override
    public int accept(int socket, boolean wait) throws SocketLayerException {
        SystemCall call = SystemCall.of(SystemCallNumber.ACCEPT, socket, flags(wait), 0);
        return (int) executeUnless(Errno.EWOULDBLOCK, NONE, call, wait);
    }

    @Override
    public int sendStream(int socket, ByteBuffer source, boolean wait) throws SocketLayerException {
        SystemCall call = SystemCall.of(SystemCallNumber.SEND, socket, source, flags(wait), 0);
        return (int) executeUnless(Errno.EWOULDBLOCK, 0, call, wait);
    }

    @Override
    public boolean sendUrgent(int socket, byte value) throws SocketLayerException {
        int flags = SystemCallNumber.MSG_OOB | SystemCallNumber.MSG_DONTWAIT;
        ByteBuffer source = ByteBuffer.allocate(1).put(0, value);
        SystemCall call = SystemCall.of(SystemCallNumber.SEND, socket, source, flags, 0);
        return executeUnless(Errno.EWOULDBLOCK, 0, call, false) != 0;
    }

    @Override
    public int receiveStream(int socket, ByteBuffer target, boolean wait) throws SocketLayerException {
        SystemCall call = SystemCall.of(SystemCallNumber.RECV, socket, target, flags(wait), 0);
        int received = (int) executeUnless(Errno.EWOULDBLOCK, NOTHING_THERE, call, wait);
        if (received == NOTHING_THERE) {
            return 0;
        }
        return received == 0 && target.hasRemaining() ? END_OF_STREAM : received;
    }

    @Override
    public void shutdownSending(int socket) throws SocketLayerException {
        emulator.execute(SystemCall.of(SystemCallNumber.SHUTDOWN, socket, BsdCall.SHUTDOWN_SENDING, 0));
    }

    @Override
    public void shutdownReceiving(int socket) throws SocketLayerException {
        emulator.execute(SystemCall.of(SystemCallNumber.SHUTDOWN, socket, BsdCall.SHUTDOWN_RECEIVING, 0));
    }

    @Override
    public long remoteAddress(int socket) throws SocketLayerException {
        return emulator.execute(SystemCall.of(SystemCallNumber.GETPEERNAME, socket));
    }

    @Override
    public boolean await(int socket, Condition condition, long limitNs) throws SocketLayerException {
        int what = SocketStubs.number(condition);
        return emulator.execute(
                        SystemCall.of(SystemCallNumber.SELECT, socket, what, seconds(limitNs), microsBesides(limitNs)))
                != 0;
    }

    private static int seconds(long limitNs) {
        return (int) Math.min(Math.ceilDiv(limitNs, NANOS_OF_MICRO) / MICROS_OF_SECOND, Integer.MAX_VALUE);
    }

    private static int microsBesides(long limitNs) {
        return (int) (Math.ceilDiv(limitNs, NANOS_OF_MICRO) % MICROS_OF_SECOND);
    }

    @Override
    public int readinessSet() throws SocketLayerException {
        return (int) emulator.execute(SystemCall.of(SystemCallNumber.READINESS_SET, 0));
    }

    @Override
    public void watch(int set, int socket, int interests) throws SocketLayerException {
        emulator.execute(SystemCall.of(SystemCallNumber.WATCH, set, socket, interests));
    }

    /** One message to the server and its answer, however long it waits. */
    @Override
    public int awaitReady(int set, ByteBuffer target, long limitNs) throws SocketLayerException {
        return (int) emulator.execute(new SystemCall(
                SystemCallNumber.SELECT_OF_SET, set, 0, seconds(limitNs), microsBesides(limitNs), target));
    }

    @Override
    public int takeReady(int set, ByteBuffer target) throws SocketLayerException {
        int flags = SystemCallNumber.MSG_DONTWAIT;
        return (int) emulator.execute(SystemCall.of(SystemCallNumber.SELECT_OF_SET, set, target, flags, 0));
    }

    @Override
    public void wakeUp(int set) throws SocketLayerException {
        emulator.execute(SystemCall.of(SystemCallNumber.WAKE_UP, set));
    }

    /** A set is a file as a socket is. */
    @Override
    public void closeSet(int set) throws SocketLayerException {
        close(set);
    }

    private static int flags(boolean wait) {
        return wait ? 0 : SystemCallNumber.MSG_DONTWAIT;
    }

    /** A call's value, or another one when it fails because it may not wait. */
    private long executeUnless(Errno expected, long value, SystemCall call, boolean wait) throws SocketLayerException {
        try {
            return emulator.execute(call);
        } catch (SocketLayerException e) {
            if (e.errno() == expected && !wait) {
                return value;
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

    /** Leaves the host; the server then closes this task's sockets and sets. */
    @Override
    public void close() {
        task.close();
    }
}
