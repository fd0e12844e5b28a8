package org.machbed.client.binding;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import org.machbed.ipc.process.Crossings;
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.proto.bsd.BsdCall;
import org.machbed.proto.bsd.SocketReply;
import org.machbed.proto.bsd.SocketRequest;

/**
 * The calls that only stream sockets have, beside {@link SocketStubs}. Calls that may wait fail with EINTR when the thread is interrupted, and have done nothing
 * then. A message carries up to {@link BsdCall#MAX_STREAM_BYTES}. Thread-safe.
 */
final class StreamStubs {
    private final ServerCalls server;
    private final Crossings crossings;

    /** @param crossings where copies into requests and out of replies are counted */
    StreamStubs(ServerCalls server, Crossings crossings) {
        this.server = server;
        this.crossings = crossings;
    }

    /** Fails with EINPROGRESS when it does not wait and the connect is not over. */
    void finishConnect(int socket, boolean wait) throws SocketLayerException {
        server.callThatMayWait(BsdCall.FINISH_CONNECT, socket, SocketRequest.newBuilder(), wait);
    }

    void listen(int socket, int backlog) throws SocketLayerException {
        server.callNow(
                BsdCall.LISTEN, SocketRequest.newBuilder().setSocket(socket).setValue(backlog));
    }

    int accept(int socket, boolean wait) throws SocketLayerException {
        int number = server.nextNumber();
        SocketRequest.Builder request = ServerCalls.named(SocketRequest.newBuilder(), socket, wait, number);
        return server.callThatMayWait(server.opening(BsdCall.ACCEPT, request), socket, wait, number)
                .getValue();
    }

    /** Sends from {@code source}'s position, which it leaves alone; answers how many bytes were taken. */
    int send(int socket, ByteBuffer source, boolean urgent, boolean wait) throws SocketLayerException {
        int number = server.nextNumber();
        int bytes = Math.min(source.remaining(), BsdCall.MAX_STREAM_BYTES);
        SocketRequest head = ServerCalls.named(SocketRequest.newBuilder(), socket, wait, number)
                .setUrgent(urgent)
                .build();
        ByteString body = SocketMarshalling.withData(head, source, bytes);
        crossings.copy(bytes);
        int taken = server.callThatMayWait(server.request(BsdCall.SEND, body), socket, wait, number)
                .getValue();
        if (taken < 0 || taken > bytes) {
            throw new SocketLayerException(Errno.EIO, "the server took " + taken + " of " + bytes + " bytes");
        }
        return taken;
    }

    /** Receives into {@code target} from its position, which it leaves alone; 0 at the end of the stream. */
    int receive(int socket, ByteBuffer target, boolean wait) throws SocketLayerException {
        SocketRequest.Builder request = SocketRequest.newBuilder().setMaxBytes(target.remaining());
        SocketReply reply = server.callThatMayWait(BsdCall.RECEIVE, socket, request, wait);
        ByteString data = reply.getData();
        if (data.size() > target.remaining() || data.size() != reply.getValue()) {
            throw new SocketLayerException(
                    Errno.EIO,
                    "the server answered " + data.size() + " bytes and said " + reply.getValue()
                            + " where there was room for " + target.remaining());
        }
        SocketMarshalling.copyOut(data, target, data.size());
        crossings.copy(data.size());
        return data.size();
    }

    /** @param how as {@link BsdCall#SHUTDOWN} has it */
    void shutdown(int socket, int how) throws SocketLayerException {
        server.callNow(
                BsdCall.SHUTDOWN, SocketRequest.newBuilder().setSocket(socket).setValue(how));
    }

    long remoteAddress(int socket) throws SocketLayerException {
        SocketReply reply = server.callNow(
                BsdCall.REMOTE_ADDRESS, SocketRequest.newBuilder().setSocket(socket));
        return DatagramHeader.pack(reply.getIpv4(), reply.getPort(), 0);
    }
}
