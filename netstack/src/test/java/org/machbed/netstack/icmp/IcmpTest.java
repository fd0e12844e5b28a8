package org.machbed.netstack.icmp;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.fixture.Host;
import org.machbed.netstack.fixture.Packet;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.UdpSocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** RFC 792, RFC 1122 section 3.2.2, RFC 1191. */
class IcmpTest {
    private final Host host = Host.aKnowingB();

    private static byte[] counting(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) i;
        }
        return bytes;
    }

    /** RFC 1122 section 3.2.2.6: the data come back as they are. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 56, 1471, 1472})
    void anEchoIsAnsweredWithItsOwnData(int length) {
        host.give(Packet.icmp(IcmpHeader.ECHO_REQUEST, 0, 0x0042_0007, counting(length)));
        byte[] frame = host.takeFrames().getFirst();
        assertThat(Packet.describe(frame)).isEqualTo("192.0.2.1 > 192.0.2.2: ICMP echo reply, id 66, seq 7");
        assertThat(Arrays.copyOfRange(frame, 42, frame.length)).isEqualTo(counting(length));
    }

    /** A reply of nothing but zeros has the checksum 0xFFFF: RFC 1624 section 3's sum cannot tell the two zeros apart. */
    @ParameterizedTest
    @CsvSource({"0, 0, 0xFFFF", "64, 0, 0xFFFF", "2, 1, 0"})
    void theChecksumOfAReplyOfZerosIsRight(int length, int rest, int checksum) {
        byte[] data = new byte[length];
        if (rest != 0) {
            data[0] = (byte) 0xFF;
            data[1] = (byte) 0xFE;
        }
        host.give(Packet.icmp(IcmpHeader.ECHO_REQUEST, 0, rest, data));
        byte[] reply = host.takeFrames().getFirst();
        assertThat(Packet.describe(reply)).isEqualTo("192.0.2.1 > 192.0.2.2: ICMP echo reply, id 0, seq " + rest);
        assertThat(((reply[36] & 0xFF) << 8) | (reply[37] & 0xFF)).isEqualTo(checksum);
    }

    /** RFC 1122 section 3.2.2.6: record route and timestamp come back with us added, others do not. */
    @ParameterizedTest
    @CsvSource({
        // record route: room, full, too short for any, a pointer before the first address
        "07 07 04 00 00 00 00 00, 07 07 08 C0 00 02 01 00",
        "01 07 07 08 C6 33 64 01, 07 07 08 C6 33 64 01 00",
        "07 03 04 00, ''",
        "07 07 03 00 00 00 00 00, 07 07 03 00 00 00 00 00",
        // timestamp: times, times and addresses, addresses asked for, no room any more
        "44 08 05 00 00 00 00 00, 44 08 09 00 80 0F 42 40",
        "44 0C 05 01 00 00 00 00 00 00 00 00, 44 0C 0D 01 C0 00 02 01 80 0F 42 40",
        "44 0C 05 03 C0 00 02 01 00 00 00 00, 44 0C 0D 03 C0 00 02 01 80 0F 42 40",
        "44 0C 05 03 C0 00 02 07 00 00 00 00, 44 0C 05 03 C0 00 02 07 00 00 00 00",
        "44 08 09 00 01 02 03 04, 44 08 09 10 01 02 03 04",
        "44 08 09 F0 01 02 03 04, 44 08 09 F0 01 02 03 04",
        // others
        "94 04 00 00, ''",
        "94 04 00 00 07 07 04 00 00 00 00 00, 07 07 08 C0 00 02 01 00",
        "00 07 07 04 00 00 00 00, ''",
    })
    void anEchoBringsBackTheOptionsThatRecordItsWay(String request, String reply) {
        int[] options = Arrays.stream(request.split(" "))
                .mapToInt(octet -> Integer.parseInt(octet, 16))
                .toArray();
        host.nowNs = 1_000_000 * 1_000_000L;
        host.give(Packet.icmp(IcmpHeader.ECHO_REQUEST, 0, 0x0042_0007, counting(9))
                .options(options));
        byte[] frame = host.takeFrames().getFirst();
        assertThat(Packet.describe(frame)).isEqualTo("192.0.2.1 > 192.0.2.2: ICMP echo reply, id 66, seq 7");
        int end = 14 + (frame[14] & 0xF) * 4;
        assertThat(HexFormat.ofDelimiter(" ").withUpperCase().formatHex(frame, 34, end))
                .isEqualTo(reply);
        assertThat(Arrays.copyOfRange(frame, end + 8, frame.length)).isEqualTo(counting(9));
    }

    @Test
    void aFragmentedEchoIsAnsweredInFragments() {
        Packet echo = Packet.icmp(IcmpHeader.ECHO_REQUEST, 0, 1, counting(4000));
        host.give(echo.part(0, 1480, true));
        host.give(echo.part(1480, 1480, true));
        host.give(echo.part(2960, 1048, false));
        List<byte[]> frames = host.takeFrames();
        assertThat(frames.stream().map(Packet::describe))
                .containsExactly(
                        "192.0.2.1 > 192.0.2.2: fragment 0:1480+",
                        "192.0.2.1 > 192.0.2.2: fragment 1480:1480+",
                        "192.0.2.1 > 192.0.2.2: fragment 2960:1048");
        Host peer = new Host(Host.configuration(Host.MAC_B, "192.0.2.2", 1500));
        frames.forEach(peer::give);
        assertThat(peer.count(StackCounter.ICMP_ECHO_REPLIES_RECEIVED)).isEqualTo(1);
    }

    /** RFC 1122 section 3.2.2.6 allows to discard them. */
    @ParameterizedTest
    @ValueSource(strings = {"255.255.255.255", "192.0.2.255"})
    void aBroadcastEchoIsNotAnswered(String destination) {
        host.give(Packet.icmp(IcmpHeader.ECHO_REQUEST, 0, 1).to(destination).macs(MacAddress.MASK, Host.MAC_B));
        assertThat(host.take()).isEmpty();
        assertThat(host.count(StackCounter.DROP_ICMP_BROADCAST)).isEqualTo(1);
    }

    @Test
    void damagedAndShortMessagesAreRefused() {
        byte[] frame = Packet.icmp(IcmpHeader.ECHO_REQUEST, 0, 1, counting(10)).frame();
        frame[45] ^= 1;
        host.give(frame);
        host.give(Packet.ipv4().protocol(1).data(new byte[7]));
        assertThat(host.count(StackCounter.DROP_ICMP_CHECKSUM)).isEqualTo(1);
        assertThat(host.count(StackCounter.DROP_ICMP_TOO_SHORT)).isEqualTo(1);
        assertThat(host.take()).isEmpty();
    }

    /** RFC 1122 section 3.2.2: unknown types are silently discarded; source quench (RFC 6633) and redirects are not heeded. */
    @ParameterizedTest
    @ValueSource(ints = {1, 4, 5, 9, 10, 13, 15, 17, 200})
    void otherTypesAreIgnored(int type) {
        host.give(Packet.icmp(type, 0, 0, Packet.udp(1, 2).packet()));
        assertThat(host.take()).isEmpty();
        assertThat(host.count(StackCounter.DROP_ICMP_IGNORED_TYPE)).isEqualTo(1);
    }

    /** RFC 1122 section 3.2.2: at least header and 8 octets; RFC 1812 section 4.3.2.3: up to 576 octets in all. */
    @ParameterizedTest
    @CsvSource({"0, 36", "100, 136", "520, 556", "521, 556", "1400, 556"})
    void anErrorQuotesTheOffendingPacket(int dataBytes, int messageBytes) {
        byte[] offending = Packet.udp(9, 7, counting(dataBytes)).frame();
        host.give(offending);
        byte[] error = host.takeFrames().getFirst();
        assertThat(Packet.describe(error))
                .isEqualTo("192.0.2.1 > 192.0.2.2: ICMP type 3 code 3, length " + messageBytes);
        assertThat(Arrays.copyOfRange(error, 42, error.length))
                .isEqualTo(Arrays.copyOfRange(offending, 14, 14 + messageBytes - 8));
    }

    @Test
    void anErrorIsNotAnsweredWithAnError() {
        byte[] inner = Packet.ipv4()
                .from("192.0.2.1")
                .to("192.0.2.2")
                .protocol(99)
                .data(new byte[8])
                .packet();
        for (int type : new int[] {3, 4, 5, 11, 12}) {
            host.give(Packet.icmp(type, 2, 0, inner));
        }
        assertThat(host.take()).isEmpty();
    }

    /** RFC 1122 section 3.2.2, one test for each of its bullets. */
    @Test
    void aBroadcastPacketIsNotAnsweredWithAnError() {
        host.give(Packet.udpTo("192.0.2.255", 9, 7).macs(MacAddress.MASK, Host.MAC_B));
        host.give(Packet.udpTo("255.255.255.255", 9, 7).macs(MacAddress.MASK, Host.MAC_B));
        host.give(Packet.ipv4().protocol(99).to("192.0.2.255").macs(MacAddress.MASK, Host.MAC_B));
        assertThat(host.take()).isEmpty();
        assertThat(host.count(StackCounter.ICMP_ERRORS_WITHHELD)).isEqualTo(1);
        assertThat(host.count(StackCounter.DROP_UDP_NO_PORT)).isEqualTo(2);
    }

    @Test
    void aDirectedBroadcastInAUnicastFrameIsNotAnsweredEither() {
        host.give(Packet.udpTo("192.0.2.255", 9, 7));
        assertThat(host.take()).isEmpty();
    }

    @Test
    void errorsAreRateLimited() {
        for (int i = 0; i < 200; i++) {
            host.give(Packet.udp(9, 7));
        }
        assertThat(host.take()).hasSize(IcmpErrors.BURST);
        assertThat(host.count(StackCounter.ICMP_ERRORS_RATE_LIMITED)).isEqualTo(200 - IcmpErrors.BURST);
        host.pass(Host.SECOND / IcmpErrors.RATE_PER_SECOND);
        host.give(Packet.udp(9, 7));
        host.give(Packet.udp(9, 7));
        assertThat(host.take()).hasSize(1);
    }

    @Test
    void echoesAreNotRateLimited() {
        for (int i = 0; i < 200; i++) {
            host.give(Packet.icmp(IcmpHeader.ECHO_REQUEST, 0, i));
        }
        assertThat(host.take()).hasSize(200);
    }

    private UdpSocket connected() throws SocketLayerException {
        UdpSocket socket = host.bound(4000);
        socket.connect(Host.IP_B, 7);
        return socket;
    }

    /** A packet that the socket may have sent, as an error quotes it. */
    private static byte[] ours(int dataBytes) {
        byte[] datagram = Packet.udpDatagram(Host.IP_A, Host.IP_B, 4000, 7, new byte[dataBytes]);
        return Packet.ipv4().from("192.0.2.1").to("192.0.2.2").data(datagram).packet();
    }

    private static void fails(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, Errno errno) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        SocketLayerException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }

    /** RFC 1122 section 4.1.3.3. */
    @ParameterizedTest
    @CsvSource({
        "3, 0, ENETUNREACH",
        "3, 1, EHOSTUNREACH",
        "3, 2, ENOPROTOOPT",
        "3, 3, ECONNREFUSED",
        "3, 4, EMSGSIZE",
        "3, 5, EHOSTUNREACH",
        "3, 6, ENETUNREACH",
        "3, 13, EHOSTUNREACH",
        "11, 0, EHOSTUNREACH",
        "11, 1, EHOSTUNREACH",
        "12, 0, EIO"
    })
    void anErrorReachesTheConnectedSocketOnce(int type, int code, Errno errno) throws Exception {
        UdpSocket socket = connected();
        host.give(Packet.icmp(type, code, 0, ours(100)));
        assertThat(socket.readable()).isTrue();
        fails(() -> host.receive(socket), errno);
        assertThat(host.receive(socket)).isEqualTo("nothing");
        assertThat(host.take()).isEmpty();
    }

    @Test
    void anErrorFailsTheNextSendToo() throws Exception {
        UdpSocket socket = connected();
        host.give(Packet.icmp(3, 3, 0, ours(0)));
        fails(() -> host.send(socket, new byte[1], 0, 0), Errno.ECONNREFUSED);
        host.send(socket, new byte[1], 0, 0);
        assertThat(host.take()).hasSize(1);
    }

    @Test
    void anUnconnectedSocketIsNotBothered() throws Exception {
        UdpSocket socket = host.bound(4000);
        host.give(Packet.icmp(3, 3, 0, ours(0)));
        assertThat(host.receive(socket)).isEqualTo("nothing");
    }

    @Test
    void anErrorAboutWhatNobodyHereSentIsIgnored() throws Exception {
        host.give(Packet.icmp(3, 3, 0, ours(0)));
        assertThat(host.count(StackCounter.DROP_ICMP_UNRELATED)).isEqualTo(1);
        byte[] others = Packet.udp(4000, 7).from("192.0.2.3").to("192.0.2.2").packet();
        host.give(Packet.icmp(3, 3, 0, others));
        assertThat(host.count(StackCounter.DROP_ICMP_BAD_QUOTE)).isEqualTo(1);
        host.give(Packet.icmp(3, 3, 0, Arrays.copyOf(ours(0), 27)));
        assertThat(host.count(StackCounter.DROP_ICMP_BAD_QUOTE)).isEqualTo(2);
        assertThat(host.take()).isEmpty();
    }

    /** RFC 1191 section 4: later datagrams to that destination fit the path. */
    @Test
    void fragmentationNeededNarrowsThePath() throws Exception {
        UdpSocket socket = connected();
        host.give(Packet.icmp(3, 4, 1000, ours(1400)));
        fails(() -> host.receive(socket), Errno.EMSGSIZE);
        host.send(socket, new byte[1400], 0, 0);
        assertThat(host.take())
                .containsExactly("192.0.2.1 > 192.0.2.2: fragment 0:976+", "192.0.2.1 > 192.0.2.2: fragment 976:432");
        assertThat(host.count(StackCounter.ICMP_PATH_MTU_CHANGES)).isEqualTo(1);
        host.pass(700 * Host.SECOND);
        host.give(Packet.arp(Host.MAC_A, 2, Host.MAC_B, "192.0.2.2", Host.MAC_A, "192.0.2.1"));
        host.send(socket, new byte[1400], 0, 0);
        assertThat(host.take()).hasSize(1);
    }

    @Test
    void strangersCannotNarrowThePath() throws Exception {
        host.give(Packet.icmp(3, 4, 1000, ours(1400)));
        UdpSocket socket = connected();
        host.send(socket, new byte[1400], 0, 0);
        assertThat(host.take()).hasSize(1);
        assertThat(host.count(StackCounter.ICMP_PATH_MTU_CHANGES)).isZero();
    }

    @Test
    void weRefuseOurselvesToo() throws Exception {
        UdpSocket socket = host.bound(4000);
        socket.connect(Host.IP_A, 9);
        host.send(socket, new byte[1], 0, 0);
        fails(() -> host.receive(socket), Errno.ECONNREFUSED);
        assertThat(host.take()).isEmpty();
    }
}
