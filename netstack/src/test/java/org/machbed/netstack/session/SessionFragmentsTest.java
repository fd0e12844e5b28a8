package org.machbed.netstack.session;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.machbed.netstack.fixture.Host;
import org.machbed.netstack.fixture.Packet;
import org.machbed.netstack.ipv4.IpProtocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.machbed.netstack.session.Demultiplexed.udp;
import static org.machbed.netstack.session.Demultiplexed.udpWithAny;

/** RFC 791 section 3.2, RFC 1122 section 3.3.2, RFC 6864. */
class SessionFragmentsTest {
    private static final int PART_BYTES = 400;
    private static final int PARTS = 5;

    private final Demultiplexed demultiplexed = new Demultiplexed();
    private final SessionTable<String> table = demultiplexed.table;
    private final Packet datagram = Packet.udp(1024, 7, new byte[PARTS * PART_BYTES - 8]);

    @BeforeEach
    void addSession() throws SessionException {
        table.add(udp(7, 1024), "session");
    }

    private Packet part(int number) {
        return datagram.part(number * PART_BYTES, PART_BYTES, number < PARTS - 1);
    }

    private static String received(int number) {
        return "session 192.0.2.2 > 192.0.2.1: fragment " + number * PART_BYTES + ":400"
                + (number < PARTS - 1 ? "+" : "");
    }

    /** What comes before the first fragment follows it in the order of arrival, what comes after it goes straight on. */
    @Test
    void fragmentsArriveInAnyOrder() {
        List<List<Integer>> orders = new ArrayList<>();
        addOrders(List.of(), orders);
        assertThat(orders).hasSize(120);
        for (List<Integer> order : orders) {
            List<String> expected = new ArrayList<>();
            List<String> waiting = new ArrayList<>();
            boolean firstCame = false;
            for (int number : order) {
                demultiplexed.give(part(number));
                if (number == 0) {
                    firstCame = true;
                    expected.add(received(0));
                    expected.addAll(waiting);
                } else if (firstCame) {
                    expected.add(received(number));
                } else {
                    waiting.add(received(number));
                }
            }
            assertThat(demultiplexed.take()).as("order %s", order).isEqualTo(expected);
            assertThat(table.following()).isZero();
            assertThat(table.waiting()).isZero();
        }
        assertThat(demultiplexed.counters.get(SessionCounter.FRAGMENT_DELIVERED))
                .isEqualTo(480);
    }

    private static void addOrders(List<Integer> begin, List<List<Integer>> orders) {
        if (begin.size() == PARTS) {
            orders.add(begin);
        }
        for (int next = 0; next < PARTS; next++) {
            if (!begin.contains(next)) {
                List<Integer> longer = new ArrayList<>(begin);
                longer.add(next);
                addOrders(longer, orders);
            }
        }
    }

    @Test
    void aKeptFragmentIsTheFrameThatCame() {
        demultiplexed.give(part(3));
        demultiplexed.give(part(0));
        assertThat(demultiplexed.received.get(1).frame()).isEqualTo(part(3).frame());
    }

    /** RFC 791: source, destination, protocol and identification, all four, say what belongs together. */
    @Test
    void aFragmentOfAnotherDatagramDoesNotFollow() {
        demultiplexed.give(part(0));
        assertThat(demultiplexed.give(part(1).identification(2))).isEqualTo(SessionCounter.FRAGMENT_KEPT);
        assertThat(demultiplexed.give(part(1).from("192.0.2.3"))).isEqualTo(SessionCounter.FRAGMENT_KEPT);
        assertThat(demultiplexed.give(part(1).to("192.0.2.3"))).isEqualTo(SessionCounter.FRAGMENT_KEPT);
        assertThat(demultiplexed.give(part(1).protocol(IpProtocol.TCP))).isEqualTo(SessionCounter.FRAGMENT_KEPT);
        assertThat(demultiplexed.give(part(1))).isEqualTo(SessionCounter.FRAGMENT_DELIVERED);
        assertThat(table.waiting()).isEqualTo(4);
    }

    /** A fragment that comes twice is delivered twice, and does not stand for one that has not come. */
    @Test
    void aFragmentThatComesTwiceIsNotTakenForAnother() {
        for (int number : new int[] {0, 1, 1, 2, 2, 2, 4, 4}) {
            demultiplexed.give(part(number));
        }
        assertThat(table.following()).isEqualTo(1);
        assertThat(demultiplexed.give(part(3))).isEqualTo(SessionCounter.FRAGMENT_DELIVERED);
        assertThat(table.following()).isZero();
    }

