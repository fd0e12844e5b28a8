package org.machbed.netstack.session;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.machbed.netstack.arp.ArpPacket;
import org.machbed.netstack.fixture.Host;
import org.machbed.netstack.fixture.Packet;
import org.machbed.netstack.ipv4.IpProtocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.machbed.netstack.session.Demultiplexed.udp;
import static org.machbed.netstack.session.Demultiplexed.udpWithAny;

/** What sessions of host a may send. */
class OutgoingCheckTest {
    private static final SessionTemplate SESSION = udp(7, 1024);
    private static final SessionTemplate OTHER = udp(8, 1024);

    private final SessionCounters counters = new SessionCounters();
    private final OutgoingCheck check = new OutgoingCheck(Host.MAC_A, counters);
    private long nowNs;

    private @Nullable SessionCounter refusal(SessionTemplate template, Packet packet) {
        return refusal(template, packet.frame());
    }

    private @Nullable SessionCounter refusal(SessionTemplate template, byte... frame) {
        return check.refusal(template, MemorySegment.ofArray(frame), 0, frame.length, nowNs);
    }

    private static Packet fromA(int sourcePort, int destinationPort, int dataBytes) {
        return Packet.udp(sourcePort, destinationPort, new byte[dataBytes])
                .from("192.0.2.1")
                .to("192.0.2.2")
                .macs(Host.MAC_B, Host.MAC_A);
    }

    @Test
    void aSessionSendsFromItsOwnAddressAndPort() {
        assertThat(refusal(SESSION, fromA(7, 1024, 10))).isNull();
        assertThat(refusal(SESSION, fromA(8, 1024, 10))).isEqualTo(SessionCounter.FORGED_SOURCE);
        assertThat(refusal(SESSION, fromA(7, 1024, 10).from("192.0.2.3"))).isEqualTo(SessionCounter.FORGED_SOURCE);
        assertThat(refusal(SESSION, fromA(7, 1024, 10).macs(Host.MAC_B, Host.MAC_C)))
                .isEqualTo(SessionCounter.FORGED_STATION);
        SessionTemplate tcp = new SessionTemplate(IpProtocol.TCP, Host.IP_A, 7, Host.IP_B, 1024);
        assertThat(refusal(tcp, fromA(7, 1024, 10))).isEqualTo(SessionCounter.FORGED_SOURCE);
        assertThat(counters).hasToString("FORGED_STATION=1 FORGED_SOURCE=3");
    }

    @Test
    void aSessionWithAPeerSendsToItAlone() {
        assertThat(refusal(SESSION, fromA(7, 1025, 10))).isEqualTo(SessionCounter.FORGED_DESTINATION);
        assertThat(refusal(SESSION, fromA(7, 1024, 10).to("192.0.2.3"))).isEqualTo(SessionCounter.FORGED_DESTINATION);
        assertThat(refusal(udpWithAny(7), fromA(7, 1025, 10))).isNull();
        assertThat(refusal(udpWithAny(7), fromA(7, 1024, 10).to("198.51.100.9")))
                .isNull();
        assertThat(refusal(udpWithAny(7), fromA(8, 1024, 10))).isEqualTo(SessionCounter.FORGED_SOURCE);
    }

    @Test
    void onlyUdpAndTcpOverIpv4AreSent() {
        byte[] arp = Packet.arp(Host.MAC_B, ArpPacket.REQUEST, Host.MAC_A, "192.0.2.1", Host.MAC_B, "192.0.2.2");
        assertThat(refusal(SESSION, arp)).isEqualTo(SessionCounter.NOT_IPV4);
        assertThat(refusal(SESSION, fromA(7, 1024, 10).protocol(IpProtocol.ICMP)))
                .isEqualTo(SessionCounter.OTHER_PROTOCOL);
        byte[] good = fromA(7, 1024, 10).frame();
        for (int length = 0; length < good.length; length++) {
            assertThat(refusal(SESSION, Arrays.copyOf(good, length)))
                    .isEqualTo(length < 14 ? SessionCounter.TOO_SHORT : SessionCounter.MALFORMED_IPV4);
        }
        good[39] = 3;
        assertThat(refusal(SESSION, good)).isEqualTo(SessionCounter.MALFORMED_TRANSPORT);
    }

