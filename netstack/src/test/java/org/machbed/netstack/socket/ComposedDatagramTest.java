package org.machbed.netstack.socket;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.fixture.Host;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.netstack.udp.UdpLayer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Datagrams that are composed in the frame which carries them. */
class ComposedDatagramTest {
    private static FrameBuffer compose(Host host, String text) {
        FrameBuffer room = host.lendRoom();
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        MemorySegment.copy(
                bytes, 0, room.memory, ValueLayout.JAVA_BYTE, room.offset + UdpLayer.COMPOSED_OFFSET, bytes.length);
        return room;
    }

    /** The same frame as if the data had been copied, octet for octet. */
    @Test
    void theFrameLeavesAsItIsWithHeadersAndChecksum() throws Exception {
        Host copying = Host.aKnowingB();
        UdpSocket plain = copying.bound(7);
        copying.send(plain, "composed", "192.0.2.2", 9);
        Host host = Host.aKnowingB();
        UdpSocket socket = host.bound(7);
        assertThat(socket.sendComposed(compose(host, "composed"), 8, Host.IP_B, 9, host.nowNs))
                .isTrue();
        assertThat(host.lentRooms()).isZero();
        assertThat(host.takeFrames())
                .singleElement()
                .isEqualTo(copying.takeFrames().getFirst());
        assertThat(host.count(StackCounter.UDP_DATAGRAMS_SENT)).isEqualTo(1);
    }

    /** Ordinary datagrams go in between, each in a frame of its own. */
    @Test
    void roomDoesNotHoldUpOtherSends() throws Exception {
        Host host = Host.aKnowingB();
        UdpSocket socket = host.bound(7);
        FrameBuffer first = compose(host, "1");
        FrameBuffer second = compose(host, "2");
        host.send(socket, "3", "192.0.2.2", 9);
        socket.sendComposed(second, 1, Host.IP_B, 9, host.nowNs);
        socket.sendComposed(first, 1, Host.IP_B, 9, host.nowNs);
        assertThat(host.takeFrames())
                .extracting(frame -> (char) frame[UdpLayer.COMPOSED_OFFSET])
                .containsExactly('3', '2', '1');
        assertThat(host.lentRooms()).isZero();
    }

    @Test
    void aNeighbourThatIsUnknownGetsACopyLater() throws Exception {
        Host host = Host.a();
        host.neighbourAnswers = true;
        UdpSocket socket = host.bound(7);
        socket.sendComposed(compose(host, "later"), 5, Host.IP_B, 9, host.nowNs);
        assertThat(host.lentRooms()).isZero();
        assertThat(host.take()).singleElement().asString().contains("who-has");
        host.give(org.machbed.netstack.fixture.Packet.arp(
                Host.MAC_A, 2, Host.MAC_B, "192.0.2.2", Host.MAC_A, "192.0.2.1"));
        assertThat(host.takeFrames())
                .singleElement()
                .satisfies(frame -> assertThat(new String(frame, StandardCharsets.ISO_8859_1))
                        .contains("later"));
    }

    @Test
    void whatStaysInTheHostIsCopied() throws Exception {
        Host host = Host.aKnowingB();
        UdpSocket socket = host.bound(7);
        UdpSocket other = host.bound(8);
        assertThat(socket.sendComposed(compose(host, "own"), 3, Ipv4Address.parse("192.0.2.1"), 8, host.nowNs))
                .isFalse();
        assertThat(host.lentRooms()).isZero();
        assertThat(other.nextHeader()).isEqualTo(DatagramHeader.pack(Host.IP_A, 7, 3));
        assertThat(host.receive(other)).isEqualTo("192.0.2.1:7 own");
        assertThat(other.nextHeader()).isEqualTo(DatagramHeader.NONE);
    }

    @Test
    void whatCannotBeSentGivesTheRoomBack() throws Exception {
        Host host = Host.aKnowingB();
        UdpSocket socket = host.bound(7);
        for (Errno errno : new Errno[] {Errno.EDESTADDRREQ, Errno.EMSGSIZE, Errno.EACCES, Errno.ENETUNREACH}) {
            FrameBuffer room = compose(host, "nowhere");
            int length = errno == Errno.EMSGSIZE ? 65_508 : 7;
            int to = switch (errno) {
                case EDESTADDRREQ -> 0;
                case EACCES -> Ipv4Address.LIMITED_BROADCAST;
                case ENETUNREACH -> Ipv4Address.parse("240.0.0.1");
                default -> Host.IP_B;
            };
            assertThatThrownBy(() -> socket.sendComposed(room, length, to, to == 0 ? 0 : 9, host.nowNs))
                    .isInstanceOfSatisfying(
                            SocketLayerException.class,
                            e -> assertThat(e.errno()).isEqualTo(errno));
            assertThat(host.lentRooms()).isZero();
        }
        UdpSocket closed = host.stack.udp().open();
        closed.close();
        assertThatThrownBy(() -> closed.sendComposed(compose(host, "x"), 1, Host.IP_B, 9, host.nowNs))
                .isInstanceOf(SocketLayerException.class);
        assertThat(host.lentRooms()).isZero();
        assertThat(host.takeFrames()).isEmpty();
    }
}
