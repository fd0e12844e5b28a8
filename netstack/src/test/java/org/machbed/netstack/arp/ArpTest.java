package org.machbed.netstack.arp;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.fixture.Host;
import org.machbed.netstack.fixture.Packet;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.UdpSocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.machbed.netstack.fixture.Host.MAC_A;
import static org.machbed.netstack.fixture.Host.MAC_B;
import static org.machbed.netstack.fixture.Host.MAC_C;
import static org.machbed.netstack.fixture.Host.SECOND;

/** RFC 826, RFC 1122 section 2.3.2, RFC 5227 section 2.4. */
class ArpTest {
    private static final String ASK_B = "ARP, Request who-has 192.0.2.2 tell 192.0.2.1";
    private static final String TO_B = "192.0.2.1 > 192.0.2.2: UDP 4000 > 7, length 1";

    private final Host host = Host.a();
    private UdpSocket socket;

    @BeforeEach
    void bind() throws SocketLayerException {
        socket = host.bound(4000);
    }

    private void sendToB() throws SocketLayerException {
        host.send(socket, "x", "192.0.2.2", 7);
    }

    private byte[] replyOfB(long mac) {
        return Packet.arp(MAC_A, ArpPacket.REPLY, mac, "192.0.2.2", MAC_A, "192.0.2.1");
    }

    private static byte[] request(long senderMac, String sender, String target) {
        return Packet.arp(MacAddress.MASK, ArpPacket.REQUEST, senderMac, sender, 0, target);
    }

    private static long destination(byte[] frame) {
        long bits = 0;
        for (int i = 0; i < 6; i++) {
            bits = bits << 8 | (frame[i] & 0xFF);
        }
        return bits;
    }

    @Test
    void aStackAnnouncesItselfOnceAtItsStart() {
        List<String> wire = new ArrayList<>();
        Host fresh = new Host(Host.configuration(MAC_A, "192.0.2.1", 1500));
        assertThat(fresh.count(StackCounter.ARP_ANNOUNCEMENTS_SENT)).isEqualTo(1);
        fresh.pass(100 * SECOND);
        wire.addAll(fresh.take());
        assertThat(wire).isEmpty();
        assertThat(fresh.stack.nextDeadlineNs()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void aRequestForOurAddressIsAnsweredToItsSenderAlone() {
        host.give(request(MAC_B, "192.0.2.2", "192.0.2.1"));
        byte[] reply = host.takeFrames().getFirst();
        assertThat(Packet.describe(reply)).isEqualTo("ARP, Reply 192.0.2.1 is-at 02:00:00:00:00:01");
        assertThat(destination(reply)).isEqualTo(MAC_B);
    }

    /** RFC 826: the sender of a request to us is about to be sent to. */
    @Test
    void whoAsksForUsIsKnownAfterwards() throws Exception {
        host.give(request(MAC_B, "192.0.2.2", "192.0.2.1"));
        host.take();
        sendToB();
        assertThat(host.take()).containsExactly(TO_B);
    }

    @Test
    void whoAsksForOthersIsNotRemembered() throws Exception {
        host.give(request(MAC_B, "192.0.2.2", "192.0.2.3"));
        assertThat(host.take()).isEmpty();
        assertThat(host.stack.neighbours()).isZero();
    }

    /** RFC 5227 section 2.1.1: a probe has no sender address; it is answered and nothing is learnt from it. */
    @Test
    void aProbeForOurAddressIsAnswered() {
        host.give(request(MAC_B, "0.0.0.0", "192.0.2.1"));
        assertThat(host.take()).containsExactly("ARP, Reply 192.0.2.1 is-at 02:00:00:00:00:01");
        assertThat(host.stack.neighbours()).isZero();
    }

    /** RFC 1122 section 2.3.2.2: packets wait for the address, at least the latest of them. */
    @Test
    void packetsWaitForTheAddressAndKeepTheirOrder() throws Exception {
        sendToB();
        host.send(socket, "yy", "192.0.2.2", 7);
        assertThat(host.take()).containsExactly(ASK_B);
        host.give(replyOfB(MAC_B));
        assertThat(host.take()).containsExactly(TO_B, "192.0.2.1 > 192.0.2.2: UDP 4000 > 7, length 2");
    }

    @Test
    void waitingPacketsAreBoundedAndTheLatestAreKept() throws Exception {
        for (int i = 0; i < 1000; i++) {
            host.send(socket, new byte[1400], Host.IP_B, 7);
        }
        long dropped = host.count(StackCounter.DROP_ARP_QUEUE_FULL);
        host.take();
        host.give(replyOfB(MAC_B));
        assertThat(host.take()).hasSize((int) (1000 - dropped)).hasSizeBetween(80, 94);
    }

    /** RFC 1122 section 2.3.2.1: not more than one request a second; here with back-off. */
    @Test
    void requestsAreRepeatedWithBackOffAndThenGivenUp() throws Exception {
        socket.connect(Host.IP_B, 7);
        sendToB();
        assertThat(host.take()).containsExactly(ASK_B);
        host.pass(SECOND - 1);
        assertThat(host.take()).isEmpty();
        host.pass(1);
        assertThat(host.take()).containsExactly(ASK_B);
        host.pass(2 * SECOND);
        assertThat(host.take()).containsExactly(ASK_B);
        host.pass(4 * SECOND);
        assertThat(host.take()).isEmpty();
        assertThat(host.count(StackCounter.DROP_ARP_UNRESOLVED)).isEqualTo(1);
        assertThatThrownBy(() -> host.receive(socket))
                .isInstanceOfSatisfying(
                        SocketLayerException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EHOSTUNREACH));
    }

    @Test
    void anAddressThatNobodyAnswersForIsUnreachableForAMomentAndThenAskedForAgain() throws Exception {
        sendToB();
        host.pass(7 * SECOND);
        host.take();
        assertThatThrownBy(this::sendToB)
                .isInstanceOfSatisfying(
                        SocketLayerException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EHOSTUNREACH));
        assertThat(host.take()).isEmpty();
        host.pass(ArpLayer.FAILED_FOR_NS);
        sendToB();
        assertThat(host.take()).containsExactly(ASK_B);
    }

