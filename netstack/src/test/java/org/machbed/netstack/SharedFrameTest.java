package org.machbed.netstack;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.machbed.netstack.arp.ArpPacket;
import org.machbed.netstack.ethernet.EthernetHeader;
import org.machbed.netstack.fixture.Host;
import org.machbed.netstack.fixture.Packet;
import org.machbed.netstack.icmp.IcmpHeader;
import org.machbed.netstack.ipv4.Ipv4Header;
import org.machbed.netstack.socket.DatagramListener;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.UdpSocket;
import org.machbed.netstack.udp.UdpHeader;

import static org.assertj.core.api.Assertions.assertThat;

/** Frames lie where their sender can still write: what was read and checked is what counts, and it is read once. */
@Timeout(60)
class SharedFrameTest {
    private static final int ETHERNET = EthernetHeader.LENGTH_BYTES;

    private static MemorySegment memory(byte[] bytes) {
        MemorySegment memory = Arena.ofAuto().allocate(bytes.length);
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
        return memory;
    }

    @Test
    void aUdpHeaderIsReadOnce() {
        MemorySegment memory = memory(Packet.udpDatagram(Host.IP_B, Host.IP_A, 9, 7, new byte[5]));
        UdpHeader datagram = new UdpHeader();
        assertThat(datagram.wrap(memory, 0, 13)).isNull();
        String before = datagram + ", checksum " + datagram.checksum();
        memory.fill((byte) 0xFF);
        assertThat(datagram + ", checksum " + datagram.checksum()).isEqualTo(before);
        assertThat(datagram.lengthBytes()).isEqualTo(13);
    }

    @Test
    void anIpv4HeaderIsReadOnce() {
        byte[] packet = Packet.udp(9, 7, new byte[800]).part(400, 8, true).packet();
        MemorySegment memory = memory(packet);
        Ipv4Header header = new Ipv4Header();
        assertThat(header.wrap(memory, 0, packet.length)).isNull();
        String before = header.toString();
        memory.fill((byte) 0xFF);
        assertThat(header).hasToString(before);
        assertThat(header.fragmentOffsetBytes()).isEqualTo(400);
        assertThat(header.isFragment()).isTrue();
    }

    /** The header that an ICMP error quotes says who is told of it, and which path has the smaller MTU. */
    @Test
    void aQuotedHeaderIsReadOnce() {
        MemorySegment memory = memory(Packet.udp(9, 7, new byte[20]).packet());
        Ipv4Header quoted = new Ipv4Header();
        assertThat(quoted.wrapQuoted(memory, 0, 28)).isTrue();
        String before = quoted.toString();
        memory.fill((byte) 0xFF);
        assertThat(quoted).hasToString(before);
    }

    @Test
    void anIcmpHeaderIsReadOnce() {
        byte[] frame = Packet.icmp(IcmpHeader.DESTINATION_UNREACHABLE, 4, 600).frame();
        MemorySegment memory = memory(frame);
        IcmpHeader message = new IcmpHeader();
        assertThat(message.wrap(memory, ETHERNET + Ipv4Header.MINIMUM_BYTES, IcmpHeader.LENGTH_BYTES))
                .isNull();
        int checksum = message.checksum();
        memory.fill((byte) 0xFF);
        assertThat(message).hasToString("ICMP type 3 code 4, length 8");
        assertThat(message.nextHopMtuBytes()).isEqualTo(600);
        assertThat(message.rest()).isEqualTo(600);
        assertThat(message.checksum()).isEqualTo(checksum);
    }

    @Test
    void anArpPacketIsReadOnce() {
        byte[] frame = Packet.arp(Host.MAC_A, 2, Host.MAC_B, "192.0.2.2", Host.MAC_A, "192.0.2.1");
        MemorySegment memory = memory(frame);
        ArpPacket packet = new ArpPacket();
        assertThat(packet.wrap(memory, ETHERNET, ArpPacket.LENGTH_BYTES)).isNull();
        memory.fill((byte) 0xFF);
        assertThat(packet).hasToString("ARP, Reply 192.0.2.2 is-at 02:00:00:00:00:02");
        assertThat(packet.operation()).isEqualTo(ArpPacket.REPLY);
        assertThat(packet.targetIpv4()).isEqualTo(Host.IP_A);
        assertThat(packet.targetMac()).isEqualTo(Host.MAC_A);
    }

