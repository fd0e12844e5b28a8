package org.machbed.link.linux;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.machbed.link.Frames;
import org.machbed.link.Garbage;
import org.machbed.link.LinkCounter;
import org.machbed.link.LinkEnd;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.link.FrameBuffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Ends of a UDP wire on the loopback interface. Neither privilege nor a namespace is needed. */
@Timeout(60)
class UdpLinkTest {
    private static final int MTU = 1500;
    private static final long PATIENCE_NS = 20_000_000_000L;

    /** What a stranger's datagram, and what a peer's that is no frame, come before: a frame that does arrive. */
    private static final byte[] LAST = Frames.frame(Frames.A, Frames.B, 77, 100);

    private final List<UdpEndpoint> ends = new ArrayList<>();
    private final Frames received = new Frames();
    private InterfaceLink a;
    private InterfaceLink b;
    private InterfaceLink c;

    @BeforeEach
    void open() throws IOException {
        for (int i = 0; i < 3; i++) {
            ends.add(new UdpEndpoint("127.0.0.1", freePort()));
        }
        a = end(0, Frames.A, MTU);
        b = end(1, Frames.B, MTU);
        c = end(2, Frames.C, MTU);
    }

    private InterfaceLink end(int number, MacAddress address, int mtuBytes) throws IOException {
        List<UdpEndpoint> peers = new ArrayList<>(ends);
        UdpEndpoint local = peers.remove(number);
        return InterfaceLink.openUdp(local, peers, address, mtuBytes);
    }