    @Test
    void anAnnouncementEndsTheSearch() throws Exception {
        sendToB();
        host.take();
        host.give(request(MAC_B, "192.0.2.2", "192.0.2.2"));
        assertThat(host.take()).containsExactly(TO_B);
    }

    /** RFC 1122 section 2.3.2.1 (2): an entry not confirmed for a minute is asked by unicast while it goes on being used. */
    @Test
    void anOldEntryIsPolledByUnicastAndForgottenWhenNobodyAnswers() throws Exception {
        host.give(replyOfB(MAC_B));
        host.pass(ArpLayer.CONFIRMED_FOR_NS);
        sendToB();
        List<byte[]> frames = host.takeFrames();
        assertThat(frames.stream().map(Packet::describe)).containsExactly(ASK_B, TO_B);
        assertThat(destination(frames.getFirst())).isEqualTo(MAC_B);
        host.pass(SECOND);
        assertThat(host.take()).containsExactly(ASK_B);
        host.pass(2 * SECOND);
        assertThat(host.stack.neighbours()).isZero();
        sendToB();
        List<byte[]> again = host.takeFrames();
        assertThat(again.stream().map(Packet::describe)).containsExactly(ASK_B);
        assertThat(destination(again.getFirst())).isEqualTo(MacAddress.MASK);
    }

    /** RFC 1122 section 2.3.2.1 (4): what comes from the neighbour confirms it, so a conversation needs no more ARP. */
    @Test
    void trafficConfirmsAnEntry() throws Exception {
        host.give(replyOfB(MAC_B));
        for (int i = 0; i < 10; i++) {
            host.pass(50 * SECOND);
            host.give(Packet.udp(7, 4000, (byte) 1));
            sendToB();
        }
        assertThat(host.take()).hasSize(10).containsOnly(TO_B);
    }

    @Test
    void trafficFromAnotherStationConfirmsNothing() throws Exception {
        host.give(replyOfB(MAC_B));
        host.pass(50 * SECOND);
        host.give(Packet.udp(7, 4000, (byte) 1).macs(MAC_A, MAC_C));
        host.pass(50 * SECOND);
        sendToB();
        assertThat(host.take()).containsExactly(ASK_B, TO_B);
    }

    /** RFC 826: the newest word on a known address is believed. */
    @Test
    void aNeighbourThatMovesIsFollowed() throws Exception {
        host.give(replyOfB(MAC_B));
        host.give(request(MAC_C, "192.0.2.2", "192.0.2.2"));
        sendToB();
        assertThat(destination(host.takeFrames().getFirst())).isEqualTo(MAC_C);
        assertThat(host.count(StackCounter.ARP_CHANGES)).isEqualTo(1);
    }

