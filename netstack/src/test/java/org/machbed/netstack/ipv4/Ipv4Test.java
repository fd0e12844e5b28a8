package org.machbed.netstack.ipv4;

import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.fixture.Host;
import org.machbed.netstack.fixture.Packet;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.UdpSocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** RFC 791 section 3.1 and RFC 1122 section 3.2.1: which packets are taken, and what ours look like. */
class Ipv4Test {
    private static final String FROM_B = "192.0.2.2:9 x";
    private static final byte X = 'x';

    private final Host host = Host.aKnowingB();
    private UdpSocket socket;

    @BeforeEach
    void bind() throws SocketLayerException {
        socket = host.bound(7);
    }

    private void takes(byte[] frame) throws SocketLayerException {
        host.give(frame);
        assertThat(host.receive(socket)).isEqualTo(FROM_B);
        assertThat(host.stack.counters().drops()).isZero();
        assertThat(host.take()).isEmpty();
    }

    private void refuses(byte[] frame, StackCounter reason) throws SocketLayerException {
        host.give(frame);
        assertThat(host.receive(socket)).isEqualTo("nothing");
        assertThat(host.count(reason))
                .as("%s of %s", reason, host.stack.counters())
                .isEqualTo(1);
        assertThat(host.stack.counters().drops()).isEqualTo(1);
        assertThat(host.take()).isEmpty();
    }

    private static byte[] changed(byte[] frame, int at, int value) {
        byte[] changed = frame.clone();
        changed[at] = (byte) value;
        return changed;
    }

    @Test
    void aWellFormedPacketIsTaken() throws Exception {
        takes(Packet.udp(9, 7, X).frame());
    }

    @Test
    void paddingOfShortFramesIsIgnored() throws Exception {
        takes(Arrays.copyOf(Packet.udp(9, 7, X).frame(), 60));
    }

    @Test
    void aPacketShorterThanItsHeaderIsRefused() throws Exception {
        refuses(Arrays.copyOf(Packet.udp(9, 7, X).frame(), 14 + 19), StackCounter.DROP_IPV4_TOO_SHORT);
    }

    @Test
    void version6IsRefused() throws Exception {
        refuses(changed(Packet.udp(9, 7, X).frame(), 14, 0x65), StackCounter.DROP_IPV4_VERSION);
    }

    @ParameterizedTest
    @ValueSource(ints = {0x44, 0x40, 0x4F})
    void anImpossibleHeaderLengthIsRefused(int first) throws Exception {
        refuses(changed(Packet.udp(9, 7, X).frame(), 14, first), StackCounter.DROP_IPV4_HEADER_LENGTH);
    }

    @Test
    void aTotalLengthBeyondTheFrameIsRefused() throws Exception {
        refuses(changed(Packet.udp(9, 7, X).frame(), 17, 30), StackCounter.DROP_IPV4_TOTAL_LENGTH);
    }

    @Test
    void aTotalLengthWithinTheHeaderIsRefused() throws Exception {
        refuses(changed(Packet.udp(9, 7, X).frame(), 17, 19), StackCounter.DROP_IPV4_TOTAL_LENGTH);
    }

    /** RFC 1122 section 3.2.1.2. */
    @ParameterizedTest
    @ValueSource(ints = {15, 18, 22, 24, 26, 33})
    void aDamagedHeaderIsRefused(int at) throws Exception {
        byte[] frame = Packet.udp(9, 7, X).frame();
        refuses(changed(frame, at, frame[at] ^ 0x10), StackCounter.DROP_IPV4_CHECKSUM);
    }

    /** RFC 1122 section 3.2.1.7: a host does not discard what arrives with a time to live below 2. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void anExpiredTimeToLiveIsNoReasonToRefuse(int timeToLive) throws Exception {
        takes(Packet.udp(9, 7, X).timeToLive(timeToLive).frame());
    }

    /** RFC 1122 section 3.2.1.8: options that we do not know are passed over. */
    @Test
    void optionsArePassedOver() throws Exception {
        takes(Packet.udp(9, 7, X)
                .options(1, 148, 4, 0, 0, 7, 3, 4, 1, 0, 99, 99)
                .frame());
    }

    @Test
    void aTravelledSourceRouteIsPassedOver() throws Exception {
        takes(Packet.udp(9, 7, X).options(131, 7, 8, 198, 51, 100, 1, 0).frame());
    }