    /** RFC 791 section 3.1: a packet with a source route goes to the addresses in it, whatever its destination is. */
    @Test
    void optionsAreRefused() {
        assertThat(refusal(SESSION, fromA(7, 1024, 10).options(131, 7, 4, 198, 51, 100, 1, 0)))
                .isEqualTo(SessionCounter.IP_OPTIONS);
    }

    @Test
    void aLaterFragmentFollowsAFirstOne() {
        Packet datagram = fromA(7, 1024, 2000);
        assertThat(refusal(SESSION, datagram.part(800, 800, true))).isEqualTo(SessionCounter.FORGED_FRAGMENT);
        assertThat(refusal(SESSION, datagram.part(0, 800, true))).isNull();
        assertThat(refusal(SESSION, datagram.part(800, 800, true))).isNull();
        assertThat(refusal(SESSION, datagram.part(800, 800, true).identification(2)))
                .isEqualTo(SessionCounter.FORGED_FRAGMENT);
        assertThat(refusal(SESSION, datagram.part(1600, 400, false))).isNull();
        assertThat(check.underWay()).isZero();
        assertThat(refusal(SESSION, datagram.part(800, 800, true))).isEqualTo(SessionCounter.FORGED_FRAGMENT);
    }

    /** With any peer too: the same identification to somebody else is another datagram. */
    @Test
    void aLaterFragmentGoesWhereTheFirstOneWent() {
        Packet datagram = fromA(7, 1024, 2000);
        assertThat(refusal(udpWithAny(7), datagram.part(0, 800, true))).isNull();
        assertThat(refusal(udpWithAny(7), datagram.part(800, 800, true).to("192.0.2.3")))
                .isEqualTo(SessionCounter.FORGED_FRAGMENT);
        assertThat(refusal(udpWithAny(7), datagram.part(800, 800, true))).isNull();
    }

    @Test
    void nobodyForgesAPartOfAnothersDatagram() {
        Packet datagram = fromA(7, 1024, 2000);
        Packet others = fromA(8, 1024, 2000);
        assertThat(refusal(SESSION, datagram.part(0, 800, true))).isNull();
        assertThat(refusal(OTHER, datagram.part(800, 800, true))).isEqualTo(SessionCounter.FORGED_FRAGMENT);
        assertThat(refusal(OTHER, others.part(0, 800, true))).isEqualTo(SessionCounter.FORGED_FRAGMENT);
        assertThat(refusal(OTHER, datagram.part(800, 800, true))).isEqualTo(SessionCounter.FORGED_FRAGMENT);
        assertThat(refusal(SESSION, datagram.part(800, 800, true))).isNull();
        assertThat(refusal(OTHER, others.part(0, 800, true).identification(2))).isNull();
        assertThat(refusal(OTHER, others.part(800, 800, true).identification(2)))
                .isNull();
    }

    @Test
    void whatIsRememberedIsBoundedAndEndsByTime() {
        assertThat(refusal(OTHER, fromA(8, 1024, 2000).part(0, 800, true))).isNull();
        for (int i = 100; i < 100 + 2 * FragmentedDatagrams.CAPACITY; i++) {
            assertThat(refusal(SESSION, fromA(7, 1024, 2000).part(0, 800, true).identification(i)))
                    .isNull();
        }
        assertThat(check.underWay()).isEqualTo(1 + OutgoingCheck.DATAGRAMS_OF_A_SESSION);
        assertThat(refusal(SESSION, fromA(7, 1024, 2000).part(800, 800, true).identification(100)))
                .isEqualTo(SessionCounter.FORGED_FRAGMENT);
        nowNs = FragmentedDatagrams.TIME_LIMIT_NS - 1;
        assertThat(refusal(OTHER, fromA(8, 1024, 2000).part(800, 800, true))).isNull();
        nowNs++;
        assertThat(refusal(OTHER, fromA(8, 1024, 2000).part(1600, 408, false)))
                .isEqualTo(SessionCounter.FORGED_FRAGMENT);
        assertThat(check.underWay()).isZero();
    }

    /** A first fragment that is sent again begins its datagram anew and takes no room twice. */
    @Test
    void aFirstFragmentMayBeSentAgain() {
        Packet datagram = fromA(7, 1024, 2000);
        for (int i = 0; i < 20; i++) {
            assertThat(refusal(SESSION, datagram.part(0, 800, true))).isNull();
        }
        assertThat(check.underWay()).isEqualTo(1);
        assertThat(counters).hasToString("");
    }
}
