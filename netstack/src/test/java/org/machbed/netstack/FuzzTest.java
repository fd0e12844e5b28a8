package org.machbed.netstack;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.machbed.netstack.arp.ArpPacket;
import org.machbed.netstack.fixture.Host;
import org.machbed.netstack.fixture.Packet;
import org.machbed.netstack.icmp.IcmpHeader;
import org.machbed.netstack.ipv4.IpProtocol;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.netstack.link.FrameOutput;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.UdpSocket;
import org.machbed.netstack.socket.UdpSockets;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A million hostile frames from one seed: random ones, and valid ones with octets changed, cut off, grown, or made fragments of
 * what they are not. Checksums are repaired half of the time, so that the damage is not stopped at the door.
 */
class FuzzTest {
    private static final int FRAMES = 1_050_000;
    private static final long SEED = 0x6D61_6368_6265_64L;
    private static final int LONGEST = 1700;
    private static final int NETWORK = Host.IP_A & 0xFFFF_FF00;

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final Sink sink = new Sink();
    private final NetworkStack stack = new NetworkStack(Host.configuration(Host.MAC_A, "192.0.2.1", 1500), sink);
    private final MemorySegment memory = Arena.ofAuto().allocate(LONGEST + 8);
    private final MemorySegment reader = Arena.ofAuto().allocate(65_536);
    private final byte[][] seeds = seeds();
    private long nowNs;

    /** Takes every frame and remembers the last. */
    private static final class Sink implements FrameOutput {
        final FrameBuffer frame = new FrameBuffer();
        int echoReplies;

        Sink() {
            frame.memory = Arena.ofAuto().allocate(2000);
        }

        @Override
        public FrameBuffer allocate(int lengthBytes) {
            frame.length = lengthBytes;
            return frame;
        }

        @Override
        public void transmit(FrameBuffer frame) {
            assertThat(frame.length).isBetween(14, 1514);
            boolean icmp = frame.memory.get(ValueLayout.JAVA_BYTE, 23) == 1 && frame.length > 34;
            echoReplies += icmp && frame.memory.get(ValueLayout.JAVA_BYTE, 34) == IcmpHeader.ECHO_REPLY ? 1 : 0;
        }

        @Override
        public void release(FrameBuffer frame) {
            // the next allocate lends it again
        }
    }

    private static byte[][] seeds() {
        byte[] quoted = Packet.ipv4()
                .from("192.0.2.1")
                .to("192.0.2.2")
                .data(Packet.udpDatagram(Host.IP_A, Host.IP_B, 4000, 7, new byte[20]))
                .packet();
        Packet large = Packet.udp(9, 7, new byte[1400]);
        return new byte[][] {
            Packet.udp(9, 7, new byte[40]).frame(),
            Packet.udp(7, 4000, new byte[1]).frame(),
            Packet.udp(9, 1234, new byte[600]).frame(),
            Packet.udpTo("192.0.2.255", 9, 7, new byte[3])
                    .macs(MacAddress.MASK, Host.MAC_B)
                    .frame(),
            Packet.udp(9, 7, new byte[9])
                    .options(1, 131, 7, 8, 1, 2, 3, 4, 148, 4, 0, 0)
                    .frame(),
            Packet.icmp(IcmpHeader.ECHO_REQUEST, 0, 1, new byte[56]).frame(),
            Packet.icmp(IcmpHeader.ECHO_REQUEST, 0, 2, new byte[8])
                    .to("192.0.2.255")
                    .macs(MacAddress.MASK, Host.MAC_B)
                    .frame(),
            Packet.icmp(IcmpHeader.DESTINATION_UNREACHABLE, 3, 0, quoted).frame(),
            Packet.icmp(IcmpHeader.DESTINATION_UNREACHABLE, 4, 600, quoted).frame(),
            Packet.icmp(IcmpHeader.TIME_EXCEEDED, 1, 0, quoted).frame(),
            Packet.arp(MacAddress.MASK, ArpPacket.REQUEST, Host.MAC_B, "192.0.2.2", 0, "192.0.2.1"),
            Packet.arp(Host.MAC_A, ArpPacket.REPLY, Host.MAC_B, "192.0.2.2", Host.MAC_A, "192.0.2.1"),
            Packet.arp(MacAddress.MASK, ArpPacket.REQUEST, Host.MAC_C, "192.0.2.1", 0, "192.0.2.1"),
            large.part(0, 800, true).frame(),
            large.part(800, 608, false).frame(),
            large.part(400, 400, true).frame(),
        };
    }