    @Test
    void anEthernetHeaderIsReadOnce() {
        MemorySegment memory = memory(Packet.udp(9, 7).frame());
        EthernetHeader header = new EthernetHeader();
        assertThat(header.wrap(memory, 0, ETHERNET)).isNull();
        memory.fill((byte) 0xFF);
        assertThat(header).hasToString("02:00:00:00:00:02 > 02:00:00:00:00:01, ethertype IPv4 (0x0800)");
        assertThat(header.source()).isEqualTo(Host.MAC_B);
    }

    /** Between one receiver of a broadcast and the next, the sender makes the datagram longer than its frame. */
    @Test
    void aLengthThatChangesBetweenTwoReceiversChangesNothing() throws SocketLayerException {
        Host host = Host.aKnowingB();
        List<Integer> lengths = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            UdpSocket socket = host.stack.udp().open();
            socket.setOption(SocketOptionName.REUSE_ADDRESS, 1);
            socket.bind(0, 7);
            socket.listener(new Overwriting(lengths));
        }
        host.give(Packet.udpTo("192.0.2.255", 9, 7, new byte[3]).macs(MacAddress.MASK, Host.MAC_B));
        assertThat(lengths).containsExactly(3, 3);
    }

    /** Takes datagrams, and writes over their header. */
    private record Overwriting(List<Integer> lengths) implements DatagramListener {
        @Override
        public boolean onDatagram(MemorySegment memory, long offset, int length, int sourceIpv4, int sourcePort) {
            lengths.add(length);
            memory.asSlice(offset - UdpHeader.LENGTH_BYTES, UdpHeader.LENGTH_BYTES)
                    .fill((byte) 0xFF);
            return true;
        }

        @Override
        public void onReadable() {}

        @Override
        public void onError(Errno errno) {}
    }

    /** What the stack does with each frame is chance here; that it goes on is not. */
    @Test
    void aSenderThatWritesWhileTheStackReadsHarmsNothing() throws InterruptedException, SocketLayerException {
        Host host = Host.aKnowingB();
        UdpSocket socket = host.bound(7);
        byte[][] frames = {
            Packet.udp(9, 7, new byte[40]).frame(),
            Packet.udp(9, 7, new byte[1400]).part(0, 800, true).frame(),
            Packet.udp(9, 7, new byte[1400]).part(800, 608, false).frame(),
            Packet.icmp(IcmpHeader.ECHO_REQUEST, 0, 1, new byte[56]).frame(),
        };
        // No room behind the longest frame: who reads beyond it fails.
        MemorySegment memory = Arena.ofShared().allocate(ETHERNET + 20 + 800);
        AtomicBoolean done = new AtomicBoolean();
        Thread writer = Thread.ofPlatform().daemon().start(() -> {
            Random random = new Random(7);
            while (!done.get()) {
                // The fields that say how much there is and where it belongs: total length, offset, UDP length.
                int field = new int[] {ETHERNET + 2, ETHERNET + 6, ETHERNET + 24}[random.nextInt(3)];
                memory.set(BigEndian.SHORT, field, (short) random.nextInt());
            }
        });
        for (int i = 0; i < 200_000; i++) {
            byte[] frame = frames[i % frames.length];
            MemorySegment.copy(frame, 0, memory, ValueLayout.JAVA_BYTE, 0, frame.length);
            host.stack.onFrame(memory, 0, frame.length, host.nowNs);
            if (i % 64 == 0) {
                host.takeFrames();
                while (!host.receive(socket).equals("nothing")) {
                    host.nowNs++;
                }
            }
        }
        done.set(true);
        writer.join();
        assertThat(host.count(StackCounter.FRAMES_RECEIVED)).isEqualTo(200_001);
    }
}
