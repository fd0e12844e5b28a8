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

/** The calls that only datagram sockets have, beside {@link SocketStubs}. Thread-safe. */
final class DatagramStubs {
    private final ServerCalls server;
    private final Crossings crossings;

    /** @param crossings where copies into requests and out of replies are counted */
    DatagramStubs(ServerCalls server, Crossings crossings) {
        this.server = server;
        this.crossings = crossings;
    }

    int sendTo(int socket, ByteBuffer source, int ipv4, int port) throws SocketLayerException {
        ByteString body = SocketMarshalling.sendTo(socket, source, ipv4, port);
        crossings.copy(source.remaining());
        return server.callNow(BsdCall.SEND_TO, body).getValue();
    }

    /** Receives one datagram into {@code target} from its position, which it leaves alone; answers its packed header. */
    long receiveFrom(int socket, ByteBuffer target, boolean wait) throws SocketLayerException {
        SocketRequest.Builder request = SocketRequest.newBuilder()
                .setSocket(socket)
                .setMaxBytes(target.remaining())
                .setNonBlocking(!wait);
        SocketReply reply =
                wait ? server.call(BsdCall.RECEIVE_FROM, request) : server.callNow(BsdCall.RECEIVE_FROM, request);
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
}
