package org.machbed.server;

import com.google.protobuf.ByteString;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Random;
import org.machbed.ipc.mach.Disposition;
import org.machbed.ipc.mach.MachException;
import org.machbed.ipc.mach.MachMessage;
import org.machbed.ipc.mach.MachTransport;
import org.machbed.ipc.mach.PortName;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.proto.bsd.BsdCall;
import org.machbed.proto.bsd.SocketReply;
import org.machbed.proto.bsd.SocketRequest;

/** A {@link TestClient} of the Unix server with the calls of streams. Calls answer replies, which may tell an error. */
final class StreamClient implements AutoCloseable {
    final TestClient client;
    private final PortName life;

    StreamClient(HostDirectory host, MachTransport transport) throws Exception {
        client = new TestClient(host, transport, true);
        life = client.task.allocatePort(1);
    }

    SocketReply call(int id, SocketRequest.Builder request) throws Exception {
        return client.call(id, request);
    }

    private SocketReply opening(int id, SocketRequest.Builder request) throws Exception {
        MachMessage message = MachMessage.of(client.server, id, request.build().toByteString())
                .withRight(life, Disposition.MAKE_SEND);
        return SocketReply.parseFrom(client.task.rpc(message, TestClient.LIMIT).body());
    }

    int socket() throws Exception {
        return TestClient.succeeded(
                        opening(BsdCall.SOCKET, SocketRequest.newBuilder().setType(BsdCall.STREAM)))
                .getValue();
    }

    int readinessSet() throws Exception {
        return TestClient.succeeded(opening(BsdCall.READINESS_SET, SocketRequest.newBuilder()))
                .getValue();
    }

    int listening(int port, int backlog) throws Exception {
        int socket = socket();
        TestClient.succeeded(call(BsdCall.BIND, of(socket).setPort(port)));
        TestClient.succeeded(call(BsdCall.LISTEN, of(socket).setValue(backlog)));
        return socket;
    }

    SocketReply connect(int socket, int ipv4, int port) throws Exception {
        return call(BsdCall.CONNECT, of(socket).setIpv4(ipv4).setPort(port));
    }

    int connected(int ipv4, int port) throws Exception {
        int socket = socket();
        TestClient.succeeded(connect(socket, ipv4, port));
        return socket;
    }

    SocketReply accept(int socket) throws Exception {
        return opening(BsdCall.ACCEPT, of(socket));
    }

    SocketReply acceptNow(int socket) throws Exception {
        return opening(BsdCall.ACCEPT, of(socket).setNonBlocking(true));
    }

    SocketReply send(int socket, byte... data) throws Exception {
        return call(BsdCall.SEND, of(socket).setData(ByteString.copyFrom(data)));
    }

    SocketReply receive(int socket, int room) throws Exception {
        return call(BsdCall.RECEIVE, of(socket).setMaxBytes(room));
    }

    SocketReply receiveNow(int socket, int room) throws Exception {
        return call(BsdCall.RECEIVE, of(socket).setMaxBytes(room).setNonBlocking(true));
    }

    SocketReply shutdown(int socket, int how) throws Exception {
        return call(BsdCall.SHUTDOWN, of(socket).setValue(how));
    }

    SocketReply option(int socket, SocketOptionName name, int value) throws Exception {
        return call(BsdCall.SET_OPTION, of(socket).setOption(name.number()).setValue(value));
    }

    SocketReply close(int socket) throws Exception {
        return client.close(socket);
    }

    /** Sends seeded bytes and the end of the stream; answers the digest of what was sent. */
    String sendAll(int socket, int bytes, int seed) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        Random random = new Random(seed);
        byte[] chunk = new byte[48 * 1024];
        int left = bytes;
        while (left > 0) {
            random.nextBytes(chunk);
            int length = Math.min(left, chunk.length);
            digest.update(chunk, 0, length);
            int sent = 0;
            while (sent < length) {
                SocketRequest.Builder request = of(socket).setData(ByteString.copyFrom(chunk, sent, length - sent));
                sent += TestClient.succeeded(call(BsdCall.SEND, request)).getValue();
            }
            left -= length;
        }
        TestClient.succeeded(shutdown(socket, BsdCall.SHUTDOWN_SENDING));
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Receives up to the end of the stream; answers the digest of what came. */
    String receiveAll(int socket) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        SocketReply reply = TestClient.succeeded(receive(socket, BsdCall.MAX_STREAM_BYTES));
        while (reply.getValue() != 0) {
            digest.update(reply.getData().asReadOnlyByteBuffer());
            reply = TestClient.succeeded(receive(socket, BsdCall.MAX_STREAM_BYTES));
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    static SocketRequest.Builder of(int socket) {
        return SocketRequest.newBuilder().setSocket(socket);
    }

    @Override
    public void close() throws MachException {
        client.close();
    }
}