    @Test
    void aSourceRouteThatAsksUsToForwardIsRefused() throws Exception {
        refuses(
                Packet.udp(9, 7, X).options(137, 7, 4, 198, 51, 100, 1, 0).frame(),
                StackCounter.DROP_IPV4_SOURCE_ROUTE);
    }

    /** RFC 1122 section 3.2.2.5: a parameter problem points at the option. */
    private void refusesOptions(Packet packet, int pointer) throws SocketLayerException {
        host.give(packet);
        assertThat(host.receive(socket)).isEqualTo("nothing");
        assertThat(host.count(StackCounter.DROP_IPV4_OPTIONS)).isEqualTo(1);
        byte[] error = host.takeFrames().getFirst();
        assertThat(Packet.describe(error)).startsWith("192.0.2.1 > 192.0.2.2: ICMP type 12 code 0");
        assertThat(error[38]).isEqualTo((byte) pointer);
        assertThat(Arrays.copyOfRange(error, 42, error.length)).isEqualTo(packet.packet());
    }

    @Test
    void anOptionLongerThanTheHeaderIsRefused() throws Exception {
        refusesOptions(Packet.udp(9, 7, X).options(148, 5, 0, 0), 20);
    }

    @Test
    void anOptionOfNoLengthIsRefused() throws Exception {
        refusesOptions(Packet.udp(9, 7, X).options(148, 4, 0, 0, 1, 148, 0, 0), 25);
    }

    @Test
    void anOptionCutOffBeforeItsLengthIsRefused() throws Exception {
        refusesOptions(Packet.udp(9, 7, X).options(1, 1, 1, 148), 23);
    }

    @Test
    void aSourceRouteWithoutPointerIsRefused() throws Exception {
        refusesOptions(Packet.udp(9, 7, X).options(131, 2, 0, 0), 20);
    }

    /** RFC 1122 section 3.2.2: no error about what went to several hosts, or about an error. */
    @Test
    void malformedOptionsOfBroadcastsAndErrorsAreRefusedInSilence() throws Exception {
        host.give(Packet.udpTo("192.0.2.255", 9, 7, X).options(148, 0, 0, 0).macs(MacAddress.MASK, Host.MAC_B));
        host.give(Packet.icmp(3, 3, 0, Packet.udp(7, 9).packet()).options(148, 0, 0, 0));
        assertThat(host.count(StackCounter.DROP_IPV4_OPTIONS)).isEqualTo(2);
        assertThat(host.take()).isEmpty();
    }

    /** RFC 1122 section 3.2.1.3: a source address is one host's, elsewhere. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "0.1.2.3",
                "127.0.0.1",
                "224.0.0.1",
                "240.0.0.1",
                "255.255.255.255",
                "192.0.2.255",
                "192.0.2.0",
                "192.0.2.1"
            })
    void aSourceThatIsNotOneHostElsewhereIsRefused(String source) throws Exception {
        refuses(Packet.udp(9, 7, X).from(source).frame(), StackCounter.DROP_IPV4_ILLEGAL_SOURCE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.3", "198.51.100.1", "127.0.0.1", "0.0.0.0", "192.0.2.0"})
    void anotherHostsPacketIsNotForwarded(String destination) throws Exception {
        refuses(Packet.udpTo(destination, 9, 7, X).frame(), StackCounter.DROP_IPV4_NOT_FOR_US);
    }

    @Test
    void aGroupThatWeHaveNotJoinedIsRefused() throws Exception {
        refuses(Packet.udpTo("224.0.0.1", 9, 7, X).frame(), StackCounter.DROP_IPV4_MULTICAST);
    }

    /** RFC 1122 section 3.3.6: one host's packet does not come in a broadcast frame. */
    @Test
    void ourPacketInABroadcastFrameIsRefused() throws Exception {
        refuses(Packet.udp(9, 7, X).macs(MacAddress.MASK, Host.MAC_B).frame(), StackCounter.DROP_IPV4_BROADCAST_FRAME);
    }

    @ParameterizedTest
    @ValueSource(strings = {"255.255.255.255", "192.0.2.255"})
    void broadcastsAreTaken(String destination) throws Exception {
        takes(Packet.udpTo(destination, 9, 7, X)
                .macs(MacAddress.MASK, Host.MAC_B)
                .frame());
    }

