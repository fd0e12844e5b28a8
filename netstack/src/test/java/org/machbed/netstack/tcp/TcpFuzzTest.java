package org.machbed.netstack.tcp;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.machbed.netstack.BigEndian;
import org.machbed.netstack.NetworkStack;
import org.machbed.netstack.StackConfiguration;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.arp.ArpPacket;
import org.machbed.netstack.ethernet.EthernetHeader;
import org.machbed.netstack.fixture.Host;
import org.machbed.netstack.fixture.Packet;
import org.machbed.netstack.ipv4.IpProtocol;
import org.machbed.netstack.ipv4.Ipv4Header;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.netstack.link.FrameOutput;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.TcpSocket;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A million segments from one seed against connections in every state: sequence and acknowledgment numbers near those that count,
 * any flags, options of any kind and length, checksums right in all but a few. The stack must not fail, must stay within its
 * bounds, and everything that it sends must be well formed.
 */
class TcpFuzzTest {
    private static final int SEGMENTS = 1_000_000;
    private static final int SERVER = 7;
    private static final int PORTS = 24;
    private static final int HEADERS = EthernetHeader.LENGTH_BYTES + Ipv4Header.MINIMUM_BYTES;

    private final SplittableRandom random = new SplittableRandom(0x7463_7066L);
    private final MemorySegment memory = Arena.ofAuto().allocate(2000);
    private final MemorySegment data = Arena.ofAuto().allocate(70_000);
    private final Sink sink = new Sink();
    private final NetworkStack stack = new NetworkStack(configuration(), sink);
    private final TcpSocket[] sockets = new TcpSocket[PORTS];

    /** Of the sockets, those that connect, whose port a segment can be meant for. */
    private final boolean[] connectsFrom = new boolean[PORTS];

    /** States of connections that a segment was meant for. */
    private final Set<TcpState> seen = EnumSet.noneOf(TcpState.class);

    private @Nullable TcpSocket listening;
    private long nowNs = 1_000_000_000_000L;

    /** By the peer's port: what our side said last, so that a guess can be a good one. */
    private final int[] ourNext = new int[65_536];

    private final int[] theirNext = new int[65_536];

    private static StackConfiguration configuration() {
        StackConfiguration plain = Host.configuration(Host.MAC_A, "192.0.2.1", 1500);
        return new StackConfiguration(
                plain.mac(),
                plain.ipv4(),
                24,
                plain.gatewayIpv4(),
                1500,
                1,
                true,
                TcpConfiguration.DEFAULT.toBuilder()
                        .memoryBytes(2 << 20)
                        .connections(64)
                        .halfOpenConnections(8)
                        .buffers(20_000, 20_000)
                        .build());
    }

    /** Checks what is sent and remembers whose turn it is. */
    private final class Sink implements FrameOutput {
        final FrameBuffer frame = new FrameBuffer();
        long segments;

        Sink() {
            frame.memory = Arena.ofAuto().allocate(2000);
        }

        @Override
        public FrameBuffer allocate(int lengthBytes) {
            frame.length = lengthBytes;
            return frame;
        }

        @Override
        public void release(FrameBuffer frame) {
            // the next allocate lends it again
        }

        @Override
        public void transmit(FrameBuffer sent) {
            MemorySegment m = sent.memory;
            if (m.get(BigEndian.SHORT, 12) != 0x0800 || m.get(BigEndian.BYTE, 23) != IpProtocol.TCP) {
                return;
            }
            int length = sent.length - HEADERS;
            int source = m.get(BigEndian.INT, 26);
            int destination = m.get(BigEndian.INT, 30);
            TcpHeader header = new TcpHeader();
            if (header.wrap(m, HEADERS, length) != null
                    || !TcpHeader.hasValidChecksum(m, HEADERS, length, source, destination)
                    || sent.length > 1514) {
                throw new AssertionError("malformed: "
                        + Packet.describe(m.asSlice(0, sent.length).toArray(ValueLayout.JAVA_BYTE)));
            }
            segments++;
            int port = header.destinationPort();
            ourNext[port] = header.endSequence();
            if (header.isAck()) {
                theirNext[port] = header.acknowledgement();
            }
        }
    }

    private int near(int number) {
        return switch (random.nextInt(12)) {
            case 0 -> number + 1;
            case 1 -> number - 1;
            case 2 -> number + random.nextInt(3000);
            case 3 -> number - random.nextInt(3000);
            case 4 -> number + random.nextInt(100_000);
            case 5 -> random.nextInt();
            default -> number;
        };
    }

