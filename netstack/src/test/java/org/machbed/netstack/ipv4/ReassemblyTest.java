package org.machbed.netstack.ipv4;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.machbed.netstack.BigEndian;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.StackCounters;
import org.machbed.netstack.fixture.Host;
import org.machbed.netstack.fixture.Packet;
import org.machbed.netstack.fixture.TwoHosts;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.UdpSocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.machbed.netstack.fixture.Host.SECOND;

/** RFC 791 section 3.2 and RFC 1122 sections 3.3.2 and 3.3.3. */
class ReassemblyTest {
    private final Host host = Host.aKnowingB();
    private UdpSocket socket;

    /** 48 octets of data behind the 8 of the header. */
    private final String text = "the quick brown fox jumps over the lazy dog 5678";

    private final Packet whole =
            Packet.udp(9, 7, text.getBytes(StandardCharsets.ISO_8859_1)).identification(77);

    @BeforeEach
    void bind() throws SocketLayerException {
        socket = host.bound(7);
    }

    private void receivesTheWhole() throws SocketLayerException {
        assertThat(host.receive(socket)).isEqualTo("192.0.2.2:9 " + text);
        assertThat(host.stack.reassembling()).isZero();
    }

    private void receivesNothing() throws SocketLayerException {
        assertThat(host.receive(socket)).isEqualTo("nothing");
    }

    @Test
    void fragmentsInOrderMakeTheDatagram() throws Exception {
        host.give(whole.part(0, 24, true));
        host.give(whole.part(24, 16, true));
        receivesNothing();
        host.give(whole.part(40, 16, false));
        receivesTheWhole();
        assertThat(host.count(StackCounter.IPV4_REASSEMBLED)).isEqualTo(1);
        assertThat(host.stack.counters().drops()).isZero();
        assertThat(host.stack.nextDeadlineNs()).isEqualTo(Long.MAX_VALUE);
    }

    /** A sender moves a fragment, after it was checked, to where no datagram reaches. */
    @Test
    void aFragmentBelongsWhereItsCheckedHeaderSays() {
        Reassembler reassembler = new Reassembler(new StackCounters(), new Silent());
        MemorySegment memory = Arena.ofAuto().allocate(100);
        Ipv4Header fragment = new Ipv4Header();
        view(fragment, memory, whole.part(0, 24, true));
        memory.set(BigEndian.SHORT, 6, (short) 0);
        assertThat(reassembler.add(fragment, false, 0)).isNull();
        view(fragment, memory, whole.part(24, 32, false));
        memory.set(BigEndian.SHORT, 6, (short) 0x3FFF);
        Ipv4Header datagram = reassembler.add(fragment, false, 0);
        assertThat(datagram)
                .hasToString("IP (tos 0x0, ttl 64, id 77, offset 0, flags [none], proto UDP (17), length 76)"
                        + " 192.0.2.2 > 192.0.2.1");
    }

    /** Nor does it become a datagram of somebody else: its source has been looked at. */
    @Test
    void theWholeHasTheHeaderThatWasChecked() {
        Reassembler reassembler = new Reassembler(new StackCounters(), new Silent());
        MemorySegment memory = Arena.ofAuto().allocate(100);
        Ipv4Header fragment = new Ipv4Header();
        view(fragment, memory, whole.part(24, 32, false));
        assertThat(reassembler.add(fragment, false, 0)).isNull();
        view(fragment, memory, whole.part(0, 24, true));
        memory.asSlice(0, Ipv4Header.MINIMUM_BYTES).fill((byte) 0x7F);
        Ipv4Header datagram = reassembler.add(fragment, false, 0);
        assertThat(datagram).isNotNull();
        assertThat(datagram.source()).isEqualTo(Host.IP_B);
    }

    private static void view(Ipv4Header fragment, MemorySegment memory, Packet packet) {
        byte[] bytes = packet.packet();
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
        assertThat(fragment.wrap(memory, 0, bytes.length)).isNull();
    }

    /** Reports nothing. */
    private record Silent() implements ErrorReporter {
        @Override
        public void protocolUnreachable(Ipv4Header offending, boolean group, long nowNs) {}

        @Override
        public void portUnreachable(Ipv4Header offending, boolean group, long nowNs) {}

        @Override
        public void parameterProblem(Ipv4Header offending, int pointer, boolean group, long nowNs) {}

        @Override
        public void reassemblyTimeExceeded(Ipv4Header offending, boolean group, long nowNs) {}
    }

    @Test
    void fragmentsInAnyOrderMakeTheDatagram() throws Exception {
        Random random = new Random(1);
        for (int round = 0; round < 50; round++) {
            List<Packet> parts = new ArrayList<>();
            for (int at = 0; at < 56; at += 8) {
                parts.add(whole.part(at, 8, at < 48));
            }
            Collections.shuffle(parts, random);
            parts.forEach(host::give);
            receivesTheWhole();
        }
    }

