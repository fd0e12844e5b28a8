package org.machbed.client.session;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.machbed.client.binding.EmulationLibrary;
import org.machbed.client.binding.SessionMovedException;
import org.machbed.client.lending.LendingSockets;
import org.machbed.client.lending.Loan;
import org.machbed.client.lending.OwnMemory;
import org.machbed.client.lending.StreamEnd;
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.StreamSocketLayer;

/**
 * Buffers of the protocol library, lent while a session is there. Where it is in the server, which lends nothing, what is lent is
 * a copy; what was composed in the library's buffers before a session left is copied too.
 */
final class SessionLending implements LendingSockets {
    private static final int LONGEST_DATAGRAM_BYTES = 65_507;

    /** What is received of a stream at once where the server has it. */
    private static final int PIECE_BYTES = 65_536;

    private final DatagramPlacement placement;
    private final MovedCalls calls;
    private final SessionSockets sockets;
    private final LendingSockets library;
    private final EmulationLibrary server;

    SessionLending(
            DatagramPlacement placement,
            MovedCalls calls,
            SessionSockets sockets,
            LendingSockets library,
            EmulationLibrary server) {
        this.placement = placement;
        this.calls = calls;
        this.sockets = sockets;
        this.library = library;
        this.server = server;
    }

    @Override
    public int mostDatagramBytes() {
        return library.mostDatagramBytes();
    }

    @Override
    public @Nullable Loan receive(int socket, boolean wait) throws SocketLayerException {
        return calls.where(
                sockets.get(socket),
                inLibrary -> inLibrary ? library.receive(socket, wait) : receiveInServer(socket, wait));
    }

    private @Nullable Loan receiveInServer(int socket, boolean wait) throws SocketLayerException {
        ByteBuffer datagram = ByteBuffer.allocate(LONGEST_DATAGRAM_BYTES);
        long header = server.receive(socket, datagram, wait);
        return header == DatagramHeader.NONE ? null : copyOf(datagram, DatagramHeader.lengthBytes(header), header);
    }

    private static Loan copyOf(ByteBuffer buffer, int bytes, long header) {
        return OwnMemory.copyOf(MemorySegment.ofBuffer(buffer).asSlice(0, bytes), header);
    }

    @Override
    public Loan allocate(int socket, int bytes) throws SocketLayerException {
        SessionSocket _ = sockets.get(socket);
        return library.allocate(socket, bytes);
    }

    @Override
    public void send(int socket, Loan room, int bytes, int ipv4, int port) throws SocketLayerException {
        SessionSocket session = sockets.get(socket);
        int misses = 0;
        while (true) {
            int place = placement.placeToSend(session, ipv4);
            try {
                if (SessionSocket.isInLibrary(place)) {
                    library.send(socket, room, bytes, ipv4, port);
                } else {
                    int _ = server.send(socket, composed(room, 0, bytes), ipv4, port);
                }
                return;
            } catch (SocketLayerException | SessionMovedException e) {
                misses = calls.requireMoved(session, place, misses, e);
            }
        }
    }

    private static ByteBuffer composed(Loan room, int from, int bytes) {
        return room.memory().asSlice(from, bytes).asByteBuffer();
    }

    @Override
    public @Nullable Loan receiveStream(int socket, int most, boolean wait) throws SocketLayerException {
        return calls.where(
                sockets.get(socket),
                inLibrary -> inLibrary
                        ? library.receiveStream(socket, most, wait)
                        : receiveStreamInServer(socket, most, wait));
    }

    private @Nullable Loan receiveStreamInServer(int socket, int most, boolean wait) throws SocketLayerException {
        ByteBuffer piece = ByteBuffer.allocate(Math.min(most, PIECE_BYTES));
        int bytes = server.receiveStream(socket, piece, wait);
        if (bytes == StreamSocketLayer.END_OF_STREAM) {
            return new StreamEnd();
        }
        return bytes == 0 ? null : copyOf(piece, bytes, DatagramHeader.NONE);
    }

    /** Where the server has the session, the write may have to wait instead. */
    @Override
    public @Nullable Loan allocateStream(int socket, int most, boolean wait) throws SocketLayerException {
        return calls.where(
                sockets.get(socket),
                inLibrary -> inLibrary
                        ? library.allocateStream(socket, most, wait)
                        : OwnMemory.ofRoom(Math.min(most, PIECE_BYTES)));
    }

    @Override
    public int sendStream(int socket, Loan room, int from, int bytes) throws SocketLayerException {
        return Objects.requireNonNull(
                calls.where(
                        sockets.get(socket),
                        inLibrary -> inLibrary
                                ? library.sendStream(socket, room, from, bytes)
                                : server.sendStream(socket, composed(room, from, bytes), true)),
                "a count");
    }
}