    private int flags() {
        return switch (random.nextInt(10)) {
            case 0 -> TcpFlags.SYN;
            case 1 -> random.nextInt(256);
            case 2 -> random.nextInt(6) == 0 ? TcpFlags.RST | TcpFlags.ACK : TcpFlags.ACK;
            case 3 -> random.nextInt(3) == 0 ? TcpFlags.FIN | TcpFlags.ACK : TcpFlags.ACK;
            case 4 -> TcpFlags.SYN | TcpFlags.ACK;
            case 5 -> TcpFlags.ACK | TcpFlags.URG | TcpFlags.PSH;
            default -> TcpFlags.ACK;
        };
    }

    /** Fills {@link #memory} with a frame and answers its length. */
    private int nextFrame() {
        int client = random.nextInt(PORTS);
        boolean toClient = random.nextBoolean();
        TcpSocket target = toClient ? sockets[client] : null;
        if (target != null && connectsFrom[client]) {
            seen.add(target.state());
        }
        int sourcePort = toClient ? 9 + client : 3000 + random.nextInt(40);
        int destinationPort = toClient ? 4000 + client : SERVER;
        int options = random.nextInt(3) == 0 ? 4 * random.nextInt(11) : 0;
        int text = random.nextInt(4) == 0 ? random.nextInt(1400) : 0;
        int flags = flags();
        int length = TcpHeader.MINIMUM_BYTES + options + text;
        EthernetHeader.write(memory, 0, Host.MAC_A, Host.MAC_B, 0x0800);
        Ipv4Header.write(memory, 14, 0, 20 + length, 1, 0, 64, IpProtocol.TCP, Host.IP_B, Host.IP_A);
        TcpHeader.write(
                memory,
                HEADERS,
                sourcePort,
                destinationPort,
                near(theirNext[sourcePort]),
                near(ourNext[sourcePort]),
                TcpHeader.MINIMUM_BYTES + options,
                flags,
                random.nextInt(5) == 0 ? random.nextInt(3) * 700 : 65_535,
                random.nextInt(2000));
        putOptions(HEADERS + TcpHeader.MINIMUM_BYTES, options, sourcePort);
        if (random.nextInt(20) == 0) {
            memory.set(BigEndian.BYTE, HEADERS + random.nextInt(20), (byte) random.nextInt());
        }
        if (random.nextInt(50) != 0) {
            memory.set(BigEndian.SHORT, HEADERS + 16, (short) 0);
            TcpHeader.writeChecksum(memory, HEADERS, length, Host.IP_B, Host.IP_A);
        }
        return HEADERS + length;
    }

    private void putOptions(long at, int bytes, int port) {
        for (int i = 0; i < bytes; i++) {
            memory.set(BigEndian.BYTE, at + i, (byte) 1);
        }
        if (bytes >= 12) {
            switch (random.nextInt(4)) {
                case 0 -> {
                    memory.set(BigEndian.INT, at, 0x0101_080A);
                    memory.set(
                            BigEndian.INT,
                            at + 4,
                            (int) (nowNs / 1_000_000) - (random.nextBoolean() ? 0 : random.nextInt(5000)));
                    memory.set(BigEndian.INT, at + 8, random.nextInt());
                }
                case 1 -> {
                    memory.set(BigEndian.INT, at, 0x0101_050A);
                    int left = near(ourNext[port] - random.nextInt(5000));
                    memory.set(BigEndian.INT, at + 4, left);
                    memory.set(BigEndian.INT, at + 8, left + random.nextInt(3000));
                }
                case 2 -> {
                    memory.set(BigEndian.INT, at, 0x0204_0000 | random.nextInt(65_536));
                    memory.set(BigEndian.INT, at + 4, 0x0402_0303);
                    memory.set(BigEndian.BYTE, at + 8, (byte) random.nextInt(16));
                }
                default -> {
                    for (int i = 0; i < bytes; i++) {
                        memory.set(BigEndian.BYTE, at + i, (byte) random.nextInt());
                    }
                }
            }
        }
    }

    /** The owner's side: connects, accepts, sends, receives, closes and aborts, so that connections are in every state. */
    private void exercise() {
        try {
            TcpSocket server = listening;
            if (server == null) {
                server = stack.tcp().open();
                server.setOption(SocketOptionName.REUSE_ADDRESS, 1, nowNs);
                server.bind(0, SERVER);
                server.listen(3, nowNs);
                listening = server;
            }
            int i = random.nextInt(PORTS);
            TcpSocket socket = sockets[i];
            if (socket == null) {
                connectsFrom[i] = random.nextBoolean();
                sockets[i] = connectsFrom[i] ? connect(i) : server.accept(nowNs);
            } else {
                act(i, socket);
            }
        } catch (SocketLayerException e) {
            // what a reset or a full table is told by
        }
    }

