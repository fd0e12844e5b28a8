package org.machbed.client.binding;

import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.socket.SocketLayer.Condition;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.proto.bsd.BsdCall;
import org.machbed.proto.bsd.SocketReply;
import org.machbed.proto.bsd.SocketRequest;

/**
 * The user side of the interface that servers of sockets export: what MIG would make of it. One procedure a call, each one RPC;
 * sockets are named by the server's own descriptors. Here the calls that sockets of every kind have; {@link DatagramStubs} and {@link
 * StreamStubs} are those of one kind. Calls that may wait fail with EINTR when the thread is interrupted, and have done nothing then.
 * Thread-safe.
 */
final class SocketStubs {
    private final ServerCalls server;

    SocketStubs(ServerCalls server) {
        this.server = server;
    }

    /** @param type {@link BsdCall#DATAGRAM} or {@link BsdCall#STREAM} */
    int socket(int type) throws SocketLayerException {
        SocketRequest.Builder request = SocketRequest.newBuilder().setType(type);
        return server.callNow(server.opening(BsdCall.SOCKET, request)).getValue();
    }

    void bind(int socket, int ipv4, int port) throws SocketLayerException {
        server.callNow(
                BsdCall.BIND,
                SocketRequest.newBuilder().setSocket(socket).setIpv4(ipv4).setPort(port));
    }

    /**
     * Connects. Address and port 0 dissolve the association of a datagram socket, whose calls never wait; a stream fails with
     * EINPROGRESS when it does not wait and the connection does not stand at once.
     */
    void connect(int socket, int ipv4, int port, boolean wait) throws SocketLayerException {
        SocketRequest.Builder request = SocketRequest.newBuilder().setIpv4(ipv4).setPort(port);
        server.callThatMayWait(BsdCall.CONNECT, socket, request, wait);
    }

    /** What {@link BsdCall#AWAIT} calls a condition. */
    static int number(Condition condition) {
        return switch (condition) {
            case READABLE -> BsdCall.READABLE;
            case WRITABLE -> BsdCall.WRITABLE;
            case DRAINED -> BsdCall.DRAINED;
        };
    }

    /**
     * Whether a condition that {@link BsdCall#AWAIT} names came before the limit.
     *
     * @param limitUs above 0
     */
    boolean await(int socket, int condition, long limitUs) throws SocketLayerException {
        SocketRequest.Builder request =
                SocketRequest.newBuilder().setValue(condition).setLimitUs(limitUs);
        return server.callThatMayWait(BsdCall.AWAIT, socket, request, true).getValue() != 0;
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
