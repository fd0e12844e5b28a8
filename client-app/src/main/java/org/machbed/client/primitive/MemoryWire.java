package org.machbed.client.primitive;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.NetworkStack;
import org.machbed.netstack.StackConfiguration;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.netstack.link.FrameOutput;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.UdpSocket;

/**
 * Two stacks with a socket each, connected to each other, whose frames are passed on in memory when {@link #settle} is called: what
 * primitives of the stack are measured on. The time stands still, so that nothing ages.
 */
final class MemoryWire {
    static final int ADDRESS_A = 0xC0000201;
    static final int ADDRESS_B = 0xC0000202;
    static final int PREFIX_LENGTH = 24;
    static final int PORT = 5001;
    static final long NOW_NS = 1_000_000_000L;

    private static final int MTU_BYTES = 1500;
    private static final int MAX_FRAMES = 64;

    final Output outputA = new Output();
    final Output outputB = new Output();
    final NetworkStack stackA = stack("02:00:00:00:00:01", ADDRESS_A, outputA);
    final NetworkStack stackB = stack("02:00:00:00:00:02", ADDRESS_B, outputB);
    final UdpSocket socketA;
    final UdpSocket socketB;

    MemoryWire() throws SocketLayerException {
        socketA = connected(stackA, ADDRESS_A, ADDRESS_B);
        socketB = connected(stackB, ADDRESS_B, ADDRESS_A);
    }

    private static NetworkStack stack(String mac, int ipv4, Output output) {
        return new NetworkStack(
                new StackConfiguration(MacAddress.parse(mac), ipv4, PREFIX_LENGTH, 0, MTU_BYTES, 1, true), output);
    }

    private static UdpSocket connected(NetworkStack stack, int local, int peer) throws SocketLayerException {
        UdpSocket socket = stack.udp().open();
        socket.bind(local, PORT);
        socket.connect(peer, PORT);
        return socket;
    }

    /** Lets frames go to and fro until none is left; answers the last that came to b. */
    @Nullable
    MemorySegment settle() {
        MemorySegment lastToB = null;
        while (!outputA.sent.isEmpty() || !outputB.sent.isEmpty()) {
            MemorySegment toB = outputA.sent.poll();
            if (toB != null) {
                lastToB = toB;
                stackB.onFrame(toB, 0, (int) toB.byteSize(), NOW_NS);
            }
            MemorySegment toA = outputB.sent.poll();
            if (toA != null) {
                stackA.onFrame(toA, 0, (int) toA.byteSize(), NOW_NS);
            }
        }
        return lastToB;
    }

    /**
     * The frame of one datagram from a to b, addresses resolved and both sockets empty.
     *
     * @throws IllegalStateException when it did not arrive
     */
    MemorySegment frameToB(int bytes) throws SocketLayerException {
        MemorySegment data = Arena.ofAuto().allocate(bytes);
        socketA.send(data, 0, bytes, 0, 0, NOW_NS);
        settle();
        socketA.send(data, 0, bytes, 0, 0, NOW_NS);
        MemorySegment frame = settle();
        int received = 0;
        while (socketB.readable()) {
            socketB.receive(data, 0, bytes);
            received++;
        }
        if (frame == null || received != 2) {
            throw new IllegalStateException(
                    received + " of 2 datagrams arrived: " + stackA.counters() + stackB.counters());
        }
        return frame;
    }

    /** Keeps what is sent, or only counts it. */
    static final class Output implements FrameOutput {
        private final MemorySegment memory = Arena.ofAuto().allocate(MTU_BYTES + 64, 64);
        private final FrameBuffer buffer = new FrameBuffer();
        private final Queue<MemorySegment> sent = new ArrayDeque<>();
        private boolean discards;
        private long frames;

        /** From now on frames are counted and forgotten. */
        void discard() {
            discards = true;
        }

        long frames() {
            return frames;
        }

        @Override
        public @Nullable FrameBuffer allocate(int lengthBytes) {
            buffer.memory = memory;
            buffer.offset = 0;
            buffer.length = lengthBytes;
            return buffer;
        }

        @Override
        public void transmit(FrameBuffer frame) {
            frames++;
            if (!discards && sent.size() < MAX_FRAMES) {
                sent.add(Arena.ofAuto()
                        .allocate(frame.length)
                        .copyFrom(frame.memory.asSlice(frame.offset, frame.length)));
            }
        }

        @Override
        public void release(FrameBuffer frame) {
            // There is one room, and it is free again.
        }
    }
}
