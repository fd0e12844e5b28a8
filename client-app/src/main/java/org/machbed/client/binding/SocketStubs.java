package org.machbed.client.binding;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.machbed.ipc.mach.Disposition;
import org.machbed.ipc.mach.MachException;
import org.machbed.ipc.mach.MachMessage;
import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.mach.PortName;
import org.machbed.ipc.mach.ReceivedMessage;
import org.machbed.ipc.process.Crossings;
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.proto.bsd.BsdCall;
import org.machbed.proto.bsd.SocketReply;
import org.machbed.proto.bsd.SocketRequest;

/**
 * The user side of the interface that servers of sockets export: what MIG would make of it. One procedure a call, each one RPC;
 * sockets are named by the server's own descriptors. Thread-safe.
 */
final class SocketStubs {
    private final MachTask task;
    private final PortName server;
    private final PortName self;
    private final Crossings crossings;

    private SocketStubs(MachTask task, PortName server, PortName self, Crossings crossings) {
        this.task = task;
        this.server = server;
        this.self = self;
        this.crossings = crossings;
    }

    /**
     * Finds a server.
     *
     * @param service its name in the bootstrap directory
     * @param crossings where copies into requests and out of replies are counted
     */
    static SocketStubs lookUp(MachTask task, String service, Duration timeout, Crossings crossings)
            throws MachException {
        // When this task dies, so does the port, and the server closes the sockets that were opened with it.
        PortName self = task.allocatePort(1);
        return new SocketStubs(task, task.lookUp(service, timeout), self, crossings);
    }

    int socket() throws SocketLayerException {
        MachMessage request = MachMessage.of(server, BsdCall.SOCKET, ByteString.EMPTY);
        return callNow(request.withRight(self, Disposition.MAKE_SEND)).getValue();
    }

    void bind(int socket, int ipv4, int port) throws SocketLayerException {
        callNow(
                BsdCall.BIND,
                SocketRequest.newBuilder().setSocket(socket).setIpv4(ipv4).setPort(port));
    }

    /** Address and port 0 dissolve the association. */
    void connect(int socket, int ipv4, int port) throws SocketLayerException {
        callNow(
                BsdCall.CONNECT,
                SocketRequest.newBuilder().setSocket(socket).setIpv4(ipv4).setPort(port));
    }

    int sendTo(int socket, ByteBuffer source, int ipv4, int port) throws SocketLayerException {
        ByteString body = SocketMarshalling.sendTo(socket, source, ipv4, port);
        crossings.copy(source.remaining());
        return callNow(MachMessage.of(server, BsdCall.SEND_TO, body)).getValue();
    }

    /** Receives one datagram into {@code target} from its position, which it leaves alone; answers its packed header. */
    long receiveFrom(int socket, ByteBuffer target, boolean wait) throws SocketLayerException {
        SocketRequest request = SocketRequest.newBuilder()
                .setSocket(socket)
                .setMaxBytes(target.remaining())
                .setNonBlocking(!wait)
                .build();
        MachMessage message = MachMessage.of(server, BsdCall.RECEIVE_FROM, request.toByteString());
        SocketReply reply = wait ? call(message) : callNow(message);
        ByteString data = reply.getData();
        if (data.size() > target.remaining() || data.size() > reply.getValue() || reply.getValue() > 0xFFFF) {
            throw new SocketLayerException(
                    Errno.EIO,
                    "the server answered " + data.size() + " bytes of a datagram of " + reply.getValue()
                            + " where there was room for " + target.remaining());
        }
        SocketMarshalling.copyOut(data, target, data.size());
        crossings.copy(data.size());
        return DatagramHeader.pack(reply.getIpv4(), reply.getPort(), reply.getValue());
    }

    long localAddress(int socket) throws SocketLayerException {
        SocketReply reply =
                callNow(BsdCall.LOCAL_ADDRESS, SocketRequest.newBuilder().setSocket(socket));
        return DatagramHeader.pack(reply.getIpv4(), reply.getPort(), 0);
    }

    int option(int socket, int option) throws SocketLayerException {
        SocketRequest.Builder request =
                SocketRequest.newBuilder().setSocket(socket).setOption(option);
        return callNow(BsdCall.GET_OPTION, request).getValue();
    }

    void setOption(int socket, int option, int value) throws SocketLayerException {
        SocketRequest.Builder request =
                SocketRequest.newBuilder().setSocket(socket).setOption(option).setValue(value);
        callNow(BsdCall.SET_OPTION, request);
    }

    void close(int socket) throws SocketLayerException {
        callNow(BsdCall.CLOSE, SocketRequest.newBuilder().setSocket(socket));
    }

    private SocketReply callNow(int id, SocketRequest.Builder request) throws SocketLayerException {
        return callNow(MachMessage.of(server, id, request.build().toByteString()));
    }

    /**
     * A call that the server answers at once. A thread that was interrupted before makes it all the same, as it would make a
     * system call: closing a channel, for one, must work then.
     */
    private SocketReply callNow(MachMessage request) throws SocketLayerException {
        boolean interrupted = Thread.interrupted();
        try {
            return call(request);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private SocketReply call(MachMessage request) throws SocketLayerException {
        try (ReceivedMessage message = task.rpc(request, null)) {
            if (message.id() != request.id() + BsdCall.REPLY) {
                throw new SocketLayerException(Errno.EIO, "call " + request.id() + " was answered by " + message);
            }
            SocketReply reply = SocketMarshalling.reply(message.body());
            if (reply.getErrno() != 0) {
                throw new SocketLayerException(errno(reply.getErrno()), "the server refused call " + request.id());
            }
            return reply;
        } catch (MachException e) {
            throw failure(e);
        } catch (InvalidProtocolBufferException e) {
            throw caused(new SocketLayerException(Errno.EIO, "the answer to call " + request.id() + " is damaged"), e);
        }
    }

    private static Errno errno(int number) {
        try {
            return Errno.of(number);
        } catch (IllegalArgumentException e) {
            // A server may be newer than this library; the number is all it told.
            return Errno.EIO;
        }
    }

    private static SocketLayerException failure(MachException e) {
        Errno errno = switch (e.code()) {
            case MACH_SEND_INTERRUPTED, MACH_RCV_INTERRUPTED -> Errno.EINTR;
            default -> Errno.EIO;
        };
        return caused(new SocketLayerException(errno, String.valueOf(e.getMessage())), e);
    }

    private static SocketLayerException caused(SocketLayerException exception, Exception cause) {
        exception.initCause(cause);
        return exception;
    }
}
