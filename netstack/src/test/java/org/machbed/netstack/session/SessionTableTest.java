package org.machbed.netstack.session;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.arp.ArpPacket;
import org.machbed.netstack.fixture.Host;
import org.machbed.netstack.fixture.Packet;
import org.machbed.netstack.ipv4.IpProtocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.machbed.netstack.session.Demultiplexed.udp;
import static org.machbed.netstack.session.Demultiplexed.udpWithAny;

class SessionTableTest {
    private final Demultiplexed demultiplexed = new Demultiplexed();
    private final SessionTable<String> table = demultiplexed.table;

    @Test
    void aFrameGoesToTheSessionOfItsProtocolAddressesAndPorts() throws SessionException {
        table.add(udp(7, 1024), "udp");
        table.add(new SessionTemplate(IpProtocol.TCP, Host.IP_A, 7, Host.IP_B, 1024), "tcp");

        assertThat(demultiplexed.give(Packet.udp(1024, 7))).isEqualTo(SessionCounter.DELIVERED);
        assertThat(demultiplexed.give(segment(1024, 7))).isEqualTo(SessionCounter.DELIVERED);
        assertThat(demultiplexed.received)
                .extracting(Demultiplexed.Received::target)
                .containsExactly("udp", "tcp");
        assertThat(demultiplexed.received.getFirst().frame())
                .isEqualTo(Packet.udp(1024, 7).frame());

        assertThat(demultiplexed.give(Packet.udp(1025, 7))).isEqualTo(SessionCounter.NO_SESSION);
        assertThat(demultiplexed.give(Packet.udp(1024, 8))).isEqualTo(SessionCounter.NO_SESSION);
        assertThat(demultiplexed.give(Packet.udp(1024, 7).to("192.0.2.3"))).isEqualTo(SessionCounter.NO_SESSION);
        assertThat(demultiplexed.give(Packet.udp(1024, 7).from("192.0.2.3"))).isEqualTo(SessionCounter.NO_SESSION);
        assertThat(demultiplexed.counters).hasToString("DELIVERED=2 NO_SESSION=4");
    }

    /** It is remembered where the session found last lies, which moves as the table grows and others go. */
    @Test
    void aSessionJustFoundIsFoundWhereverItMoves() throws SessionException {
        table.add(udp(7, 1024), "first");
        for (int port = 1025; port < 1525; port++) {
            assertThat(demultiplexed.give(Packet.udp(1024, 7))).isEqualTo(SessionCounter.DELIVERED);
            table.add(udp(7, port), "other");
        }
        for (int port = 1025; port < 1525; port++) {
            assertThat(demultiplexed.give(Packet.udp(1024, 7))).isEqualTo(SessionCounter.DELIVERED);
            assertThat(table.remove(udp(7, port), "other")).isTrue();
        }
        assertThat(demultiplexed.received)
                .hasSize(1000)
                .allMatch(received -> received.target().equals("first"));
        assertThat(table.remove(udp(7, 1024), "first")).isTrue();
        assertThat(demultiplexed.give(Packet.udp(1024, 7))).isEqualTo(SessionCounter.NO_SESSION);
    }

    /** RFC 1122 section 4.1.3.5, RFC 9293 section 3.10.7: whoever names the source comes before whoever does not. */
    @Test
    void theSessionWithThatPeerComesBeforeTheOneWithAny() throws SessionException {
        table.add(udpWithAny(7), "any");
        table.add(udp(7, 1024), "peer");

        demultiplexed.give(Packet.udp(1024, 7));
        demultiplexed.give(Packet.udp(1025, 7));
        demultiplexed.give(Packet.udp(1024, 7).from("198.51.100.1"));
        assertThat(demultiplexed.received)
                .extracting(Demultiplexed.Received::target)
                .containsExactly("peer", "any", "any");
        assertThat(table.remove(udp(7, 1024), "peer")).isTrue();
        demultiplexed.give(Packet.udp(1024, 7));
        assertThat(demultiplexed.received.getLast().target()).isEqualTo("any");
    }

    /** RFC 768: a source port of 0 says that there is none. */
    @Test
    void sourcesThatNoTemplateCanNameReachTheSessionWithAny() throws SessionException {
        table.add(udp(7, 1024), "peer");
        table.add(udpWithAny(7), "any");
        demultiplexed.give(Packet.udp(0, 7));
        demultiplexed.give(Packet.udp(0, 7).from("0.0.0.0"));
        assertThat(demultiplexed.received)
                .extracting(Demultiplexed.Received::target)
                .containsExactly("any", "any");
    }