    /** RFC 5227 section 2.4 (b): a claim to our address is not believed, and answered at most every ten seconds. */
    @Test
    void aClaimToOurAddressIsReportedNotBelievedAndDefendedAgainst() throws Exception {
        List<String> claims = new ArrayList<>();
        host.stack.conflictListener(
                (ipv4, mac, nowNs) -> claims.add(Ipv4Address.format(ipv4) + " " + MacAddress.format(mac)));
        byte[] claim = request(MAC_C, "192.0.2.1", "192.0.2.1");
        host.give(claim);
        host.give(claim);
        assertThat(claims).hasSize(2).containsOnly("192.0.2.1 02:00:00:00:00:03");
        assertThat(host.take()).containsExactly("ARP, Request who-has 192.0.2.1 tell 192.0.2.1");
        assertThat(host.stack.neighbours()).isZero();
        host.pass(10 * SECOND);
        host.give(claim);
        assertThat(host.take()).hasSize(1);
        assertThat(host.count(StackCounter.ARP_CONFLICTS)).isEqualTo(3);
    }

    @Test
    void ourOwnAnnouncementComeBackIsNoConflict() {
        host.give(request(MAC_A, "192.0.2.1", "192.0.2.1"));
        assertThat(host.count(StackCounter.ARP_CONFLICTS)).isZero();
        assertThat(host.take()).isEmpty();
    }

    @Test
    void sendersThatCannotBeNeighboursAreRefused() {
        List<byte[]> frames = List.of(
                request(MAC_B, "198.51.100.1", "192.0.2.1"),
                request(MAC_B, "192.0.2.255", "192.0.2.1"),
                request(MAC_B, "192.0.2.0", "192.0.2.1"),
                request(MacAddress.MASK, "192.0.2.2", "192.0.2.1"),
                request(0, "192.0.2.2", "192.0.2.1"));
        for (byte[] frame : frames) {
            byte[] fromStation = frame.clone();
            System.arraycopy(new byte[] {2, 0, 0, 0, 0, 2}, 0, fromStation, 6, 6);
            host.give(fromStation);
        }
        assertThat(host.count(StackCounter.DROP_ARP_ILLEGAL_SENDER)).isEqualTo(frames.size());
        assertThat(host.take()).isEmpty();
        assertThat(host.stack.neighbours()).isZero();
    }

    @Test
    void otherTypesLengthsAndOperationsAreRefused() {
        byte[] request = request(MAC_B, "192.0.2.2", "192.0.2.1");
        host.give(Arrays.copyOf(request, request.length - 1));
        assertThat(host.count(StackCounter.DROP_ARP_MALFORMED)).isEqualTo(1);
        host.give(changed(request, 18, 8));
        assertThat(host.count(StackCounter.DROP_ARP_MALFORMED)).isEqualTo(2);
        host.give(changed(request, 15, 6)); // hardware type
        host.give(changed(request, 16, 0x86)); // protocol type
        host.give(changed(request, 21, 3)); // operation: RARP
        assertThat(host.count(StackCounter.DROP_ARP_UNSUPPORTED)).isEqualTo(3);
        assertThat(host.take()).isEmpty();
    }

    private static byte[] changed(byte[] frame, int at, int value) {
        byte[] changed = frame.clone();
        changed[at] = (byte) value;
        return changed;
    }

    @Test
    void paddingBehindThePacketIsIgnored() {
        byte[] request = request(MAC_B, "192.0.2.2", "192.0.2.1");
        host.give(Arrays.copyOf(request, 60));
        assertThat(host.take()).hasSize(1);
    }

    @Test
    void theCacheIsBoundedHoweverManyAsk() {
        for (int i = 2; i < 250; i++) {
            host.give(request(MAC_B, "192.0.2." + i, "192.0.2.1"));
        }
        assertThat(host.stack.neighbours()).isEqualTo(ArpCache.CAPACITY);
        assertThat(host.count(StackCounter.ARP_EVICTIONS)).isEqualTo(248 - ArpCache.CAPACITY);
    }

    @Test
    void searchesAreBoundedHoweverManyAreSentTo() throws Exception {
        for (int i = 2; i < 250; i++) {
            host.send(socket, new byte[1400], Ipv4Address.parse("192.0.2." + i), 7);
        }
        assertThat(host.stack.neighbours()).isEqualTo(ArpCache.CAPACITY_WAITING);
        assertThat(host.count(StackCounter.DROP_ARP_QUEUE_FULL)).isEqualTo(248 - ArpCache.CAPACITY_WAITING);
        host.pass(20 * SECOND);
        assertThat(host.stack.neighbours()).isZero();
        assertThat(host.stack.nextDeadlineNs()).isEqualTo(Long.MAX_VALUE);
    }
}
