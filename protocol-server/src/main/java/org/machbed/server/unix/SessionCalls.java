package org.machbed.server.unix;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.ObjLongConsumer;
import org.machbed.ipc.mach.Disposition;
import org.machbed.ipc.mach.MachException;
import org.machbed.ipc.mach.MachMessage;
import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.mach.MemoryObject;
import org.machbed.ipc.mach.OutOfLine;
import org.machbed.ipc.mach.PortName;
import org.machbed.ipc.mach.PortRight;
import org.machbed.ipc.mach.ReceivedMessage;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.proto.bsd.BsdCall;
import org.machbed.proto.bsd.SocketReply;
import org.machbed.proto.bsd.SocketRequest;
import org.machbed.proto.device.DeviceCall;
import org.machbed.proto.device.SessionEvent;
import org.machbed.server.ClientWatch;
import org.machbed.server.SocketMessages;

/**
 * The calls about sessions in libraries, as messages. A client is known by the right to a port of its own that came with the socket:
 * nobody else can send the same right. Any server thread may call.
 */
final class SessionCalls {
    /** Longest state of a session: both rings at their largest, and some. */
    private static final int MAX_STATE_BYTES = 16 * 1024 * 1024;

    private final MachTask task;
    private final Spl spl;
    private final SocketCalls sockets;
    private final SessionParts parts;

    SessionCalls(MachTask task, BsdKernel kernel, SocketCalls sockets, SessionParts parts) {
        this.task = task;
        this.spl = kernel.spl();
        this.sockets = sockets;
        this.parts = parts;
    }

    /** Whether a call needs its message's rights until it is over. */
    static boolean usesRights(int id) {
        return id == BsdCall.MIGRATE
                || id == BsdCall.RECALL
                || id == BsdCall.RETURN
                || id == BsdCall.RESOLVE
                || id == BsdCall.HAND_OVER;
    }

    /** Executes a call but those that open a file. */
    MachMessage execute(ReceivedMessage message, SocketRequest request) throws SocketLayerException {
        int id = message.id();
        int socket = request.getSocket();
        CallName call = new CallName(socket, request.getCall());
        PortName client = ClientWatch.client(message);
        return switch (id) {
            case BsdCall.MIGRATE ->
                migrated(parts.departures().migrate(call, client, window(message), request.getRecord() - 1), socket);
            case BsdCall.RECALL ->
                SocketMessages.reply(
                        id, SocketReply.newBuilder().setFrames(parts.returns().recall(socket, client)));
            case BsdCall.RETURN -> {
                giveBack(message, request, client);
                yield SocketMessages.done(id, 0);
            }
            case BsdCall.RESOLVE ->
                SocketMessages.reply(
                        id,
                        SocketReply.newBuilder()
                                .setData(station(parts.neighbours()
                                        .resolve(call, client, request.getIpv4(), request.getNonBlocking()))));
            case BsdCall.HAND_OVER ->
                SocketMessages.reply(
                        id, SocketReply.newBuilder().setData(parts.shares().handOver(socket, client)));
            default -> throw new SocketLayerException(Errno.EINVAL, "no call has number " + id);
        };
    }

    private static PortName window(ReceivedMessage message) throws SocketLayerException {
        List<PortRight> rights = message.rights();
        if (rights.size() < 2
                || rights.get(1).disposition() != Disposition.MOVE_SEND
                || !rights.get(1).name().isValid()) {
            throw new SocketLayerException(Errno.EINVAL, "no right to a session window came with the call");
        }
        return rights.get(1).name();
    }

    private MachMessage migrated(byte[] state, int socket) throws SocketLayerException {
        SocketReply.Builder reply = SocketReply.newBuilder().setType(type(socket));
        if (state.length <= BsdCall.MAX_STATE_BYTES_IN_LINE) {
            return SocketMessages.reply(BsdCall.MIGRATE, reply.setData(UnsafeByteOperations.unsafeWrap(state)));
        }
        try {
            OutOfLine region = task.outOfLine(ByteBuffer.wrap(state));
            return SocketMessages.reply(BsdCall.MIGRATE, reply).withRegion(region);
        } catch (MachException e) {
            // The session has left, and nobody has it.
            parts.returns().bringBack(socket, MemorySegment.ofArray(state));
            throw new SocketLayerException(Errno.ENOBUFS, "no memory object for the state: " + e.getMessage());
        }
    }

