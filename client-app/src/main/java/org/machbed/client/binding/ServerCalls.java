package org.machbed.client.binding;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.machbed.ipc.mach.Disposition;
import org.machbed.ipc.mach.MachException;
import org.machbed.ipc.mach.MachMessage;
import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.mach.OutOfLine;
import org.machbed.ipc.mach.PortName;
import org.machbed.ipc.mach.ReceivedMessage;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.proto.bsd.BsdCall;
import org.machbed.proto.bsd.SocketReply;
import org.machbed.proto.bsd.SocketRequest;

/** Requests to a server of sockets, and its replies, or the errors that they tell. Thread-safe. */
final class ServerCalls {
    private final MachTask task;
    private final PortName server;
    private final PortName self;
    private final AtomicInteger numbers = new AtomicInteger();

    private ServerCalls(MachTask task, PortName server, PortName self) {
        this.task = task;
        this.server = server;
        this.self = self;
    }

    /**
     * Finds a server.
     *
     * @param service its name in the bootstrap directory
     */
    static ServerCalls lookUp(MachTask task, String service, Duration timeout) throws MachException {
        // When this task dies, so does the port, and the server closes the sockets that were opened with it.
        PortName self = task.allocatePort(1);
        return new ServerCalls(task, task.lookUp(service, timeout), self);
    }

    /** A request. */
    MachMessage request(int id, SocketRequest.Builder request) {
        return request(id, request.build().toByteString());
    }

    /** A request whose body is laid out already. */
    MachMessage request(int id, ByteString body) {
        return MachMessage.of(server, id, body);
    }

    /** A request for a socket, which is to be closed when this task dies. */
    MachMessage opening(int id, SocketRequest.Builder request) {
        return request(id, request).withRight(self, Disposition.MAKE_SEND);
    }

    SocketReply callNow(int id, SocketRequest.Builder request) throws SocketLayerException {
        return callNow(request(id, request));
    }

    SocketReply callNow(int id, ByteString request) throws SocketLayerException {
        return callNow(request(id, request));
    }

    /**
     * A call that the server answers at once. An interrupt of the thread waits until it is made, as it would for a system call:
     * closing a channel, for one, must work then.
     */
    SocketReply callNow(MachMessage request) throws SocketLayerException {
        return exchange(request, () -> task.rpcDespiteInterrupt(request, () -> true));
    }

    /** A call that may wait, and that an interrupt of the thread abandons: it fails with EINTR, and a reply may be lost. */
    SocketReply call(int id, SocketRequest.Builder body) throws SocketLayerException {
        MachMessage request = request(id, body);
        return exchange(request, () -> task.rpc(request, null));
    }

    /**
     * A call that may wait, and that the server is asked to end when the thread is interrupted: it fails with EINTR then, or has
     * done what it should, so that nothing is lost.
     *
     * @param number the one that {@link #nextNumber} gave the request
     */
    private SocketReply callInterruptibly(MachMessage request, int socket, int number) throws SocketLayerException {
        return exchange(request, () -> task.rpcDespiteInterrupt(request, () -> interrupt(socket, number)));
    }

    /** A call on a socket that may wait, where it is asked to: as {@link #callInterruptibly} then. */
    SocketReply callThatMayWait(int id, int socket, SocketRequest.Builder request, boolean wait)
            throws SocketLayerException {
        int number = nextNumber();
        return callThatMayWait(request(id, named(request, socket, wait, number)), socket, wait, number);
    }

    /** The same with a request that {@link #named} has named already. */
    SocketReply callThatMayWait(MachMessage request, int socket, boolean wait, int number) throws SocketLayerException {
        return wait ? callInterruptibly(request, socket, number) : callNow(request);
    }

    /** Says in a request which socket, whether to wait, and how the call can be interrupted. */
    static SocketRequest.Builder named(SocketRequest.Builder request, int socket, boolean wait, int number) {
        return request.setSocket(socket).setNonBlocking(!wait).setCall(number);
    }

    /** A number for a call that may wait, not 0; comes again after 2^32 others. */
    int nextNumber() {
        int number = numbers.incrementAndGet();
        return number == 0 ? numbers.incrementAndGet() : number;
    }

    private boolean interrupt(int socket, int number) {
        try {
            SocketRequest.Builder request =
                    SocketRequest.newBuilder().setSocket(socket).setCall(number);
            return callNow(BsdCall.INTERRUPT, request).getValue() != 0;
        } catch (SocketLayerException e) {
            // The socket is closed, or the server is gone: then the call itself is answered, one way or another.
            return false;
        }
    }

    /** A call that the server answers at once, with what came beside the reply. */
    <T> T callNow(MachMessage request, ReplyReader<T> reader) throws SocketLayerException {
        return exchange(request, () -> task.rpcDespiteInterrupt(request, () -> true), reader);
    }

    /** Memory for a request, of a copy of {@code source}. */
    OutOfLine outOfLine(ByteBuffer source) throws SocketLayerException {
        try {
            return task.outOfLine(source);
        } catch (MachException e) {
            throw failure(e);
        }
    }

    /** Reads what is wanted of a reply, before its memory is given back. */
    @FunctionalInterface
    interface ReplyReader<T> {
        T read(SocketReply reply, ReceivedMessage message) throws MachException;
    }

    private interface Exchange {
        ReceivedMessage reply() throws MachException;
    }

    private static SocketReply exchange(MachMessage request, Exchange exchange) throws SocketLayerException {
        return exchange(request, exchange, (reply, _) -> reply);
    }

    private static <T> T exchange(MachMessage request, Exchange exchange, ReplyReader<T> reader)
            throws SocketLayerException {
        try (ReceivedMessage message = exchange.reply()) {
            if (message.id() != request.id() + BsdCall.REPLY) {
                throw new SocketLayerException(Errno.EIO, "call " + request.id() + " was answered by " + message);
            }
            SocketReply reply = SocketMarshalling.reply(message.body());
            if (reply.getErrno() == BsdCall.ERESTART) {
                throw new SessionMovedException("the session of call " + request.id() + " has moved");
            }
            if (reply.getErrno() != 0) {
                throw new SocketLayerException(errno(reply.getErrno()), "the server refused call " + request.id());
            }
            return reader.read(reply, message);
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