    /** RFC 6864: an identification may be used again, and then the datagrams before it tell nothing. */
    @Test
    void anIdentificationUsedAgainIsAnotherDatagram() throws SessionException {
        table.add(udpWithAny(9), "other");
        demultiplexed.give(part(0));
        demultiplexed.give(part(1));
        Packet second = Packet.udp(1024, 9, new byte[2 * PART_BYTES - 8]);
        demultiplexed.give(second.part(0, PART_BYTES, true));
        demultiplexed.give(second.part(PART_BYTES, PART_BYTES, false));
        assertThat(demultiplexed.received)
                .extracting(Demultiplexed.Received::target)
                .containsExactly("session", "session", "other", "other");
        assertThat(table.following()).isZero();
    }

    @Test
    void fragmentsFollowASessionThatMoves() {
        demultiplexed.give(part(0));
        table.replace(udp(7, 1024), "session", "moved");
        demultiplexed.give(part(1));
        assertThat(demultiplexed.received.getLast().target()).isEqualTo("moved");
        table.remove(udp(7, 1024), "moved");
        for (int number : new int[] {2, 3, 4}) {
            assertThat(demultiplexed.give(part(number))).isEqualTo(SessionCounter.SESSION_GONE);
        }
        assertThat(table.following()).isZero();
        assertThat(demultiplexed.received).hasSize(2);
    }

    /** A session that ends when it receives the first fragment gets none of those that waited. */
    @Test
    void aConsumerThatRemovesTheSessionGetsNoMore() {
        demultiplexed.give(part(1));
        byte[] frame = part(0).frame();
        table.match(MemorySegment.ofArray(frame), 0, frame.length, 0, (target, memory, offset, length) -> {
            demultiplexed.onFrame(target, memory, offset, length);
            table.remove(udp(7, 1024), target);
        });
        assertThat(demultiplexed.take()).containsExactly(received(0));
        assertThat(demultiplexed.counters.get(SessionCounter.SESSION_GONE)).isEqualTo(1);
        assertThat(table.waiting()).isZero();
    }

    @Test
    void fragmentsForNobodyAreNotKept() {
        Packet stranger = Packet.udp(1024, 8, new byte[3 * PART_BYTES - 8]);
        assertThat(demultiplexed.give(stranger.part(PART_BYTES, PART_BYTES, true)))
                .isEqualTo(SessionCounter.FRAGMENT_KEPT);
        assertThat(demultiplexed.give(stranger.part(0, PART_BYTES, true))).isEqualTo(SessionCounter.NO_SESSION);
        assertThat(table.waiting()).isZero();
        assertThat(demultiplexed.give(stranger.part(2 * PART_BYTES, PART_BYTES, false)))
                .isEqualTo(SessionCounter.NO_SESSION);
        assertThat(demultiplexed.counters).hasToString("FRAGMENT_KEPT=1 NO_SESSION=2 KEPT_FOR_NOBODY=1");
        assertThat(demultiplexed.received).isEmpty();
    }

    /** RFC 791: all but the last are multiples of 8 octets. RFC 1858 and RFC 3128: none lies over a TCP header. */
    @Test
    void malformedFragmentsMatchNothing() throws SessionException {
        table.add(SessionTemplate.withAny(IpProtocol.TCP, Host.IP_A, 7), "tcp");
        assertThat(demultiplexed.give(datagram.part(0, 399, true))).isEqualTo(SessionCounter.MALFORMED_FRAGMENT);
        assertThat(demultiplexed.give(Packet.ipv4().fragment(8, false))).isEqualTo(SessionCounter.MALFORMED_FRAGMENT);
        assertThat(demultiplexed.give(Packet.ipv4().fragment(65_528, false).data(new byte[8])))
                .isEqualTo(SessionCounter.MALFORMED_FRAGMENT);
        byte[] segment = new byte[40];
        segment[3] = 7;
        segment[12] = 0x50;
        Packet tcp = Packet.tcp("192.0.2.2", "192.0.2.1", segment);
        assertThat(demultiplexed.give(tcp.part(0, 16, true))).isEqualTo(SessionCounter.MALFORMED_TRANSPORT);
        assertThat(demultiplexed.give(tcp.part(8, 32, false))).isEqualTo(SessionCounter.MALFORMED_FRAGMENT);
        assertThat(demultiplexed.give(tcp.part(16, 24, false))).isEqualTo(SessionCounter.MALFORMED_FRAGMENT);
        assertThat(demultiplexed.give(tcp.part(0, 24, true))).isEqualTo(SessionCounter.DELIVERED);
        assertThat(demultiplexed.give(tcp.part(24, 16, false))).isEqualTo(SessionCounter.FRAGMENT_DELIVERED);
    }

