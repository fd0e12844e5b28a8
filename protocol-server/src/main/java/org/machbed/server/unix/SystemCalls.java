package org.machbed.server.unix;

import com.google.protobuf.InvalidProtocolBufferException;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.mach.MachMessage;
import org.machbed.ipc.mach.ReceivedMessage;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.proto.bsd.BsdCall;
import org.machbed.proto.bsd.SocketRequest;
import org.machbed.server.ClientWatch;
import org.machbed.server.ServerCounters;
import org.machbed.server.SocketMessages;

/** System calls as the emulation library of a client sends them. Any server thread may call; those that wait sleep in it. */
final class SystemCalls {
    private final SocketCalls sockets;
    private final DatagramCalls datagrams;
    private final StreamCalls streams;
    private final ServerCounters counters;
    private final ClientWatch clients;

    SystemCalls(SocketCalls sockets, ServerCounters counters, ClientWatch clients) {
        this.sockets = sockets;
        this.datagrams = sockets.datagrams();
        this.streams = sockets.streams();
        this.counters = counters;
        this.clients = clients;
    }

    /** Executes a call and answers its reply; {@code null} for a message that has nowhere to reply to. */
    @Nullable
    MachMessage execute(ReceivedMessage message) {
        counters.request();
        if (message.id() != BsdCall.SOCKET && message.id() != BsdCall.ACCEPT) {
            clients.discard(message.rights());
        }
        if (!message.replyPort().isValid()) {
            counters.malformed();
            clients.discard(message.rights());
            return null;
        }
        try {
            SocketRequest request = SocketMessages.request(message.body());
            SocketMessages.validate(message.id(), request);
            return call(message, request);
        } catch (InvalidProtocolBufferException e) {
            counters.malformed();
            return SocketMessages.failed(message.id(), Errno.EINVAL);
        } catch (SocketLayerException e) {
            if (e.errno() == Errno.EINVAL) {
                counters.malformed();
            }
            return SocketMessages.failed(message.id(), e.errno());
        }
    }

    private MachMessage call(ReceivedMessage message, SocketRequest request) throws SocketLayerException {
        int id = message.id();
        int socket = request.getSocket();
        CallName call = new CallName(socket, request.getCall());
        boolean nonBlocking = request.getNonBlocking();
        switch (id) {
            case BsdCall.SOCKET -> {
                return SocketMessages.done(id, opened(message, () -> sockets.socket(request.getType())));
            }
            case BsdCall.ACCEPT -> {
                return SocketMessages.done(id, opened(message, () -> streams.accept(call, nonBlocking)));
            }
            case BsdCall.BIND -> sockets.bind(socket, request.getIpv4(), request.getPort());
            case BsdCall.CONNECT -> sockets.connect(call, request.getIpv4(), request.getPort(), nonBlocking);
            case BsdCall.FINISH_CONNECT -> streams.finishConnect(call, nonBlocking);
            case BsdCall.LISTEN -> streams.listen(socket, request.getValue());
            case BsdCall.SEND_TO -> {
                int sent = datagrams.sendTo(socket, request.getData(), request.getIpv4(), request.getPort());
                return SocketMessages.done(id, sent);
            }
            case BsdCall.RECEIVE_FROM -> {
                return datagrams.receiveFrom(call, request.getMaxBytes(), nonBlocking);
            }
            case BsdCall.SEND -> {
                int taken = streams.send(call, request.getData(), request.getUrgent(), nonBlocking);
                return SocketMessages.done(id, taken);
            }
            case BsdCall.RECEIVE -> {
                return streams.receive(call, request.getMaxBytes(), nonBlocking);
            }
            case BsdCall.AWAIT -> {
                boolean holds = sockets.await(call, request.getValue(), request.getLimitUs());
                return SocketMessages.done(id, holds ? 1 : 0);
            }
            case BsdCall.SHUTDOWN -> streams.shutdown(socket, request.getValue());
            case BsdCall.LOCAL_ADDRESS -> {
                return SocketMessages.address(id, sockets.localAddress(socket));
            }
            case BsdCall.REMOTE_ADDRESS -> {
                return SocketMessages.address(id, streams.remoteAddress(socket));
            }
            case BsdCall.GET_OPTION -> {
                return SocketMessages.done(id, sockets.option(socket, request.getOption()));
            }
            case BsdCall.SET_OPTION -> sockets.setOption(socket, request.getOption(), request.getValue());
            case BsdCall.INTERRUPT -> {
                return SocketMessages.done(id, sockets.interrupt(call) ? 1 : 0);
            }
            case BsdCall.CLOSE -> {
                sockets.close(socket);
                clients.closed(socket);
            }
            default -> throw new SocketLayerException(Errno.EINVAL, "no call has number " + id);
        }
        return SocketMessages.done(id, 0);
    }

    private interface Opening {
        int open() throws SocketLayerException;
    }

    /** A call that makes a socket, which dies with the client whose right came with the call. */
    private int opened(ReceivedMessage message, Opening opening) throws SocketLayerException {
        int opened;
        try {
            opened = opening.open();
        } catch (SocketLayerException e) {
            clients.discard(message.rights());
            throw e;
        }
        clients.opened(message, opened);
        return opened;
    }
}
