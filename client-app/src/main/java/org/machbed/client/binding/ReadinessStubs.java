package org.machbed.client.binding;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import org.machbed.ipc.process.Crossings;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.ReadinessSet;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.proto.bsd.BsdCall;
import org.machbed.proto.bsd.SocketReply;
import org.machbed.proto.bsd.SocketRequest;

/** The calls on sets of sockets, beside {@link SocketStubs}, whose close is theirs too. Thread-safe. */
final class ReadinessStubs {
    private final ServerCalls server;
    private final Crossings crossings;

    /** @param crossings where copies out of replies are counted */
    ReadinessStubs(ServerCalls server, Crossings crossings) {
        this.server = server;
        this.crossings = crossings;
    }

    int readinessSet() throws SocketLayerException {
        return server.callNow(server.opening(BsdCall.READINESS_SET, SocketRequest.newBuilder()))
                .getValue();
    }

    /** @param name what {@link #select} calls the socket, not 0 */
    void watch(int set, int socket, int name, int interests) throws SocketLayerException {
        SocketRequest.Builder request = SocketRequest.newBuilder()
                .setSocket(set)
                .setWatched(socket)
                .setName(name)
                .setValue(interests);
        server.callNow(BsdCall.WATCH, request);
    }

    /**
     * Puts pairs into {@code target} from its position, which it leaves alone. An interrupt of the thread does not end the wait.
     *
     * @param limitUs how long at most, 0 for as long as it takes
     * @return how many
     */
    int select(int set, ByteBuffer target, long limitUs, boolean wait) throws SocketLayerException {
        SocketRequest.Builder request = SocketRequest.newBuilder()
                .setSocket(set)
                .setMaxBytes(target.remaining())
                .setLimitUs(limitUs)
                .setNonBlocking(!wait);
        SocketReply reply = server.callNow(BsdCall.SELECT, request);
        ByteString data = reply.getData();
        int pairs = reply.getValue();
        if (data.size() > target.remaining() || data.size() != (long) pairs * ReadinessSet.PAIR_BYTES) {
            throw new SocketLayerException(
                    Errno.EIO,
                    "the server answered " + data.size() + " bytes and said " + pairs
                            + " sockets where there was room for " + target.remaining());
        }
        SocketMarshalling.copyOut(data, target, data.size());
        crossings.copy(data.size());
        return pairs;
    }

    void wakeUp(int set) throws SocketLayerException {
        server.callNow(BsdCall.WAKE_UP, SocketRequest.newBuilder().setSocket(set));
    }
}