    private TcpSocket connect(int i) throws SocketLayerException {
        TcpSocket socket = stack.tcp().open();
        try {
            socket.setOption(SocketOptionName.REUSE_ADDRESS, 1, nowNs);
            socket.bind(0, 4000 + i);
            theirNext[9 + i] = random.nextInt();
            socket.connect(Host.IP_B, 9 + i, nowNs);
        } catch (SocketLayerException e) {
            socket.close(nowNs);
            throw e;
        }
        return socket;
    }

    private void act(int i, TcpSocket socket) throws SocketLayerException {
        switch (random.nextInt(12)) {
            case 0 -> {
                sockets[i] = null;
                socket.setOption(SocketOptionName.LINGER_SECONDS, random.nextInt(3) - 1, nowNs);
                socket.close(nowNs);
            }
            case 1 -> socket.shutdownSending(nowNs);
            case 2, 3, 4 -> socket.receive(data, 0, 20_000, nowNs);
            case 5 -> socket.setOption(SocketOptionName.NO_DELAY, random.nextInt(2), nowNs);
            case 6 -> socket.setOption(SocketOptionName.KEEP_ALIVE, random.nextInt(2), nowNs);
            case 7 -> socket.setOption(SocketOptionName.RECEIVE_BUFFER_BYTES, random.nextInt(40_000), nowNs);
            default -> {
                if (socket.state() == TcpState.CLOSED) {
                    sockets[i] = null;
                    socket.close(nowNs);
                } else {
                    socket.send(data, 0, random.nextInt(5000), nowNs);
                }
            }
        }
    }

    @Test
    void aMillionSegmentsAgainstConnectionsInEveryState() {
        byte[] neighbour = Packet.arp(Host.MAC_A, ArpPacket.REPLY, Host.MAC_B, "192.0.2.2", Host.MAC_A, "192.0.2.1");
        for (int i = 0; i < SEGMENTS; i++) {
            nowNs += random.nextInt(2_000_000);
            if ((i & 0xFFF) == 0) {
                MemorySegment.copy(neighbour, 0, memory, ValueLayout.JAVA_BYTE, 0, neighbour.length);
                stack.onFrame(memory, 0, neighbour.length, nowNs);
            }
            int length = nextFrame();
            stack.onFrame(memory, 0, length, nowNs);
            if ((i & 7) == 0) {
                exercise();
            }
            if (stack.nextDeadlineNs() <= nowNs) {
                stack.onTimer(nowNs);
            }
            if ((i & 0x3FF) == 0) {
                assertThat(stack.tcp().connections()).isLessThanOrEqualTo(64);
                assertThat(stack.tcp().bufferBytes()).isLessThanOrEqualTo(2 << 20);
            }
        }
        assertThat(seen).as("states met").containsAll(EnumSet.allOf(TcpState.class));
        everyKindOfRefusalHappened();
        nothingIsLeft();
    }

    private void everyKindOfRefusalHappened() {
        for (StackCounter counter : StackCounter.values()) {
            boolean provoked = counter.name().startsWith("DROP_TCP_")
                    && counter != StackCounter.DROP_TCP_GROUP
                    && counter != StackCounter.DROP_TCP_TOO_SHORT
                    && counter != StackCounter.DROP_TCP_SESSION_AWAY
                    && counter != StackCounter.DROP_TCP_MEMORY_FULL;
            if (provoked) {
                assertThat(stack.counters().get(counter))
                        .as("%s in %s", counter, stack.counters())
                        .isPositive();
            }
        }
        assertThat(sink.segments).isGreaterThan(100_000);
    }

    private void nothingIsLeft() {
        for (TcpSocket socket : sockets) {
            if (socket != null) {
                socket.close(nowNs);
            }
        }
        while (listening != null) {
            listening.close(nowNs);
            listening = null;
        }
        long endNs = nowNs + 3_000_000_000_000L;
        while (stack.tcp().connections() != 0 && nowNs < endNs) {
            nowNs = Math.max(nowNs, stack.nextDeadlineNs());
            stack.onTimer(nowNs);
        }
        assertThat(stack.tcp().connections()).isZero();
        assertThat(stack.tcp().bufferBytes()).isZero();
        assertThat(stack.tcp().openSockets()).isZero();
        assertThat(stack.tcp().runningTimers()).isZero();
    }
}