    /** RFC 792: a router or the peer says what became of a packet by its first octets. */
    @Test
    void anIcmpErrorGoesToTheSessionWhosePacketItQuotes() throws SessionException {
        table.add(udp(7, 1024), "udp");
        byte[] sent =
                Packet.udp(7, 1024, (byte) 1).from("192.0.2.1").to("192.0.2.2").packet();
        byte[] ofNobody =
                Packet.udp(8, 1024, (byte) 1).from("192.0.2.1").to("192.0.2.2").packet();

        assertThat(demultiplexed.give(Packet.icmp(3, 3, 0, sent))).isEqualTo(SessionCounter.DELIVERED);
        assertThat(demultiplexed.give(Packet.icmp(11, 0, 0, sent).from("198.51.100.1")))
                .isEqualTo(SessionCounter.DELIVERED);
        assertThat(demultiplexed.received)
                .extracting(Demultiplexed.Received::target)
                .containsExactly("udp", "udp");
        assertThat(demultiplexed.give(Packet.icmp(3, 3, 0, ofNobody))).isEqualTo(SessionCounter.OTHER_PROTOCOL);
        assertThat(demultiplexed.give(Packet.icmp(8, 0, 0, sent))).isEqualTo(SessionCounter.OTHER_PROTOCOL);
        assertThat(demultiplexed.give(Packet.icmp(3, 3, 0, sent).to("192.0.2.3")))
                .isEqualTo(SessionCounter.OTHER_PROTOCOL);
    }

    @Test
    void aSessionIsAddedOnce() throws SessionException {
        table.add(udp(7, 1024), "first");
        assertThatThrownBy(() -> table.add(udp(7, 1024), "second"))
                .isInstanceOf(SessionException.class)
                .hasMessage("there is a session UDP 192.0.2.1:7 with 192.0.2.2:1024 already");
        assertThat(table.target(udp(7, 1024))).isEqualTo("first");
        assertThat(table.target(udpWithAny(7))).isNull();
        assertThat(table.size()).isEqualTo(1);
    }

    @Test
    void aSessionMovesToAnotherTarget() throws SessionException {
        table.add(udp(7, 1024), "old");
        assertThat(table.replace(udp(7, 1024), "other", "new")).isFalse();
        assertThat(table.replace(udp(7, 1024), "old", "new")).isTrue();
        assertThat(table.remove(udp(7, 1024), "old"))
                .as("who lost it removes it no more")
                .isFalse();
        demultiplexed.give(Packet.udp(1024, 7));
        assertThat(demultiplexed.received.getFirst().target()).isEqualTo("new");
        assertThat(table.remove(udp(7, 1024), "new")).isTrue();
        assertThat(table.replace(udp(7, 1024), "new", "newer")).isFalse();
        assertThat(demultiplexed.give(Packet.udp(1024, 7))).isEqualTo(SessionCounter.NO_SESSION);
    }

    @Test
    void aConsumerMayRemoveTheSession() throws SessionException {
        table.add(udp(7, 1024), "dead");
        byte[] frame = Packet.udp(1024, 7).frame();
        MemorySegment memory = MemorySegment.ofArray(frame);
        table.match(memory, 0, frame.length, 0, (target, frames, offset, length) -> table.remove(udp(7, 1024), target));
        assertThat(table.size()).isZero();
    }

    @Test
    void theTableIsBounded() throws SessionException {
        for (int i = 0; i < SessionTable.MAXIMUM_SESSIONS; i++) {
            table.add(udp(1 + i % 65_535, 1 + i / 65_535), "target");
        }
        assertThatThrownBy(() -> table.add(udp(9, 9), "one more"))
                .isInstanceOf(SessionException.class)
                .hasMessage("the interface has 65536 sessions already");
        assertThat(table.remove(udp(1, 1), "target")).isTrue();
        table.add(udp(9, 9), "one more");
        demultiplexed.give(Packet.udp(9, 9));
        assertThat(demultiplexed.received.getFirst().target()).isEqualTo("one more");
    }

    /** Every field of the key tells sessions apart, and is hashed: a list of ten thousand would take minutes here. */
    @Test
    void sessionsThatDifferInOneFieldAreToldApart() throws SessionException {
        int sessions = 10_000;
        for (int i = 1; i <= sessions; i++) {
            table.add(udp(i, 1), "local port " + i);
            table.add(udp(60_000, i), "remote port " + i);
            table.add(new SessionTemplate(17, Host.IP_A + 0x100 * i, 60_000, Host.IP_B, 1), "local address " + i);
            table.add(new SessionTemplate(17, Host.IP_A, 60_001, Host.IP_B + 0x100 * i, 1), "remote address " + i);
        }
        for (int i = 1; i <= sessions; i += 97) {
            demultiplexed.give(Packet.udp(1, i));
            demultiplexed.give(Packet.udp(i, 60_000));
            demultiplexed.give(Packet.udp(1, 60_000).to(Ipv4Address.format(Host.IP_A + 0x100 * i)));
            demultiplexed.give(Packet.udp(1, 60_001).from(Ipv4Address.format(Host.IP_B + 0x100 * i)));
            assertThat(demultiplexed.received)
                    .extracting(Demultiplexed.Received::target)
                    .containsExactly(
                            "local port " + i, "remote port " + i, "local address " + i, "remote address " + i);
            demultiplexed.received.clear();
        }
    }

