package org.machbed.server;

import com.google.protobuf.ByteString;
import java.time.Duration;
import org.machbed.ipc.mach.Disposition;
import org.machbed.ipc.mach.MachException;
import org.machbed.ipc.mach.MachMessage;
import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.mach.MachTransport;
import org.machbed.ipc.mach.PortName;
import org.machbed.ipc.mach.ReceivedMessage;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.proto.bsd.BsdCall;
import org.machbed.proto.bsd.SocketReply;
import org.machbed.proto.bsd.SocketRequest;

/** A client of either server: a task of its own and the calls as plain messages. */
final class TestClient implements AutoCloseable {
    static final Duration LIMIT = Duration.ofSeconds(20);

    final MachTask task;
    final PortName server;
    private final PortName life;

    TestClient(HostDirectory host, MachTransport transport, boolean unix) throws Exception {
        task = StartingKernel.connect(host, transport, "client");
        server = task.lookUp(unix ? BsdCall.UNIX_SERVER : BsdCall.UDP_SERVER, LIMIT);
        life = task.allocatePort(1);
    }

    int socket() throws Exception {
        MachMessage request =
                MachMessage.of(server, BsdCall.SOCKET, ByteString.EMPTY).withRight(life, Disposition.MAKE_SEND);
        return succeeded(parse(task.rpc(request, LIMIT))).getValue();
    }

    int bound(int port) throws Exception {
        int socket = socket();
        succeeded(
                call(BsdCall.BIND, SocketRequest.newBuilder().setSocket(socket).setPort(port)));
        return socket;
    }

    SocketReply send(int socket, int ipv4, int port, byte... data) throws Exception {
        return call(
                BsdCall.SEND_TO,
                SocketRequest.newBuilder()
                        .setSocket(socket)
                        .setIpv4(ipv4)
                        .setPort(port)
                        .setData(ByteString.copyFrom(data)));
    }

    SocketReply receive(int socket, int room) throws Exception {
        return call(
                BsdCall.RECEIVE_FROM,
                SocketRequest.newBuilder().setSocket(socket).setMaxBytes(room));
    }

    SocketReply receiveNow(int socket) throws Exception {
        return call(
                BsdCall.RECEIVE_FROM,
                SocketRequest.newBuilder().setSocket(socket).setMaxBytes(2000).setNonBlocking(true));
    }

    SocketReply close(int socket) throws Exception {
        return call(BsdCall.CLOSE, SocketRequest.newBuilder().setSocket(socket));
    }

    SocketReply call(int id, SocketRequest.Builder request) throws Exception {
        return call(id, request.build().toByteString());
    }

    SocketReply call(int id, ByteString body) throws Exception {
        return parse(task.rpc(MachMessage.of(server, id, body), LIMIT));
    }

    private static SocketReply parse(ReceivedMessage reply) throws Exception {
        return SocketReply.parseFrom(reply.body());
    }

    static SocketReply succeeded(SocketReply reply) {
        if (reply.getErrno() != 0) {
            throw new AssertionError("errno " + reply.getErrno());
        }
        return reply;
    }

    @Override
    public void close() throws MachException {
        task.close();
    }
}
