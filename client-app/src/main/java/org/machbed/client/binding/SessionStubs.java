package org.machbed.client.binding;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.machbed.ipc.mach.Disposition;
import org.machbed.ipc.mach.MachException;
import org.machbed.ipc.mach.MachMessage;
import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.mach.MemoryObject;
import org.machbed.ipc.mach.OutOfLine;
import org.machbed.ipc.mach.PortName;
import org.machbed.ipc.mach.ReceivedMessage;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.proto.bsd.BsdCall;
import org.machbed.proto.bsd.SocketReply;
import org.machbed.proto.bsd.SocketRequest;

/**
 * The calls of the Unix server's about sessions that move between it and this task, beside {@link SocketStubs}.
 */
public final class SessionStubs implements SessionMoves {
    private static final int STATION_BYTES = 6;

    private final MachTask task;
    private final ServerCalls server;
    private final DescriptorMap descriptors;

    SessionStubs(MachTask task, ServerCalls server, DescriptorMap descriptors) {
        this.task = task;
        this.server = server;
        this.descriptors = descriptors;
    }

    /** The task that the sockets are of. */
    public MachTask task() {
        return task;
    }

    @Override
    public Session migrate(int socket, PortName window, int record) throws SocketLayerException {
        SocketRequest.Builder request = SocketRequest.newBuilder()
                .setSocket(descriptors.translate(socket))
                .setRecord(record + 1);
        MachMessage message = server.opening(BsdCall.MIGRATE, request).withRight(window, Disposition.COPY_SEND);
        return server.callNow(message, SessionStubs::session);
    }

    private static Session session(SocketReply reply, ReceivedMessage message) throws MachException {
        return new Session(reply.getType() == BsdCall.STREAM, state(reply, message));
    }

    private static byte[] state(SocketReply reply, ReceivedMessage message) throws MachException {
        if (message.regions().isEmpty()) {
            return reply.getData().toByteArray();
        }
        MemoryObject region = message.regions().getFirst();
        byte[] state = new byte[region.lengthBytes()];
        region.copyTo(MemorySegment.ofArray(state), 0);
        return state;
    }

    @Override
    public long recall(int socket) throws SocketLayerException {
        SocketRequest.Builder request = SocketRequest.newBuilder().setSocket(descriptors.translate(socket));
        return server.callNow(server.opening(BsdCall.RECALL, request)).getFrames();
    }

    @Override
    public void giveBack(int socket, byte[] state, boolean close) throws SocketLayerException {
        int file = descriptors.translate(socket);
        SocketRequest.Builder request =
                SocketRequest.newBuilder().setSocket(file).setClose(close);
        if (state.length <= BsdCall.MAX_STATE_BYTES_IN_LINE) {
            server.callNow(server.opening(BsdCall.RETURN, request.setData(UnsafeByteOperations.unsafeWrap(state))));
        } else {
            OutOfLine region = server.outOfLine(ByteBuffer.wrap(state));
            server.callNow(server.opening(BsdCall.RETURN, request).withRegion(region));
        }
        if (close) {
            int _ = descriptors.close(socket);
        }
    }

    @Override
    public void takeBack(int socket) throws SocketLayerException {
        SocketRequest.Builder request = SocketRequest.newBuilder()
                .setSocket(descriptors.translate(socket))
                .setRecorded(true);
        server.callNow(server.opening(BsdCall.RETURN, request));
    }

    /** The station of a neighbour, {@code MacAddress.bits}; waits for ARP. Fails with EHOSTUNREACH when nobody answers. */
    public long resolve(int ipv4) throws SocketLayerException {
        SocketRequest.Builder request = SocketRequest.newBuilder().setIpv4(ipv4);
        ByteString station =
                server.callNow(server.opening(BsdCall.RESOLVE, request)).getData();
        if (station.size() != STATION_BYTES) {
            throw new SocketLayerException(Errno.EIO, "the server answered a station of " + station.size() + " octets");
        }
        long bits = 0;
        for (byte octet : station) {
            bits = bits << 8 | (octet & 0xFF);
        }
        return bits;
    }

    /** A token for a socket whose session is in the server: {@link BsdCall#HAND_OVER}. */
    public byte[] handOver(int socket) throws SocketLayerException {
        SocketRequest.Builder request = SocketRequest.newBuilder().setSocket(descriptors.translate(socket));
        return server.callNow(server.opening(BsdCall.HAND_OVER, request))
                .getData()
                .toByteArray();
    }

    /**
     * A share in another task's socket.
     *
     * @param descriptor this task's
     */
    public record Share(int descriptor, boolean isStream) {}

    /** Takes over what a token stands for: {@link BsdCall#TAKE_OVER}. */
    public Share takeOver(byte[] token) throws SocketLayerException {
        SocketRequest.Builder request = SocketRequest.newBuilder().setData(ByteString.copyFrom(token));
        SocketReply reply = server.callNow(server.opening(BsdCall.TAKE_OVER, request));
        return new Share(open(reply.getValue()), reply.getType() == BsdCall.STREAM);
    }

    private int open(int file) throws SocketLayerException {
        try {
            return descriptors.open(file);
        } catch (SocketLayerException e) {
            server.callNow(BsdCall.CLOSE, SocketRequest.newBuilder().setSocket(file));
            throw e;
        }
    }

    /** Tells the server where the records of this task's sessions are: {@link BsdCall#SESSION_MEMORY}. */
    public void sessionMemory(String name) throws SocketLayerException {
        SocketRequest.Builder request = SocketRequest.newBuilder().setPath(name);
        // Open until the task ends, so that the server has it when it needs it.
        SocketReply _ = server.callNow(server.opening(BsdCall.SESSION_MEMORY, request));
    }
}