    @Test
    void whatIsRememberedEndsByTime() {
        demultiplexed.give(part(1).identification(9));
        demultiplexed.give(part(0));
        demultiplexed.nowNs = EarlyFragments.TIME_LIMIT_NS - 1;
        demultiplexed.give(part(1));
        assertThat(table.waiting()).isEqualTo(1);
        demultiplexed.nowNs++;
        demultiplexed.give(part(0).identification(9));
        assertThat(table.waiting()).isZero();
        demultiplexed.nowNs = FragmentedDatagrams.TIME_LIMIT_NS - 1;
        assertThat(demultiplexed.give(part(2))).isEqualTo(SessionCounter.FRAGMENT_DELIVERED);
        demultiplexed.nowNs++;
        assertThat(demultiplexed.give(part(3))).isEqualTo(SessionCounter.FRAGMENT_KEPT);
        assertThat(demultiplexed.counters.get(SessionCounter.KEPT_OVERDUE)).isEqualTo(1);
        assertThat(demultiplexed.counters.get(SessionCounter.DATAGRAM_OVERDUE)).isEqualTo(1);
    }

    @Test
    void theOldestDatagramMakesRoom() {
        for (int i = 0; i <= FragmentedDatagrams.CAPACITY; i++) {
            demultiplexed.give(part(0).identification(i));
        }
        assertThat(table.following()).isEqualTo(FragmentedDatagrams.CAPACITY);
        assertThat(demultiplexed.counters.get(SessionCounter.DATAGRAM_PUSHED_OUT))
                .isEqualTo(1);
        assertThat(demultiplexed.give(part(1).identification(0))).isEqualTo(SessionCounter.FRAGMENT_KEPT);
        assertThat(demultiplexed.give(part(1).identification(1))).isEqualTo(SessionCounter.FRAGMENT_DELIVERED);
    }

    @Test
    void theOldestKeptFragmentMakesRoom() {
        for (int i = 0; i < 3 * EarlyFragments.CAPACITY; i++) {
            demultiplexed.give(part(1).identification(i));
        }
        assertThat(table.waiting()).isEqualTo(EarlyFragments.CAPACITY);
        assertThat(demultiplexed.counters.get(SessionCounter.KEPT_PUSHED_OUT)).isEqualTo(2 * EarlyFragments.CAPACITY);
        for (int i = 0; i < 3 * EarlyFragments.CAPACITY; i++) {
            demultiplexed.give(part(0).identification(i));
        }
        assertThat(demultiplexed.counters.get(SessionCounter.FRAGMENT_DELIVERED))
                .isEqualTo(EarlyFragments.CAPACITY);
    }

    /** Fragments of all sizes, from 8 octets to the largest, round and round the ring of bytes. */
    @Test
    void theBytesKeptAreBounded() {
        SplittableRandom random = new SplittableRandom(3);
        for (int i = 0; i < 20_000; i++) {
            int length = random.nextInt(4) == 0 ? 8 * random.nextInt(1, 8_186) : 8 * random.nextInt(1, 180);
            byte[] data = new byte[length];
            random.nextBytes(data);
            Packet packet =
                    Packet.ipv4().identification(i & 0xFFFF).fragment(24, false).data(data);
            assertThat(demultiplexed.give(packet)).isEqualTo(SessionCounter.FRAGMENT_KEPT);
            if (random.nextInt(3) == 0) {
                demultiplexed.received.clear();
                demultiplexed.give(Packet.udp(1024, 7, new byte[16])
                        .identification(i & 0xFFFF)
                        .part(0, 24, true));
                assertThat(demultiplexed.received).hasSize(2);
                assertThat(demultiplexed.received.get(1).frame()).isEqualTo(packet.frame());
            }
        }
        assertThat(demultiplexed.counters.get(SessionCounter.KEPT_PUSHED_OUT)).isPositive();
    }

    /** Neither fragments without a first one nor first ones of nobody touch what goes to sessions. */
    @Test
    void aFloodOfFragmentsDoesNotHurt() {
        demultiplexed.give(part(0));
        for (int i = 2; i < 50_000; i++) {
            demultiplexed.give(part(1).identification(i));
            demultiplexed.give(Packet.udp(1, 2, new byte[16]).identification(i).part(0, 16, true));
            if (i % 1000 == 0) {
                assertThat(demultiplexed.give(Packet.udp(1024, 7))).isEqualTo(SessionCounter.DELIVERED);
            }
        }
        for (int number : new int[] {1, 2, 3, 4}) {
            assertThat(demultiplexed.give(part(number))).isEqualTo(SessionCounter.FRAGMENT_DELIVERED);
        }
        assertThat(table.following()).isZero();
    }
}