    private int type(int socket) throws SocketLayerException {
        int s = spl.splnet();
        try {
            return sockets.files().get(socket) instanceof BsdStreamSocket ? BsdCall.STREAM : BsdCall.DATAGRAM;
        } finally {
            spl.splx(s);
        }
    }

    private void giveBack(ReceivedMessage message, SocketRequest request, PortName client) throws SocketLayerException {
        if (request.getRecorded()) {
            parts.returns().takeBack(request.getSocket(), client);
            return;
        }
        MemorySegment state = state(message, request.getData());
        if (state.byteSize() == 0) {
            parts.returns().end(request.getSocket(), client);
        } else {
            parts.returns().giveBack(request.getSocket(), client, state);
        }
        if (request.getClose()) {
            close(request.getSocket());
        }
    }

    /** In memory that the client cannot change. */
    private static MemorySegment state(ReceivedMessage message, ByteString data) throws SocketLayerException {
        if (message.regions().isEmpty()) {
            return MemorySegment.ofArray(data.toByteArray());
        }
        MemoryObject region = message.regions().getFirst();
        if (region.lengthBytes() > MAX_STATE_BYTES) {
            throw new SocketLayerException(
                    Errno.EMSGSIZE,
                    "a session's state of " + region.lengthBytes() + " bytes is over " + MAX_STATE_BYTES);
        }
        MemorySegment state = MemorySegment.ofArray(new byte[region.lengthBytes()]);
        try {
            region.copyTo(state, 0);
        } catch (MachException e) {
            throw new SocketLayerException(Errno.EINVAL, "the state cannot be read: " + e.getMessage());
        }
        return state;
    }

    private static ByteString station(long bits) {
        byte[] octets = new byte[6];
        for (int i = 0; i < octets.length; i++) {
            octets[i] = (byte) (bits >>> (8 * (octets.length - 1 - i)));
        }
        return UnsafeByteOperations.unsafeWrap(octets);
    }

    /** Takes a socket over that another client hands over, and answers the descriptor. */
    int takeOver(ByteString token, PortName client) throws SocketLayerException {
        return parts.shares().takeOver(token, client);
    }

    /** The answer to {@link #takeOver}. */
    MachMessage takenOver(int descriptor) throws SocketLayerException {
        return SocketMessages.reply(
                BsdCall.TAKE_OVER, SocketReply.newBuilder().setValue(descriptor).setType(type(descriptor)));
    }

    /** Opens a client's session memory, and answers the descriptor. */
    int openMemory(String path, PortName client) throws SocketLayerException {
        return parts.memories().open(client, path);
    }

    /**
     * Closes a file of any kind. A socket whose session is away gets it back first, and with a client's session memory go all that are in
     * the client.
     */
    void close(int descriptor) throws SocketLayerException {
        PortName client = clientOfMemory(descriptor);
        if (client.isValid()) {
            parts.returns().reclaimAll(away -> away.client().equals(client));
        }
        while (!sockets.closeUnlessAway(descriptor)) {
            parts.returns().reclaim(descriptor);
        }
    }

    private PortName clientOfMemory(int descriptor) throws SocketLayerException {
        int s = spl.splnet();
        try {
            return sockets.files().file(descriptor) instanceof BsdSessionMemory memory
                    ? memory.client()
                    : PortName.NULL;
        } finally {
            spl.splx(s);
        }
    }

    /**
     * The kernel tells of a session window; its sessions come back. Who has died loses its sockets besides, by the death of its port.
     *
     * @return whether the message was that
     */
    boolean onEvent(ReceivedMessage message) {
        if (message.id() != DeviceCall.SESSION_EVENT) {
            return false;
        }
        try {
            SessionEvent event = SessionEvent.parseFrom(message.body());
            if (event.getWhat() == SessionEvent.What.GONE) {
                parts.counters().windowGone();
            } else {
                parts.counters().windowStalled();
            }
            parts.returns().reclaimAll(away -> away.window() == event.getWindow());
            return true;
        } catch (InvalidProtocolBufferException e) {
            return false;
        }
    }

    void tellCounters(ObjLongConsumer<String> consumer) {
        parts.counters().tell(consumer);
        int s = spl.splnet();
        try {
            parts.departed().tell(consumer);
            parts.early().tell(consumer);
        } finally {
            spl.splx(s);
        }
    }
}
