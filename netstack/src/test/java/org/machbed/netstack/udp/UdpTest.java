package org.machbed.netstack.udp;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.machbed.netstack.Checksum;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.StackConfiguration;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.fixture.Host;
import org.machbed.netstack.fixture.Packet;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.UdpSocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** RFC 768 and RFC 1122 section 4.1. */
class UdpTest {
    private final Host host = Host.aKnowingB();

    private static Packet withLengthField(int length) {
        byte[] datagram = Packet.udpDatagram(Host.IP_B, Host.IP_A, 9, 7, new byte[] {'a', 'b'});
        datagram[4] = 0;
        datagram[5] = (byte) length;
        datagram[6] = 0;
        datagram[7] = 0;
        return Packet.ipv4().data(datagram);
    }

    @Test
    void aDatagramShorterThanItsHeaderIsRefused() {
        host.give(Packet.ipv4().data(new byte[7]));
        assertThat(host.count(StackCounter.DROP_UDP_TOO_SHORT)).isEqualTo(1);
        assertThat(host.take()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 7, 11, 255})
    void aLengthThatCannotBeIsRefused(int length) {
        host.give(withLengthField(length));
        assertThat(host.count(StackCounter.DROP_UDP_LENGTH)).isEqualTo(1);
        assertThat(host.take()).isEmpty();
    }

    @Test
    void octetsBehindTheLengthAreIgnored() throws Exception {
        UdpSocket socket = host.bound(7);
        host.give(withLengthField(9));
        assertThat(host.receive(socket)).isEqualTo("192.0.2.2:9 a");
        host.give(withLengthField(8));
        assertThat(host.receive(socket)).isEqualTo("192.0.2.2:9 ");
    }

    /** RFC 1122 section 4.1.3.4: damage anywhere, pseudo-header included, is noticed. */
    @Test
    void aDamagedDatagramIsRefused() throws Exception {
        UdpSocket socket = host.bound(7);
        for (int at = 34; at < 44; at++) {
            byte[] frame = Packet.udp(9, 7, (byte) 1, (byte) 2).frame();
            if (at != 38 && at != 39) { // the length is checked before
                frame[at] ^= 0x04;
                host.give(frame);
            }
        }
        host.give(Packet.udp(9, 7, (byte) 1).from("192.0.2.3"));
        assertThat(host.count(StackCounter.DROP_UDP_CHECKSUM)).isEqualTo(9);
        assertThat(host.receive(socket)).isEqualTo("nothing");
        assertThat(host.take()).isEmpty();
    }

    /** RFC 768: an all zero checksum means that the sender made none. */
    @Test
    void aZeroChecksumIsAccepted() throws Exception {
        UdpSocket socket = host.bound(7);
        host.give(withLengthField(10));
        assertThat(host.receive(socket)).isEqualTo("192.0.2.2:9 ab");
    }

    private static int checksumField(byte[] frame) {
        return (frame[40] & 0xFF) << 8 | (frame[41] & 0xFF);
    }

    /** RFC 768: "if the computed checksum is zero, it is transmitted as all ones". */
    @Test
    void aChecksumThatComesOutZeroIsSentAsAllOnes() throws Exception {
        UdpSocket socket = host.bound(4000);
        int rest = Checksum.pseudoHeader(Host.IP_A, Host.IP_B, 17, 10);
        for (int word : new int[] {4000, 7, 10}) {
            rest = Checksum.combine(rest, word);
        }
        int needed = Checksum.complement(rest);
        host.send(socket, new byte[] {(byte) (needed >>> 8), (byte) needed}, Host.IP_B, 7);
        byte[] frame = host.takeFrames().getFirst();
        assertThat(checksumField(frame)).isEqualTo(0xFFFF);
        Host peer = new Host(Host.configuration(Host.MAC_B, "192.0.2.2", 1500));
        UdpSocket receiver = peer.bound(7);
        peer.give(frame);
        assertThat(peer.receive(receiver)).startsWith("192.0.2.1:4000 ");
    }

    @Test
    void checksumsCanBeLeftOut() throws Exception {
        Host plain = new Host(new StackConfiguration(new MacAddress(Host.MAC_A), Host.IP_A, 24, 0, 1500, 1, false));
        plain.give(Packet.arp(Host.MAC_A, 2, Host.MAC_B, "192.0.2.2", Host.MAC_A, "192.0.2.1"));
        plain.send(plain.bound(4000), "x", "192.0.2.2", 7);
        plain.send(plain.bound(4001), new byte[3000], Host.IP_B, 7);
        plain.takeFrames()
                .subList(0, 2)
                .forEach(frame -> assertThat(checksumField(frame)).isZero());
    }