    /** RFC 791: fragments belong together by source, destination, protocol and identification. */
    @Test
    void datagramsDoNotMix() throws Exception {
        host.give(whole.part(0, 24, true));
        host.give(whole.part(24, 32, false).identification(78));
        host.give(whole.part(24, 32, false).from("192.0.2.3"));
        host.give(whole.part(24, 32, false).protocol(99));
        receivesNothing();
        assertThat(host.stack.reassembling()).isEqualTo(4);
        host.give(whole.part(24, 32, false));
        assertThat(host.receive(socket)).isEqualTo("192.0.2.2:9 " + text);
    }

    @Test
    void aFragmentThatComesTwiceDoesNoHarm() throws Exception {
        host.give(whole.part(0, 24, true));
        host.give(whole.part(0, 24, true));
        host.give(whole.part(24, 32, false));
        receivesTheWhole();
        assertThat(host.count(StackCounter.DROP_IPV4_FRAGMENT_DUPLICATE)).isEqualTo(1);
    }

    /** RFC 3128: an overlap that rewrites what came before is an attack; nobody gets to choose which half counts. */
    @Test
    void anOverlapCostsTheDatagram() throws Exception {
        host.give(whole.part(0, 24, true));
        host.give(whole.part(16, 24, true));
        assertThat(host.stack.reassembling()).isZero();
        assertThat(host.count(StackCounter.DROP_IPV4_FRAGMENT_OVERLAP)).isEqualTo(1);
        host.give(whole.part(24, 32, false));
        receivesNothing();
    }

    @Test
    void aFragmentThatComesTwiceWithOtherDataCostsTheDatagram() throws Exception {
        host.give(whole.part(0, 24, true));
        host.give(whole.part(0, 24, true).data(new byte[24]));
        assertThat(host.count(StackCounter.DROP_IPV4_FRAGMENT_OVERLAP)).isEqualTo(1);
        assertThat(host.stack.reassembling()).isZero();
        receivesNothing();
    }

    @Test
    void twoEndsCostTheDatagram() throws Exception {
        host.give(whole.part(40, 16, false));
        host.give(whole.part(24, 8, false));
        assertThat(host.count(StackCounter.DROP_IPV4_FRAGMENT_OVERLAP)).isEqualTo(1);
        host.give(whole.part(40, 8, false).identification(5));
        host.give(whole.part(48, 8, true).identification(5));
        assertThat(host.count(StackCounter.DROP_IPV4_FRAGMENT_OVERLAP)).isEqualTo(2);
        assertThat(host.stack.reassembling()).isZero();
    }

    @Test
    void aFragmentOfNoEightsOrNoDataIsRefused() throws Exception {
        host.give(whole.part(0, 23, true));
        host.give(whole.part(24, 0, false));
        assertThat(host.count(StackCounter.DROP_IPV4_FRAGMENT_MALFORMED)).isEqualTo(2);
        assertThat(host.stack.reassembling()).isZero();
    }

    /** The "ping of death": offset and length may add up to more than 65,535. */
    @Test
    void aFragmentBeyondTheLargestDatagramIsRefused() throws Exception {
        host.give(Packet.ipv4().fragment(65_528, false).data(new byte[8]));
        host.give(Packet.ipv4().fragment(65_512, false).data(new byte[8]));
        assertThat(host.count(StackCounter.DROP_IPV4_FRAGMENT_MALFORMED)).isEqualTo(2);
        host.give(Packet.ipv4().fragment(65_504, false).data(new byte[8]));
        assertThat(host.stack.reassembling()).isEqualTo(1);
    }

    /** A first fragment's options count too. */
    @Test
    void aDatagramThatItsOptionsMakeTooLargeIsRefused() throws Exception {
        host.give(Packet.ipv4().fragment(65_504, false).data(new byte[8]));
        for (int at = 1400; at < 65_504; at += 1400) {
            host.give(Packet.ipv4().fragment(at, true).data(new byte[Math.min(1400, 65_504 - at)]));
        }
        host.give(Packet.ipv4().fragment(0, true).options(1, 1, 1, 1).data(new byte[1400]));
        assertThat(host.count(StackCounter.DROP_IPV4_FRAGMENT_MALFORMED)).isEqualTo(1);
        assertThat(host.stack.reassembling()).isZero();
    }

    /** RFC 1122 section 3.3.2: after 60 seconds the fragments are discarded and the source is told. */
    @Test
    void anUnfinishedDatagramTimesOutAndItsSourceIsTold() throws Exception {
        host.give(whole.part(0, 24, true));
        host.pass(60 * SECOND - 1);
        assertThat(host.take()).isEmpty();
        host.pass(1);
        assertThat(host.take())
                .containsExactly(
                        "ARP, Request who-has 192.0.2.2 tell 192.0.2.1", // not heard of for a minute
                        "192.0.2.1 > 192.0.2.2: ICMP type 11 code 1, length 52");
        assertThat(host.count(StackCounter.DROP_IPV4_REASSEMBLY_TIMEOUT)).isEqualTo(1);
        host.give(whole.part(24, 32, false));
        receivesNothing();
    }