    /** RFC 1122 section 3.2.2.1. */
    @Test
    void anUnknownProtocolIsAnsweredSo() {
        host.give(Packet.ipv4().protocol(99).data(new byte[8]));
        assertThat(host.take()).containsExactly("192.0.2.1 > 192.0.2.2: ICMP type 3 code 2, length 36");
        assertThat(host.count(StackCounter.DROP_IPV4_UNKNOWN_PROTOCOL)).isEqualTo(1);
    }

    @Test
    void ourPacketsForbidFragmentsAndHaveATimeToLiveOf64() throws Exception {
        socket.setOption(SocketOptionName.TYPE_OF_SERVICE, 0x10);
        host.send(socket, "x", "192.0.2.2", 9);
        byte[] frame = host.takeFrames().getFirst();
        assertThat(frame[14]).isEqualTo((byte) 0x45);
        assertThat(frame[15]).isEqualTo((byte) 0x10);
        assertThat(frame[20]).isEqualTo((byte) 0x40);
        assertThat(frame[22]).isEqualTo((byte) 64);
    }

    /** RFC 1122 section 3.2.1.7, RFC 9293 section 3.9.2 (MUST-49). */
    @Test
    void theTimeToLiveIsConfigurable() throws Exception {
        Host near = new Host(Host.configuration(Host.MAC_A, "192.0.2.1", 1500).withTimeToLive(3));
        near.give(Packet.arp(Host.MAC_A, 2, Host.MAC_B, "192.0.2.2", Host.MAC_A, "192.0.2.1"));
        near.send(near.bound(7), "x", "192.0.2.2", 9);
        assertThat(near.takeFrames().getFirst()[22]).isEqualTo((byte) 3);
    }

    /** RFC 1122 section 3.3.1.1: what is not for the attached network goes to the gateway. */
    @Test
    void farDestinationsAreReachedThroughTheGateway() throws Exception {
        host.send(socket, "x", "198.51.100.1", 9);
        assertThat(host.take()).containsExactly("ARP, Request who-has 192.0.2.254 tell 192.0.2.1");
        host.give(Packet.arp(Host.MAC_A, 2, Host.MAC_C, "192.0.2.254", Host.MAC_A, "192.0.2.1"));
        assertThat(host.take()).containsExactly("192.0.2.1 > 198.51.100.1: UDP 7 > 9, length 1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"240.0.0.1", "0.1.2.3", "192.0.2.0"})
    void whatIsNoHostCannotBeSentTo(String destination) {
        assertThatThrownBy(() -> host.send(socket, "x", destination, 9))
                .isInstanceOfSatisfying(
                        SocketLayerException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENETUNREACH));
        assertThat(host.count(StackCounter.DROP_IPV4_NO_ROUTE)).isEqualTo(1);
        assertThat(host.take()).isEmpty();
    }

    /** RFC 1112 section 6.4. */
    @Test
    void aMulticastGoesToItsGroupOfStations() throws Exception {
        host.send(socket, "x", "239.129.2.3", 9);
        byte[] frame = host.takeFrames().getFirst();
        assertThat(Arrays.copyOf(frame, 6)).containsExactly(1, 0, 0x5e, 1, 2, 3);
    }

    @Test
    void aPacketThatTheLinkHasNoRoomForIsDroppedAndCounted() throws Exception {
        host.room = 0;
        host.send(socket, "x", "192.0.2.2", 9);
        assertThat(host.count(StackCounter.DROP_OUTPUT_FULL)).isEqualTo(1);
        assertThat(host.count(StackCounter.UDP_DATAGRAMS_SENT)).isZero();
    }

    /** RFC 1122 section 3.2.1.3 (g). */
    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.1.2.3", "192.0.2.1"})
    void whatWeSendToOurselvesDoesNotLeaveUs(String ourselves) throws Exception {
        UdpSocket other = host.bound(9);
        host.send(other, "x", ourselves, 7);
        String source = ourselves.startsWith("127") ? "127.0.0.1" : ourselves;
        assertThat(host.receive(socket)).isEqualTo(source + ":9 x");
        assertThat(host.take()).isEmpty();
    }

    @Test
    void theLargestDatagramReachesOurselvesInOnePiece() throws Exception {
        UdpSocket other = host.bound(9);
        host.send(other, new byte[65_507], 0x7F000001, 7);
        assertThat(host.receive(socket)).hasSize("127.0.0.1:9 ".length() + 65_507);
        assertThat(host.count(StackCounter.IPV4_FRAGMENTS_SENT)).isZero();
    }
}
