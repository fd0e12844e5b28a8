package org.machbed.server.udp;

import com.google.protobuf.InvalidProtocolBufferException;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.mach.MachException;
import org.machbed.ipc.mach.MachMessage;
import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.mach.MessageHandler;
import org.machbed.ipc.mach.ReceivedMessage;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayer.Condition;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.proto.bsd.BsdCall;
import org.machbed.proto.bsd.SocketRequest;
import org.machbed.server.ClientWatch;
import org.machbed.server.ServerCounters;
import org.machbed.server.SocketMessages;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * sendto, recvfrom and their kin as calls by message (maeda92 section 3). Never waits: a recvfrom that finds nothing keeps its
 * reply right, and the input path replies, or the timers. Any thread may call, the transport's own included.
 */
final class UdpRpc implements MessageHandler {
    private static final Logger LOG = LoggerFactory.getLogger(UdpRpc.class);

    private final MachTask task;
    private final UdpService service;
    private final ServerCounters counters;
    private final ClientWatch clients;

    UdpRpc(MachTask task, UdpService service, ServerCounters counters, ClientWatch clients) {
        this.task = task;
        this.service = service;
        this.counters = counters;
        this.clients = clients;
    }

    @Override
    public void onMessage(ReceivedMessage message) {
        try (message) {
            MachMessage reply = execute(message);
            if (reply != null) {
                reply(message, reply);
            }
        }
    }

    /** Executes a call; {@code null} when the reply comes later, or has nowhere to go. */
    @Nullable
    MachMessage execute(ReceivedMessage message) {
        counters.request();
        int id = message.id();
        if (id != BsdCall.SOCKET || !message.replyPort().isValid()) {
            clients.discard(message.rights());
        }
        if (!message.replyPort().isValid()) {
            counters.malformed();
            return null;
        }
        try {
            SocketRequest request = SocketMessages.request(message.body());
            SocketMessages.validate(id, request);
            return call(message, request);
        } catch (InvalidProtocolBufferException e) {
            counters.malformed();
            return SocketMessages.failed(id, Errno.EINVAL);
        } catch (SocketLayerException e) {
            if (e.errno() == Errno.EINVAL) {
                counters.malformed();
            }
            return SocketMessages.failed(id, e.errno());
        }
    }

    private @Nullable MachMessage call(ReceivedMessage message, SocketRequest request) throws SocketLayerException {
        int id = message.id();
        int socket = request.getSocket();
        int ipv4 = request.getIpv4();
        int port = request.getPort();
        switch (id) {
            case BsdCall.SOCKET -> {
                return SocketMessages.done(id, open(message, request.getType()));
            }
            case BsdCall.BIND -> service.bind(socket, ipv4, port);
            case BsdCall.CONNECT -> service.connect(socket, ipv4, port);
            case BsdCall.SEND_TO -> {
                MemorySegment data = SocketMessages.memory(request.getData());
                return SocketMessages.done(
                        id, service.send(socket, data, 0, request.getData().size(), ipv4, port));
            }
            case BsdCall.RECEIVE_FROM -> {
                service.receive(
                        socket, new RpcReceive(this, message, request.getMaxBytes()), !request.getNonBlocking());
                return null;
            }
            case BsdCall.LOCAL_ADDRESS -> {
                return SocketMessages.address(id, service.localAddress(socket));
            }
            case BsdCall.GET_OPTION -> {
                return SocketMessages.done(id, service.option(socket, SocketOptionName.of(request.getOption())));
            }
            case BsdCall.SET_OPTION ->
                service.setOption(socket, SocketOptionName.of(request.getOption()), request.getValue());
            case BsdCall.AWAIT -> {
                long limitNs = TimeUnit.MICROSECONDS.toNanos(request.getLimitUs());
                Condition condition = condition(request.getValue());
                service.await(socket, request.getCall(), condition, new RpcAwait(this, message), limitNs);
                return null;
            }
            case BsdCall.INTERRUPT -> {
                return SocketMessages.done(id, service.interrupt(socket, request.getCall()) ? 1 : 0);
            }
            case BsdCall.CLOSE -> close(socket);
            default -> throw new SocketLayerException(Errno.EINVAL, "no call has number " + id);
        }
        return SocketMessages.done(id, 0);
    }

    private static Condition condition(int number) throws SocketLayerException {
        return switch (number) {
            case BsdCall.READABLE -> Condition.READABLE;
            case BsdCall.WRITABLE -> Condition.WRITABLE;
            case BsdCall.DRAINED -> Condition.DRAINED;
            default -> throw new SocketLayerException(Errno.EINVAL, "no condition has number " + number);
        };
    }

    private int open(ReceivedMessage message, int type) throws SocketLayerException {
        int opened;
        try {
            if (type != BsdCall.DATAGRAM) {
                throw new SocketLayerException(Errno.EOPNOTSUPP, "the UDP server has no sockets of type " + type);
            }
            opened = service.socket();
        } catch (SocketLayerException e) {
            clients.discard(message.rights());
            throw e;
        }
        clients.opened(message, opened);
        return opened;
    }

    private void close(int socket) throws SocketLayerException {
        if (!service.close(socket)) {
            throw new SocketLayerException(Errno.EBADF, "no socket " + socket);
        }
        clients.closed(socket);
    }

    private void reply(ReceivedMessage message, MachMessage reply) {
        try {
            task.reply(message, reply);
        } catch (MachException e) {
            LOG.debug("a reply was not sent: {}", e.getMessage());
        }
    }

    /** A client's call whose reply comes later. */
    private abstract static class RpcCall implements PendingCall {
        private final UdpRpc server;
        private final ReceivedMessage request;
        private @Nullable MachMessage reply;

        RpcCall(UdpRpc server, ReceivedMessage request) {
            this.server = server;
            this.request = request;
        }

        final void answer(MachMessage answer) {
            reply = answer;
        }

        @Override
        public final void fail(Errno errno) {
            answer(SocketMessages.failed(request.id(), errno));
        }

        @Override
        public final void wake() {
            server.reply(request, Objects.requireNonNull(reply));
        }
    }

    /** A client's recvfrom. The datagram is copied from the input buffer into the reply's body, and nowhere else. */
    private static final class RpcReceive extends RpcCall implements PendingReceive {
        private final int room;

        RpcReceive(UdpRpc server, ReceivedMessage request, int room) {
            super(server, request);
            this.room = room;
        }

        @Override
        public int room() {
            return room;
        }

        @Override
        public void complete(long header, MemorySegment memory, long offset, int copiedBytes) {
            answer(SocketMessages.datagram(header, memory, offset, copiedBytes));
        }
    }

    /** A client's wait with a limit. */
    private static final class RpcAwait extends RpcCall implements PendingAwait {
        RpcAwait(UdpRpc server, ReceivedMessage request) {
            super(server, request);
        }

        @Override
        public void complete(boolean ready) {
            answer(SocketMessages.done(BsdCall.AWAIT, ready ? 1 : 0));
        }
    }
}
