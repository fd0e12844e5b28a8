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
 * The user side of the interface that servers of sockets export: what MIG would make of it. One procedure a call, each one RPC;
 * sockets are named by the server's own descriptors. Here the calls of sockets of every kind, and of datagram sockets. Thread-safe.
 */
final class SocketStubs {
    private final ServerCalls server;
    private final Crossings crossings;

    /** @param crossings where copies into requests and out of replies are counted */
    SocketStubs(ServerCalls server, Crossings crossings) {
        this.server = server;
        this.crossings = crossings;
    }

    int socket() throws SocketLayerException {
        return server.callNow(server.opening(BsdCall.SOCKET, SocketRequest.newBuilder()))
                .getValue();
    }

    void bind(int socket, int ipv4, int port) throws SocketLayerException {
        server.callNow(
                BsdCall.BIND,
                SocketRequest.newBuilder().setSocket(socket).setIpv4(ipv4).setPort(port));
    }

    /** Address and port 0 dissolve the association. */
    void connect(int socket, int ipv4, int port) throws SocketLayerException {
        server.callNow(
                BsdCall.CONNECT,
                SocketRequest.newBuilder().setSocket(socket).setIpv4(ipv4).setPort(port));
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

    long localAddress(int socket) throws SocketLayerException {
        SocketReply reply =
                server.callNow(BsdCall.LOCAL_ADDRESS, SocketRequest.newBuilder().setSocket(socket));
        return DatagramHeader.pack(reply.getIpv4(), reply.getPort(), 0);
    }

    int option(int socket, int option) throws SocketLayerException {
        SocketRequest.Builder request =
                SocketRequest.newBuilder().setSocket(socket).setOption(option);
        return server.callNow(BsdCall.GET_OPTION, request).getValue();
    }

    void setOption(int socket, int option, int value) throws SocketLayerException {
        SocketRequest.Builder request =
                SocketRequest.newBuilder().setSocket(socket).setOption(option).setValue(value);
        server.callNow(BsdCall.SET_OPTION, request);
    }

    void close(int socket) throws SocketLayerException {
        server.callNow(BsdCall.CLOSE, SocketRequest.newBuilder().setSocket(socket));
    }
}