    /** Removed sessions leave nothing behind that a search would have to pass. */
    @Test
    void addingAndRemovingDoesNotWearTheTableOut() throws SessionException {
        for (int i = 0; i < 1_000_000; i++) {
            table.add(udp(1 + i % 60_000, 1 + i % 50_000), "target");
            if (i >= 30) {
                int old = i - 30;
                assertThat(table.remove(udp(1 + old % 60_000, 1 + old % 50_000), "target"))
                        .isTrue();
            }
        }
        assertThat(table.size()).isEqualTo(30);
    }

    @Test
    void whatIsNoPacketOfASessionMatchesNothing() throws SessionException {
        table.add(udpWithAny(7), "udp");
        table.add(SessionTemplate.withAny(IpProtocol.TCP, Host.IP_A, 7), "tcp");
        byte[] good = Packet.udp(1024, 7, (byte) 1, (byte) 2).frame();

        assertThat(demultiplexed.give()).isEqualTo(SessionCounter.TOO_SHORT);
        assertThat(demultiplexed.give(Arrays.copyOf(good, 13))).isEqualTo(SessionCounter.TOO_SHORT);
        assertThat(demultiplexed.give(
                        Packet.arp(Host.MAC_A, ArpPacket.REQUEST, Host.MAC_B, "192.0.2.2", Host.MAC_A, "192.0.2.1")))
                .isEqualTo(SessionCounter.NOT_IPV4);
        assertThat(demultiplexed.give(Packet.udp(1024, 7).etherType(0x86DD))).isEqualTo(SessionCounter.NOT_IPV4);
        assertThat(demultiplexed.give(Packet.udp(1024, 7).protocol(IpProtocol.ICMP)))
                .isEqualTo(SessionCounter.OTHER_PROTOCOL);
        for (int length = 14; length < good.length; length++) {
            assertThat(demultiplexed.give(Arrays.copyOf(good, length))).isEqualTo(SessionCounter.MALFORMED_IPV4);
        }
        // Version 6, a header of 16 octets, a total length below the header's, a damaged header (RFC 1122 section
        // 3.2.1).
        assertThat(demultiplexed.give(changed(good, 14, 0x65))).isEqualTo(SessionCounter.MALFORMED_IPV4);
        assertThat(demultiplexed.give(changed(good, 14, 0x44))).isEqualTo(SessionCounter.MALFORMED_IPV4);
        assertThat(demultiplexed.give(changed(good, 17, 19))).isEqualTo(SessionCounter.MALFORMED_IPV4);
        assertThat(demultiplexed.give(changed(good, 22, 63))).isEqualTo(SessionCounter.MALFORMED_IPV4);
        // A UDP length of 7 and one beyond the packet (RFC 768), and TCP data offsets of 16 and beyond (RFC 9293).
        assertThat(demultiplexed.give(changed(good, 39, 7))).isEqualTo(SessionCounter.MALFORMED_TRANSPORT);
        assertThat(demultiplexed.give(changed(good, 39, 11))).isEqualTo(SessionCounter.MALFORMED_TRANSPORT);
        byte[] segment = segment(1024, 7).frame();
        assertThat(demultiplexed.give(changed(segment, 46, 0x40))).isEqualTo(SessionCounter.MALFORMED_TRANSPORT);
        assertThat(demultiplexed.give(changed(segment, 46, 0x60))).isEqualTo(SessionCounter.MALFORMED_TRANSPORT);
        assertThat(demultiplexed.received).isEmpty();
    }

    /** RFC 1122 section 3.2.1.8: a host takes packets with options. */
    @Test
    void portsAreFoundBehindOptions() throws SessionException {
        table.add(udp(7, 1024), "session");
        for (int words = 1; words <= 10; words++) {
            int[] noOperations = new int[4 * words];
            Arrays.fill(noOperations, 1);
            assertThat(demultiplexed.give(Packet.udp(1024, 7).options(noOperations)))
                    .isEqualTo(SessionCounter.DELIVERED);
        }
    }

    /** RFC 894: frames of less than 46 octets of data are padded. */
    @Test
    void paddingIsNoHindrance() throws SessionException {
        table.add(udp(7, 1024), "session");
        assertThat(demultiplexed.give(Arrays.copyOf(Packet.udp(1024, 7).frame(), 60)))
                .isEqualTo(SessionCounter.DELIVERED);
        assertThat(demultiplexed.received.getFirst().frame()).hasSize(60);
    }

    private static byte[] changed(byte[] frame, int at, int octet) {
        byte[] changed = frame.clone();
        changed[at] = (byte) octet;
        return changed;
    }

    private static Packet segment(int sourcePort, int destinationPort) {
        byte[] segment = new byte[20];
        segment[0] = (byte) (sourcePort >> 8);
        segment[1] = (byte) sourcePort;
        segment[2] = (byte) (destinationPort >> 8);
        segment[3] = (byte) destinationPort;
        segment[12] = 0x50;
        return Packet.tcp("192.0.2.2", "192.0.2.1", segment);
    }
}