    /** Its data may lie in memory that somebody else has cut short; the frame begun for it must not block the others. */
    @Test
    void aDatagramThatCannotBeReadLeavesNoFrameBehind() throws Exception {
        UdpSocket socket = host.bound(4000);
        MemorySegment cutShort = MemorySegment.ofArray(new byte[10]);
        for (int length : new int[] {100, 3000}) {
            assertThatThrownBy(() -> socket.send(cutShort, 0, length, Host.IP_B, 7, host.nowNs))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            host.send(socket, "x", "192.0.2.2", 7);
            assertThat(host.take()).containsExactly("192.0.2.1 > 192.0.2.2: UDP 4000 > 7, length 1");
        }
    }

    /** RFC 1122 section 4.1.3.1. */
    @Test
    void aDatagramForNobodyIsAnsweredSo() {
        host.give(Packet.udp(9, 7, (byte) 1));
        assertThat(host.take()).containsExactly("192.0.2.1 > 192.0.2.2: ICMP type 3 code 3, length 37");
        assertThat(host.count(StackCounter.DROP_UDP_NO_PORT)).isEqualTo(1);
    }

    @Test
    void portZeroIsNobodys() throws Exception {
        UdpSocket unbound = host.stack.udp().open();
        host.give(Packet.udp(9, 0, (byte) 1));
        host.give(Packet.udpTo("192.0.2.255", 9, 0, (byte) 1));
        assertThat(host.count(StackCounter.DROP_UDP_NO_PORT)).isEqualTo(2);
        assertThat(unbound.readable()).isFalse();
    }

    /** RFC 1122 section 4.1.3.5. */
    @Test
    void theMostSpecificSocketReceives() throws Exception {
        UdpSocket any = host.stack.udp().open();
        UdpSocket ours = host.stack.udp().open();
        UdpSocket connected = host.stack.udp().open();
        for (UdpSocket socket : new UdpSocket[] {any, ours, connected}) {
            socket.setOption(SocketOptionName.REUSE_ADDRESS, 1);
        }
        any.bind(0, 7);
        ours.bind(Host.IP_A, 7);
        connected.bind(0, 7);
        connected.connect(Host.IP_B, 9);
        host.give(Packet.udp(9, 7, (byte) 'c'));
        host.give(Packet.udp(10, 7, (byte) 'o'));
        ours.close();
        host.give(Packet.udp(10, 7, (byte) 'a'));
        connected.disconnect();
        host.give(Packet.udp(9, 7, (byte) 'l'));
        assertThat(host.receive(connected)).isEqualTo("192.0.2.2:9 c");
        assertThat(host.receive(any)).isEqualTo("192.0.2.2:10 a");
        assertThat(host.receive(connected)).as("the latest of two equals").isEqualTo("192.0.2.2:9 l");
        assertThat(host.receive(any)).isEqualTo("nothing");
    }

    @Test
    void aConnectedSocketHearsItsPeerOnly() throws Exception {
        UdpSocket socket = host.bound(7);
        socket.connect(Host.IP_B, 9);
        host.give(Packet.udp(10, 7, (byte) 1));
        assertThat(host.receive(socket)).isEqualTo("nothing");
        assertThat(host.count(StackCounter.DROP_UDP_NO_PORT)).isEqualTo(1);
        socket.disconnect();
        host.give(Packet.udp(10, 7, (byte) 'x'));
        assertThat(host.receive(socket)).isEqualTo("192.0.2.2:10 x");
    }

    /** A broadcast is everybody's who is bound to the port. */
    @Test
    void aBroadcastReachesEverySocketOfThePort() throws Exception {
        UdpSocket first = host.stack.udp().open();
        UdpSocket second = host.stack.udp().open();
        UdpSocket unicastOnly = host.stack.udp().open();
        for (UdpSocket socket : new UdpSocket[] {first, second, unicastOnly}) {
            socket.setOption(SocketOptionName.REUSE_ADDRESS, 1);
        }
        first.bind(0, 7);
        second.bind(Ipv4Address.parse("192.0.2.255"), 7);
        unicastOnly.bind(Host.IP_A, 7);
        host.give(Packet.udpTo("192.0.2.255", 9, 7, (byte) 'x').macs(MacAddress.MASK, Host.MAC_B));
        assertThat(host.receive(first)).isEqualTo("192.0.2.2:9 x");
        assertThat(host.receive(second)).isEqualTo("192.0.2.2:9 x");
        assertThat(host.receive(unicastOnly)).isEqualTo("nothing");
        assertThat(host.take()).isEmpty();
    }

    @Test
    void ourBroadcastGoesToEveryStation() throws Exception {
        UdpSocket socket = host.bound(7);
        socket.setOption(SocketOptionName.BROADCAST, 1);
        host.send(socket, "x", "192.0.2.255", 9);
        byte[] frame = host.takeFrames().getFirst();
        assertThat(Packet.describe(frame)).isEqualTo("192.0.2.1 > 192.0.2.255: UDP 7 > 9, length 1");
        assertThat(frame).startsWith(0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF);
    }
}