    private static int freePort() throws IOException {
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @AfterEach
    void close() {
        for (InterfaceLink link : List.of(a, b, c)) {
            link.close();
        }
    }

    /** So many frames that come to a link, and what is there beyond. */
    private List<byte[]> at(LinkEnd link, int count) {
        long deadlineNs = System.nanoTime() + PATIENCE_NS;
        List<byte[]> came = new ArrayList<>(received.takeAll(link));
        while (came.size() < count && link.await(deadlineNs - System.nanoTime())) {
            came.addAll(received.takeAll(link));
        }
        return came;
    }

    /** Until a link has counted so many. */
    private void await(LinkEnd link, LinkCounter counter, long wanted) {
        long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (count(link, counter) < wanted && link.await(deadlineNs - System.nanoTime())) {
            received.takeAll(link);
        }
        assertThat(count(link, counter)).isEqualTo(wanted);
    }

    private static long count(LinkEnd link, LinkCounter counter) {
        return link.counters().get(counter);
    }

    @Test
    void aFrameToAStationThatNobodyHeardGoesToAllAndTheAnswerToOne() {
        byte[] question = Frames.frame(Frames.B, Frames.A, 1, 100);
        Frames.send(a, question);
        assertThat(at(b, 1)).containsExactly(question);
        assertThat(at(c, 1)).containsExactly(question);
        byte[] answer = Frames.frame(Frames.A, Frames.B, 2, 100);
        Frames.send(b, answer);
        assertThat(at(a, 1)).containsExactly(answer);
        assertThat(at(c, 0)).as("A was heard behind its own end").isEmpty();
        Frames.send(a, question);
        assertThat(at(b, 1)).containsExactly(question);
        assertThat(at(c, 0)).as("and B behind its own now").isEmpty();
        assertThat(count(a, LinkCounter.FRAMES_SENT)).isEqualTo(2);
    }

    @Test
    void aGroupIsEverybody() {
        for (MacAddress group : List.of(MacAddress.BROADCAST, MacAddress.parse("01:00:5e:00:00:01"))) {
            byte[] frame = Frames.frame(group, Frames.A, 3, 60);
            Frames.send(a, frame);
            assertThat(at(b, 1)).containsExactly(frame);
            assertThat(at(c, 1)).containsExactly(frame);
        }
    }

    @Test
    void aStationThatMovesIsFoundAgain() {
        for (InterfaceLink place : List.of(b, c)) {
            Frames.send(place, Frames.frame(Frames.A, Frames.B, 1, 60));
            assertThat(at(a, 1)).hasSize(1);
        }
        // The first of them went to all, since nobody had heard A.
        at(c, 1);
        at(b, 1);
        byte[] frame = Frames.frame(Frames.B, Frames.A, 3, 60);
        Frames.send(a, frame);
        assertThat(at(c, 1)).containsExactly(frame);
        assertThat(at(b, 0)).isEmpty();
    }

    @Test
    void aShortFrameIsPadded() {
        Frames.send(a, Frames.frame(Frames.B, Frames.A, 1, 20));
        assertThat(at(b, 1)).singleElement().satisfies(frame -> {
            assertThat(frame).hasSize(60);
            assertThat(frame[59]).isZero();
        });
        assertThat(count(a, LinkCounter.BYTES_SENT)).isEqualTo(60);
    }

    @Test
    void framesAreAsLongAsADatagram() throws IOException {
        a.close();
        b.close();
        int longestMtu = 65_493;
        a = end(0, Frames.A, longestMtu);
        b = end(1, Frames.B, longestMtu);
        byte[] longest = Frames.frame(Frames.B, Frames.A, 1, 65_507);
        Frames.send(a, longest);
        assertThat(at(b, 1)).containsExactly(longest);
        await(c, LinkCounter.UNUSABLE_FRAMES, 1);
        assertThat(count(c, LinkCounter.FRAMES_RECEIVED)).as("its MTU is less").isZero();
        assertThatThrownBy(() -> end(2, Frames.C, longestMtu + 1))
                .isInstanceOf(IOException.class)
                .hasMessage("a UDP wire carries an MTU of at most 65493 bytes, not 65494");
    }

    @Test
    void onlyPeersAreHeard() throws IOException {
        try (DatagramSocket stranger = new DatagramSocket(0, InetAddress.getLoopbackAddress());
                DatagramSocket elsewhere = new DatagramSocket(null)) {
            byte[] frame = Frames.frame(Frames.A, Frames.C, 1, 100);
            send(stranger, frame);
            // The right port at another address.
            elsewhere.bind(new InetSocketAddress("127.0.0.2", ends.get(1).port()));
            send(elsewhere, frame);
        }
        Frames.send(b, LAST);
        assertThat(at(a, 1)).containsExactly(LAST);
        await(a, LinkCounter.DROPPED_STRANGER, 2);
        Frames.send(a, Frames.frame(Frames.C, Frames.A, 2, 60));
        assertThat(at(b, 1))
                .as("nothing was learnt of strangers: it goes to all")
                .hasSize(1);
    }

    private void send(DatagramSocket from, byte[] data) throws IOException {
        from.send(new DatagramPacket(
                data,
                data.length,
                new InetSocketAddress(
                        InetAddress.getLoopbackAddress(), ends.get(0).port())));
    }

    /** A peer that has gone mad: datagrams of any length and content neither stop the link nor come through when they are no frames. */
    @Test
    void anyDatagramOfAPeerIsAFrameOrDropped() throws IOException {
        b.close();
        Random random = new Random(20261126);
        int datagrams = 5_000;
        int frames = 0;
        try (DatagramSocket mad = new DatagramSocket(null)) {
            mad.bind(new InetSocketAddress(
                    InetAddress.getLoopbackAddress(), ends.get(1).port()));
            for (int i = 0; i < datagrams; i++) {
                int length = switch (random.nextInt(4)) {
                    case 0 -> random.nextInt(20);
                    case 1 -> 1_500 + random.nextInt(30);
                    case 2 -> random.nextInt(65_508);
                    default -> random.nextInt(1_600);
                };
                byte[] data = new byte[length];
                random.nextBytes(data);
                send(mad, data);
                boolean isFrame = length >= 14 && length <= 14 + MTU;
                List<byte[]> came = at(a, isFrame ? 1 : 0);
                if (!isFrame) {
                    assertThat(came).as("%d bytes", length).isEmpty();
                } else {
                    frames++;
                    assertThat(came)
                            .singleElement()
                            .satisfies(
                                    frame -> assertThat(frame).startsWith(data).hasSize(Math.max(60, length)));
                }
                // Whatever was learnt of it.
                Frames.send(a, Frames.frame(new MacAddress(random.nextLong() & MacAddress.MASK), Frames.A, i, 60));
            }
        }
        assertThat(count(a, LinkCounter.FRAMES_RECEIVED)).isEqualTo(frames);
        await(a, LinkCounter.UNUSABLE_FRAMES, datagrams - frames);
        assertThat(count(a, LinkCounter.FRAMES_SENT)).isEqualTo(datagrams);
        b = end(1, Frames.B, MTU);
    }

    /** On Linux an end that nobody has answers with ICMP, which an unconnected socket does not hear. */
    @Test
    void aPeerThatIsNotThereIsNoFailure() throws IOException {
        c.close();
        byte[] frame = Frames.frame(MacAddress.BROADCAST, Frames.A, 1, 60);
        for (int i = 0; i < 10; i++) {
            Frames.send(a, frame);
            assertThat(at(b, 1)).containsExactly(frame);
        }
        assertThat(count(a, LinkCounter.FRAMES_SENT)).isEqualTo(10);
        assertThat(a.counters().framesDropped()).isZero();
        c = end(2, Frames.C, MTU);
        Frames.send(a, frame);
        assertThat(at(c, 1)).containsExactly(frame);
    }

    @Test
    void aWakeUpEndsTheWaitUnderWayOrTheNextOne() throws Exception {
        a.wakeUp();
        a.wakeUp();
        assertThat(a.await(LinkEnd.FOREVER)).isTrue();
        assertThat(a.await(0)).as("both were one").isFalse();
        Thread waiter = Thread.ofPlatform().start(() -> a.await(LinkEnd.FOREVER));
        a.wakeUp();
        waiter.join();
        Thread listener = Thread.ofPlatform().start(() -> a.await(LinkEnd.FOREVER));
        Frames.send(b, LAST);
        listener.join();
        assertThat(at(a, 1)).containsExactly(LAST);
    }

    @Test
    void aBudgetBoundsAPollAlsoOfWhatIsNoFrame() throws IOException {
        try (DatagramSocket stranger = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            for (int i = 0; i < 10; i++) {
                send(stranger, LAST);
            }
        }
        for (int i = 0; i < 5; i++) {
            Frames.send(b, LAST);
        }
        long deadlineNs = System.nanoTime() + PATIENCE_NS;
        long seen = 0;
        while (seen < 15 && a.await(deadlineNs - System.nanoTime())) {
            a.poll(received, 4);
            long now = count(a, LinkCounter.DROPPED_STRANGER) + count(a, LinkCounter.FRAMES_RECEIVED);
            assertThat(now - seen).isLessThanOrEqualTo(4);
            seen = now;
        }
        assertThat(count(a, LinkCounter.DROPPED_STRANGER)).isEqualTo(10);
        assertThat(received.take()).hasSize(5);
        assertThat(a.await(0)).isFalse();
    }

    @Test
    void framesThatTheKernelHadNoRoomForAreCounted() {
        int frames = 20_000;
        for (int i = 0; i < frames; i++) {
            Frames.send(b, Frames.frame(Frames.A, Frames.B, i, 1_500));
        }
        int taken = at(a, 1).size();
        assertThat(taken).isBetween(50, frames - 1);
        assertThat(count(a, LinkCounter.DROPPED_QUEUE_FULL)).isEqualTo(frames - taken);
    }

    @Test
    void nothingIsLent() {
        assertThat(a.keep(MemorySegment.NULL)).isEqualTo(LinkEnd.NONE);
        assertThatIllegalArgumentException().isThrownBy(() -> a.giveBack(0));
    }

    @Test
    void aFrameIsSentOnceAndFitsTheMtu() {
        assertThat(a.allocate(MTU + 15)).isNull();
        assertThat(count(a, LinkCounter.DROPPED_OVERSIZE)).isEqualTo(1);
        FrameBuffer frame = Frames.lent(a.allocate(100));
        a.release(frame);
        assertThatIllegalArgumentException().isThrownBy(() -> a.transmit(frame));
    }

    @Test
    void aFrameLeavesNoGarbage() {
        byte[] known = Frames.frame(Frames.B, Frames.A, 1, 1_000);
        byte[] all = Frames.frame(MacAddress.BROADCAST, Frames.B, 1, 1_000);
        Garbage.assertNone(20_000, () -> {
            Frames.send(a, known);
            b.await(LinkEnd.FOREVER);
            b.poll((memory, offset, length) -> {}, 64);
            Frames.send(b, all);
            a.await(LinkEnd.FOREVER);
            a.poll((memory, offset, length) -> {}, 64);
            c.poll((memory, offset, length) -> {}, 64);
        });
    }

    @Test
    void whatCannotBeHadIsNamed() throws IOException {
        UdpEndpoint local = ends.get(0);
        List<UdpEndpoint> peers = List.of(ends.get(1));
        assertThatThrownBy(() -> InterfaceLink.openUdp(local, peers, Frames.A, MTU))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("no UDP wire at " + local + ": Address already in use");
        assertThatThrownBy(() -> InterfaceLink.openUdp(new UdpEndpoint("240.0.0.1", 9), peers, Frames.A, MTU))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("no UDP wire at 240.0.0.1:9: Cannot assign requested address");
        assertThatThrownBy(() -> InterfaceLink.openUdp(new UdpEndpoint("240.0.0.0/24", 9), peers, Frames.A, MTU))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith(
                        "no interface of this network namespace has an address in 240.0.0.0/24: there is")
                .hasMessageContaining("lo (127.0.0.1)");
    }

    @Test
    void endsAreFoundByNameAndBySubnet() throws IOException {
        a.close();
        a = InterfaceLink.openUdp(
                new UdpEndpoint("127.0.0.0/8", ends.get(0).port()),
                List.of(new UdpEndpoint("localhost", ends.get(1).port())),
                Frames.A,
                MTU);
        Frames.send(a, Frames.frame(Frames.B, Frames.A, 1, 60));
        assertThat(at(b, 1)).hasSize(1);
        Frames.send(b, LAST);
        assertThat(at(a, 1)).containsExactly(LAST);
    }
}