    /** Fills {@link #memory} with one hostile frame and answers its length. */
    private int nextFrame() {
        int kind = random.nextInt(16);
        if (kind == 0) {
            int length = random.nextInt(LONGEST);
            for (int i = 0; i < length; i += 8) {
                memory.set(ValueLayout.JAVA_LONG_UNALIGNED, i, random.nextLong());
            }
            if (random.nextBoolean() && length >= 14) {
                MemorySegment.copy(seeds[0], 0, memory, ValueLayout.JAVA_BYTE, 0, 14);
            }
            return length;
        }
        byte[] seed = seeds[random.nextInt(seeds.length)];
        MemorySegment.copy(seed, 0, memory, ValueLayout.JAVA_BYTE, 0, seed.length);
        int length = seed.length;
        int changes = random.nextInt(4);
        for (int i = 0; i < changes; i++) {
            int at = 14 + random.nextInt(Math.min(length - 14, 50));
            memory.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt());
        }
        switch (kind) {
            case 1 -> length = random.nextInt(length + 1);
            case 2 -> length = Math.min(LONGEST, length + random.nextInt(300));
            case 3, 4, 5 -> {
                memory.set(BigEndian.SHORT, 18, (short) random.nextInt(4));
                memory.set(BigEndian.SHORT, 20, (short) (random.nextInt(4) << 13 | random.nextInt(256)));
            }
            case 6 -> memory.set(BigEndian.SHORT, 20, (short) random.nextInt());
            case 7 -> memory.set(BigEndian.SHORT, 16, (short) random.nextInt());
            case 8 -> memory.set(BigEndian.INT, 26, random.nextInt());
            case 9 -> memory.set(BigEndian.INT, 26, NETWORK + random.nextInt(256));
            default -> {
                // the changes above are enough
            }
        }
        if (random.nextBoolean()) {
            repairChecksums(length);
        }
        return length;
    }

    /** Makes the checksums of IPv4 and ICMP right and leaves UDP's out, as far as the lengths make sense. */
    private void repairChecksums(int length) {
        int header = (memory.get(ValueLayout.JAVA_BYTE, 14) & 0xF) * 4;
        int data = 14 + header;
        if (header < 20 || data + 8 > length) {
            return;
        }
        memory.set(BigEndian.SHORT, 24, (short) 0);
        memory.set(BigEndian.SHORT, 24, (short) Checksum.complement(Checksum.sum(memory, 14, header)));
        int total = memory.get(BigEndian.SHORT, 16) & 0xFFFF;
        int protocol = memory.get(ValueLayout.JAVA_BYTE, 23);
        if (protocol == IpProtocol.UDP) {
            memory.set(BigEndian.SHORT, data + 6, (short) 0);
        } else if (protocol == IpProtocol.ICMP && total >= header + 8 && 14 + total <= length) {
            memory.set(BigEndian.SHORT, data + 2, (short) 0);
            IcmpHeader.writeChecksum(memory, data, total - header);
        }
    }

    private UdpSocket socket(int port) throws SocketLayerException {
        UdpSocket socket = stack.udp().open();
        socket.bind(0, port);
        return socket;
    }

    @Test
    void aMillionHostileFramesAreRefusedOrTakenAndTheStackStillAnswers() throws Exception {
        UdpSocket server = socket(7);
        UdpSocket client = socket(4000);
        client.connect(Host.IP_B, 7);
        long errors = 0;
        for (int i = 0; i < FRAMES; i++) {
            nowNs += random.nextInt(100_000);
            int length = nextFrame();
            stack.onFrame(memory, 0, length, nowNs);
            if ((i & 0xFF) == 0) {
                errors += exercise(server, client);
                assertBounded();
            }
        }
        assertThat(errors).as("errors delivered to the connected socket").isPositive();
        everyKindOfRefusalHappened();
        assertStillAnswersPing();
        assertThat(stack.counters().get(StackCounter.FRAMES_RECEIVED)).isEqualTo(FRAMES + 2L);
    }

    /** The owner's side: reads, sends and lets the time pass, so that every queue is in use. */
    private int exercise(UdpSocket server, UdpSocket client) {
        if (random.nextInt(64) == 0) {
            nowNs += 70_000_000_000L; // beyond the time limit of reassembly
        }
        if (stack.nextDeadlineNs() <= nowNs) {
            stack.onTimer(nowNs);
            assertThat(stack.nextDeadlineNs()).isGreaterThan(nowNs);
        }
        int errors = 0;
        try {
            server.receive(reader, 0, 65_536);
            client.send(reader, 0, random.nextInt(3000), 0, 0, nowNs);
            server.send(reader, 0, 10, NETWORK + 1 + random.nextInt(254), 9, nowNs);
        } catch (SocketLayerException e) {
            errors++;
        }
        return errors;
    }

    private void assertBounded() {
        assertThat(stack.neighbours()).isLessThanOrEqualTo(128);
        assertThat(stack.reassembling()).isLessThanOrEqualTo(16);
        assertThat(stack.udp().queueBytes()).isLessThan(1 << 20);
        assertThat(stack.udp().openSockets()).isEqualTo(2).isLessThan(UdpSockets.CAPACITY);
    }

    private void everyKindOfRefusalHappened() {
        StackCounters counters = stack.counters();
        for (StackCounter counter : StackCounter.values()) {
            boolean provoked = switch (counter) {
                // This world has room everywhere, a gateway, and nothing for ourselves.
                case DROP_OUTPUT_FULL,
                        DROP_LOOPBACK_FULL,
                        DROP_IPV4_NO_ROUTE,
                        DROP_UDP_MEMORY_FULL,
                        DROP_UDP_SESSION_AWAY,
                        DROP_ARP_NOT_OURS,
                        DROP_ARP_QUEUE_FULL -> false;
                // Nobody speaks TCP here; it has a fuzz run of its own.
                default -> counter.isDrop() && !counter.name().startsWith("DROP_TCP_");
            };
            if (provoked) {
                assertThat(counters.get(counter))
                        .as("%s in %s", counter, counters)
                        .isPositive();
            }
        }
    }

    private void assertStillAnswersPing() {
        nowNs += 1_000_000_000L;
        give(Packet.arp(Host.MAC_A, ArpPacket.REPLY, Host.MAC_B, "192.0.2.2", Host.MAC_A, "192.0.2.1"));
        int before = sink.echoReplies;
        give(Packet.icmp(IcmpHeader.ECHO_REQUEST, 0, 99, new byte[56]).frame());
        assertThat(sink.echoReplies).isEqualTo(before + 1);
    }

    private void give(byte[] frame) {
        MemorySegment.copy(frame, 0, memory, ValueLayout.JAVA_BYTE, 0, frame.length);
        stack.onFrame(memory, 0, frame.length, nowNs);
    }
}