    /** RFC 1122 section 3.3.2: later fragments do not prolong the time. */
    @Test
    void theTimeLimitIsFixedByTheFirstToCome() throws Exception {
        host.give(whole.part(0, 24, true));
        host.pass(59 * SECOND);
        host.give(whole.part(24, 16, true));
        host.pass(SECOND);
        assertThat(host.stack.reassembling()).isZero();
    }

    /** RFC 792: "if fragment zero is not available then no time exceeded need be sent at all". */
    @Test
    void withoutTheFirstFragmentNobodyIsTold() throws Exception {
        host.give(whole.part(24, 32, false));
        host.pass(60 * SECOND);
        assertThat(host.take()).isEmpty();
        assertThat(host.count(StackCounter.DROP_IPV4_REASSEMBLY_TIMEOUT)).isEqualTo(1);
    }

    @Test
    void aBroadcastDatagramThatTimesOutIsNotAnswered() throws Exception {
        host.give(whole.part(0, 24, true).to("192.0.2.255").macs(MacAddress.MASK, Host.MAC_B));
        host.pass(60 * SECOND);
        assertThat(host.take()).isEmpty();
        assertThat(host.count(StackCounter.ICMP_ERRORS_WITHHELD)).isEqualTo(1);
    }

    @Test
    void unfinishedDatagramsAreBoundedAndTheOldestGoFirst() throws Exception {
        for (int id = 0; id < 100; id++) {
            host.give(whole.part(0, 24, true).identification(id));
        }
        assertThat(host.stack.reassembling()).isEqualTo(Reassembler.CAPACITY);
        assertThat(host.count(StackCounter.DROP_IPV4_REASSEMBLY_FULL)).isEqualTo(100 - Reassembler.CAPACITY);
        host.give(whole.part(24, 32, false).identification(99));
        assertThat(host.receive(socket)).isEqualTo("192.0.2.2:9 " + text);
        host.give(whole.part(24, 32, false).identification(0));
        receivesNothing();
    }

    /** RFC 1122 section 3.2.2: an error quotes the datagram as it would have come whole. */
    @Test
    void aWholeDatagramForNobodyIsAnswered() throws Exception {
        socket.close();
        host.give(whole.part(24, 32, false));
        host.give(whole.part(0, 24, true));
        assertThat(host.take()).containsExactly("192.0.2.1 > 192.0.2.2: ICMP type 3 code 3, length 84");
    }

    @Test
    void weCutUpWhatDoesNotFit() throws Exception {
        host.send(socket, new byte[3000], Host.IP_B, 9);
        assertThat(host.take())
                .containsExactly(
                        "192.0.2.1 > 192.0.2.2: fragment 0:1480+",
                        "192.0.2.1 > 192.0.2.2: fragment 1480:1480+",
                        "192.0.2.1 > 192.0.2.2: fragment 2960:48");
        assertThat(host.count(StackCounter.IPV4_FRAGMENTS_SENT)).isEqualTo(3);
        assertThat(host.count(StackCounter.UDP_DATAGRAMS_SENT)).isEqualTo(1);
    }

    @Test
    void datagramsOfOursHaveDifferentIdentifications() throws Exception {
        host.send(socket, new byte[1500], Host.IP_B, 9);
        host.send(socket, new byte[1500], Host.IP_B, 9);
        List<byte[]> frames = host.takeFrames();
        assertThat(identification(frames.get(0))).isEqualTo(identification(frames.get(1)));
        assertThat(identification(frames.get(2))).isNotEqualTo(identification(frames.get(0)));
    }

    private static int identification(byte[] frame) {
        return (frame[18] & 0xFF) << 8 | (frame[19] & 0xFF);
    }

    @Test
    void theSmallestMtuCarriesTheLargestDatagram() throws Exception {
        TwoHosts world = new TwoHosts(68);
        UdpSocket from = world.a.bound(1);
        UdpSocket to = world.b.bound(2);
        world.a.send(from, "x", "192.0.2.2", 2);
        world.settle();
        assertThat(world.b.receive(to)).isEqualTo("192.0.2.1:1 x");
        world.a.send(from, new byte[65_507], Host.IP_B, 2);
        world.settle();
        assertThat(world.b.receive(to)).hasSize("192.0.2.1:1 ".length() + 65_507);
    }

    @Test
    void aLostFragmentLosesTheDatagramOnly() throws Exception {
        TwoHosts world = new TwoHosts(1500);
        UdpSocket from = world.a.bound(1);
        UdpSocket to = world.b.bound(2);
        world.loses = frame -> Packet.describe(frame).contains("fragment 1480");
        world.a.send(from, new byte[3000], Host.IP_B, 2);
        world.settle();
        world.loses = frame -> false;
        world.a.send(from, "next", "192.0.2.2", 2);
        world.settle();
        assertThat(world.b.receive(to)).isEqualTo("192.0.2.1:1 next");
        world.wire.clear();
        world.pass(60 * SECOND);
        assertThat(world.wire).contains("b 192.0.2.2 > 192.0.2.1: ICMP type 11 code 1, length 556");
    }
}
