package org.machbed.server.unix;

import com.google.protobuf.InvalidProtocolBufferException;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.mach.MachMessage;
import org.machbed.ipc.mach.PortName;
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
    private final ReadinessCalls readiness;
    private final @Nullable SessionCalls sessions;
    private final ServerCounters counters;
    private final ClientWatch clients;

    /** @param sessions the calls about sessions in libraries, {@code null} in a server that no session leaves */
    SystemCalls(SocketCalls sockets, @Nullable SessionCalls sessions, ServerCounters counters, ClientWatch clients) {
        this.sessions = sessions;
        this.sockets = sockets;
        this.datagrams = sockets.datagrams();
        this.streams = sockets.streams();
        this.readiness = sockets.readiness();
        this.counters = counters;
        this.clients = clients;
    }

    /** Executes a call and answers its reply; {@code null} for a message that has nowhere to reply to. */
    @Nullable
    MachMessage execute(ReceivedMessage message) {
        counters.request();
        boolean opens = opens(message.id());
        boolean usesRights = SessionCalls.usesRights(message.id());
        if (!opens && !usesRights) {
            clients.discard(message.rights());
        }
        try {
            return message.replyPort().isValid() ? answer(message) : unanswerable(message, opens);
        } finally {
            if (usesRights) {
                clients.discard(message.rights());
            }
        }
    }

    private @Nullable MachMessage unanswerable(ReceivedMessage message, boolean opens) {
        counters.malformed();
        if (opens) {
            clients.discard(message.rights());
        }
        return null;
    }

    private MachMessage answer(ReceivedMessage message) {
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
        } catch (SessionMovedException e) {
            return SocketMessages.failed(message.id(), BsdCall.ERESTART);
        }
    }

    /** Whether a call makes a file, and takes a right to the client that it is to die with. */
    private static boolean opens(int id) {
        return switch (id) {
            case BsdCall.SOCKET, BsdCall.ACCEPT, BsdCall.READINESS_SET, BsdCall.TAKE_OVER, BsdCall.SESSION_MEMORY ->
                true;
            default -> false;
        };
    }

    private MachMessage call(ReceivedMessage message, SocketRequest request) throws SocketLayerException {
        int id = message.id();
        int socket = request.getSocket();
        CallName call = new CallName(socket, request.getCall());
        boolean nonBlocking = request.getNonBlocking();
        switch (id) {
            case BsdCall.SOCKET -> {
                return SocketMessages.done(id, opened(message, client -> sockets.socket(request.getType(), client)));
            }
            case BsdCall.ACCEPT -> {
                return SocketMessages.done(id, opened(message, client -> streams.accept(call, nonBlocking, client)));
            }
            case BsdCall.READINESS_SET -> {
                return SocketMessages.done(id, opened(message, readiness::open));
            }
            case BsdCall.WATCH -> readiness.watch(socket, request.getWatched(), request.getName(), request.getValue());
            case BsdCall.SELECT -> {
                return readiness.select(call, request.getMaxBytes(), request.getLimitUs(), nonBlocking);
            }
            case BsdCall.WAKE_UP -> readiness.wakeUp(socket);
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
                close(socket);
                clients.closed(socket);
            }
            default -> {
                return sessionCall(message, request);
            }
        }
        return SocketMessages.done(id, 0);
    }

    private void close(int file) throws SocketLayerException {
        if (sessions == null) {
            sockets.close(file);
        } else {
            sessions.close(file);
        }
    }

    private MachMessage sessionCall(ReceivedMessage message, SocketRequest request) throws SocketLayerException {
        int id = message.id();
        if (id < BsdCall.MIGRATE) {
            throw new SocketLayerException(Errno.EINVAL, "no call has number " + id);
        }
        SessionCalls calls = sessions;
        return switch (id) {
            case BsdCall.TAKE_OVER -> {
                int opened = opened(message, client -> some(calls).takeOver(request.getData(), client));
                yield some(calls).takenOver(opened);
            }
            case BsdCall.SESSION_MEMORY ->
                SocketMessages.done(id, opened(message, client -> some(calls).openMemory(request.getPath(), client)));
            default -> {
                MachMessage reply = some(calls).execute(message, request);
                if (id == BsdCall.RETURN && request.getClose()) {
                    clients.closed(request.getSocket());
                }
                yield reply;
            }
        };
    }

    private static SessionCalls some(@Nullable SessionCalls sessions) throws SocketLayerException {
        if (sessions == null) {
            throw new SocketLayerException(Errno.EOPNOTSUPP, "no session leaves this server");
        }
        return sessions;
    }

    private interface Opening {
        int open(PortName client) throws SocketLayerException;
    }

    /** A call that makes a file, which dies with the client whose right came with the call. */
    private int opened(ReceivedMessage message, Opening opening) throws SocketLayerException {
        int opened;
        try {
            opened = opening.open(ClientWatch.client(message));
        } catch (SocketLayerException | SessionMovedException e) {
            clients.discard(message.rights());
            throw e;
        }
        clients.opened(message, opened);
        return opened;
    }
}
