package org.machbed.link.segment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.link.Frames;
import org.machbed.link.LinkCounter;
import org.machbed.link.LinkEnd;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.link.FrameBuffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SegmentLinkTest {
    private static final int MTU = 1500;
    private static final int LARGEST = LinkEnd.HEADER_BYTES + MTU;

    @TempDir
    Path parent;

    private final List<SegmentLink> opened = new ArrayList<>();
    private final Frames received = new Frames();

    private SegmentLink join(MacAddress address) throws IOException {
        return join(address, MTU, SegmentOptions.DEFAULT);
    }

    private SegmentLink join(MacAddress address, int mtu, SegmentOptions options) throws IOException {
        SegmentLink link = SegmentLink.join(parent.resolve("wire"), address, mtu, options);
        opened.add(link);
        return link;
    }

    @AfterEach
    void leave() {
        opened.forEach(SegmentLink::close);
    }

    @Test
    void aFrameIsComposedInTheOnlyPeersRing() throws IOException {
        SegmentLink a = join(Frames.A);
        SegmentLink b = join(Frames.B);
        byte[] frame = Frames.frame(Frames.B, Frames.A, 1, 100);

        assertThat(Frames.send(a, frame)).isTrue();

        assertThat(received.takeAll(b)).containsExactly(frame);
        assertThat(received.takeAll(a)).isEmpty();
        assertThat(a.counters()).hasToString("frames-sent=1 bytes-sent=100 doorbells=1");
        assertThat(b.counters()).hasToString("frames-received=1 bytes-received=100");
    }

    @Test
    void aTrainOfFramesIsThereAtOnceAndItsReceiverIsStartedAtTheEnd() throws IOException {
        SegmentLink a = join(Frames.A);
        SegmentLink b = join(Frames.B);
        byte[] frame = Frames.frame(Frames.B, Frames.A, 1, 100);

        sendMore(a, frame);
        sendMore(a, frame);
        assertThat(received.takeAll(b)).containsExactly(frame, frame);
        assertThat(a.counters().get(LinkCounter.DOORBELLS)).isZero();
        assertThat(b.await(0)).as("nothing was rung").isFalse();
        a.flush();
        assertThat(b.await(0)).as("the doorbell was rung").isTrue();
        a.flush();
        assertThat(b.await(0)).as("it was rung again").isFalse();

        assertThat(a.counters()).hasToString("frames-sent=2 bytes-sent=200 doorbells=1");
    }

    /** It has the time to make room. */
    @Test
    void theReceiverOfALongTrainIsStartedBeforeItsEnd() throws IOException {
        SegmentOptions small = new SegmentOptions(SegmentOptions.MINIMUM_RING_BYTES, 0, 0);
        SegmentLink a = join(Frames.A, MTU, small);
        SegmentLink b = join(Frames.B, MTU, small);
        byte[] frame = Frames.frame(Frames.B, Frames.A, 1, LARGEST);
        int sent = 0;
        while (a.counters().get(LinkCounter.DOORBELLS) == 0) {
            sendMore(a, frame);
            sent++;
        }
        assertThat(sent * LARGEST)
                .isBetween(SegmentOptions.MINIMUM_RING_BYTES / 8, SegmentOptions.MINIMUM_RING_BYTES / 2);
        assertThat(received.takeAll(b)).hasSize(sent);
    }

    @Test
    void aTrainEndsWithAFrameThatIsAlone() throws IOException {
        SegmentLink a = join(Frames.A);
        SegmentLink b = join(Frames.B);
        byte[] frame = Frames.frame(Frames.B, Frames.A, 1, 100);

        sendMore(a, frame);
        Frames.send(a, frame);
        a.flush();

        assertThat(a.counters()).hasToString("frames-sent=2 bytes-sent=200 doorbells=1");
        assertThat(received.takeAll(b)).containsExactly(frame, frame);
    }

    /** Each of several stations gets a copy and is started by each frame. */
    @Test
    void aTrainToSeveralStationsReachesAll() throws IOException {
        SegmentLink a = join(Frames.A);
        SegmentLink b = join(Frames.B);
        byte[] frame = Frames.frame(MacAddress.BROADCAST, Frames.A, 1, 100);

        sendMore(a, frame);
        SegmentLink c = join(Frames.C);
        sendMore(a, frame);
        assertThat(a.counters().get(LinkCounter.DOORBELLS))
                .as("b, which has not answered yet, and c")
                .isEqualTo(2);
        a.flush();

        assertThat(received.takeAll(b)).containsExactly(frame, frame);
        assertThat(received.takeAll(c)).containsExactly(frame);
        assertThat(b.await(0)).isTrue();
        assertThat(c.await(0)).isTrue();
    }

    private static void sendMore(LinkEnd link, byte[] bytes) {
        FrameBuffer frame = Frames.lent(link.allocate(bytes.length));
        Frames.fill(frame, bytes);
        link.transmitMore(frame);
    }

    @Test
    void shortFramesArePaddedWithZeros() throws IOException {
        // IEEE 802.3 clause 4.2.3.3; RFC 894 "the data field should be padded (with octets of zero)".
        SegmentLink a = join(Frames.A);
        SegmentLink b = join(Frames.B);
        byte[] frame = Frames.frame(Frames.B, Frames.A, 1, 43);
        // What lay in the ring before must not leak out.
        for (int i = 0; i < 20_000; i++) {
            Frames.send(a, Frames.frame(Frames.B, Frames.A, i, 90));
            received.takeAll(b);
        }

        Frames.send(a, frame);

        assertThat(received.takeAll(b)).containsExactly(Arrays.copyOf(frame, 60));
    }

    @Test
    void everyOtherStationGetsEveryFrame() throws IOException {
        SegmentLink a = join(Frames.A);
        SegmentLink b = join(Frames.B);
        SegmentLink c = join(Frames.C);
        byte[] frame = Frames.frame(Frames.B, Frames.A, 1, 100);

        Frames.send(a, frame);

        assertThat(received.takeAll(b)).containsExactly(frame);
        assertThat(received.takeAll(c)).containsExactly(frame);
        assertThat(received.takeAll(a)).isEmpty();
        assertThat(a.counters()).hasToString("frames-sent=1 bytes-sent=100 copies=2 copied-bytes=200 doorbells=2");
    }

    @Test
    void stationsComeAndGoInAnyOrder() throws IOException {
        SegmentLink b = join(Frames.B);
        Frames.send(b, Frames.frame(Frames.A, Frames.B, 1, 100));
        assertThat(b.counters().get(LinkCounter.DROPPED_NO_STATION)).isEqualTo(1);

        SegmentLink a = join(Frames.A);
        byte[] second = Frames.frame(Frames.A, Frames.B, 2, 100);
        Frames.send(b, second);
        assertThat(received.takeAll(a)).containsExactly(second);

        a.close();
        Frames.send(b, Frames.frame(Frames.A, Frames.B, 3, 100));
        assertThat(b.counters().get(LinkCounter.DROPPED_NO_STATION)).isEqualTo(2);

        SegmentLink again = join(Frames.A);
        byte[] fourth = Frames.frame(Frames.A, Frames.B, 4, 100);
        Frames.send(b, fourth);
        assertThat(received.takeAll(again)).containsExactly(fourth);
        byte[] fifth = Frames.frame(Frames.B, Frames.A, 5, 100);
        Frames.send(again, fifth);
        assertThat(received.takeAll(b)).containsExactly(fifth);
    }

    @Test
    void whatAStationSentBeforeItLeftStillArrives() throws IOException {
        SegmentLink a = join(Frames.A);
        SegmentLink b = join(Frames.B);
        assertThat(b.poll(received, 1)).isZero();
        byte[] frame = Frames.frame(Frames.B, Frames.A, 1, 100);
        Frames.send(a, frame);
        a.close();
        SegmentLink again = join(Frames.A);
        byte[] later = Frames.frame(Frames.B, Frames.A, 2, 100);
        Frames.send(again, later);

        assertThat(received.takeAll(b)).containsExactly(frame, later);
    }

    @Test
    void aFullRingDropsAndCountsAndGoesOnWhenThereIsRoom() throws IOException {
        SegmentLink a = join(Frames.A, MTU, new SegmentOptions(SegmentOptions.MINIMUM_RING_BYTES, 0, 0));
        SegmentLink b = join(Frames.B, MTU, new SegmentOptions(SegmentOptions.MINIMUM_RING_BYTES, 0, 0));
        int accepted = 0;
        while (Frames.send(a, Frames.frame(Frames.B, Frames.A, accepted, LARGEST))) {
            accepted++;
        }
        assertThat(accepted).isEqualTo(SegmentOptions.MINIMUM_RING_BYTES / Ring.recordBytes(LARGEST));
        assertThat(a.counters().get(LinkCounter.DROPPED_RING_FULL)).isEqualTo(1);

        List<byte[]> frames = received.takeAll(b);
        assertThat(frames).hasSize(accepted);
        assertThat(frames.getLast()).isEqualTo(Frames.frame(Frames.B, Frames.A, accepted - 1, LARGEST));
        assertThat(Frames.send(a, Frames.frame(Frames.B, Frames.A, 0, LARGEST))).isTrue();
    }

    @Test
    void framesOfAllSizesGoRoundTheRing() throws IOException {
        SegmentLink a = join(Frames.A, 65_535, SegmentOptions.DEFAULT);
        SegmentLink b = join(Frames.B, 65_535, SegmentOptions.DEFAULT);
        for (int i = 0; i < 400; i++) {
            byte[] frame = Frames.frame(Frames.B, Frames.A, i, 60 + i * 7919 % (65_549 - 59));
            assertThat(Frames.send(a, frame)).isTrue();
            assertThat(received.takeAll(b)).containsExactly(frame);
        }
    }

    @Test
    void framesAboveTheMtuAreRefused() throws IOException {
        SegmentLink a = join(Frames.A);
        assertThat(a.allocate(LARGEST + 1)).isNull();
        assertThat(a.allocate(0)).isNull();
        assertThat(a.counters().get(LinkCounter.DROPPED_OVERSIZE)).isEqualTo(2);
    }

    @Test
    void aFrameThatIsReleasedIsNotSent() throws IOException {
        SegmentLink a = join(Frames.A);
        SegmentLink b = join(Frames.B);
        FrameBuffer frame = Frames.lent(a.allocate(100));
        a.release(frame);
        assertThat(received.takeAll(b)).isEmpty();
        assertThatThrownBy(() -> a.transmit(frame)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> a.release(frame)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aFrameMayBeSentWhileAnotherIsBeingComposed() throws IOException {
        SegmentLink a = join(Frames.A);
        SegmentLink b = join(Frames.B);
        byte[] first = Frames.frame(Frames.B, Frames.A, 1, 100);
        byte[] second = Frames.frame(Frames.B, Frames.A, 2, 200);
        FrameBuffer outer = Frames.lent(a.allocate(100));

        assertThat(Frames.send(a, second)).isTrue();
        Frames.fill(outer, first);
        a.transmit(outer);

        assertThat(received.takeAll(b)).containsExactly(first, second);
    }

    @Test
    void onlySoManyFramesAreLent() throws IOException {
        SegmentLink a = join(Frames.A);
        join(Frames.B);
        for (int i = 0; i < 5; i++) {
            Frames.lent(a.allocate(100));
        }
        assertThatThrownBy(() -> a.allocate(100)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aFrameMayBecomeShorterButNotLonger() throws IOException {
        SegmentLink a = join(Frames.A);
        SegmentLink b = join(Frames.B);
        byte[] frame = Frames.frame(Frames.B, Frames.A, 1, 70);
        FrameBuffer buffer = Frames.lent(a.allocate(100));
        Frames.fill(buffer, frame);
        a.transmit(buffer);
        assertThat(received.takeAll(b)).containsExactly(frame);

        FrameBuffer grown = Frames.lent(a.allocate(100));
        grown.length = 101;
        assertThatThrownBy(() -> a.transmit(grown))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a frame of 101 bytes in room for 100");
        assertThat(received.takeAll(b)).isEmpty();
        assertThat(Frames.send(a, frame)).isTrue();
    }

    @Test
    void aFrameIsHandledOnceAlsoWhenTheHandlerFails() throws IOException {
        SegmentLink a = join(Frames.A);
        SegmentLink b = join(Frames.B);
        Frames.send(a, Frames.frame(Frames.B, Frames.A, 1, 100));
        assertThatThrownBy(() -> b.poll(
                        (memory, offset, length) -> {
                            throw new IllegalStateException("handler");
                        },
                        1))
                .hasMessage("handler");
        assertThat(received.takeAll(b)).isEmpty();
    }

    @Test
    void aBudgetBoundsAPoll() throws IOException {
        SegmentLink a = join(Frames.A);
        SegmentLink b = join(Frames.B);
        for (int i = 0; i < 5; i++) {
            Frames.send(a, Frames.frame(Frames.B, Frames.A, i, 100));
        }
        assertThat(b.poll(received, 2)).isEqualTo(2);
        assertThat(b.await(0)).isTrue();
        assertThat(b.poll(received, 9)).isEqualTo(3);
    }

    @Test
    void awaitAnswersWhetherAFrameMayBeThere() throws IOException {
        SegmentLink a = join(Frames.A);
        SegmentLink b = join(Frames.B);
        assertThat(b.await(0)).isFalse();
        assertThat(b.await(1)).isFalse();

        Frames.send(a, Frames.frame(Frames.B, Frames.A, 1, 100));
        assertThat(b.await(LinkEnd.FOREVER)).isTrue();
        received.takeAll(b);
        // The doorbell that the frame rang may be answered late, once.
        b.await(0);
        assertThat(b.await(0)).isFalse();
    }

    @Test
    void aWakeUpBeforeTheWaitIsNotLost() throws IOException {
        SegmentLink b = join(Frames.B);
        b.wakeUp();
        b.wakeUp();
        assertThat(b.await(LinkEnd.FOREVER)).isTrue();
        assertThat(b.await(0)).isFalse();
    }

    @Test
    void framesThatNobodyAwaitedRingOnce() throws IOException {
        SegmentLink a = join(Frames.A);
        join(Frames.B);
        for (int i = 0; i < 100; i++) {
            Frames.send(a, Frames.frame(Frames.B, Frames.A, i, 100));
        }
        assertThat(a.counters().get(LinkCounter.DOORBELLS)).isEqualTo(1);
        assertThat(a.counters().get(LinkCounter.WAKE_UPS)).isZero();
    }

    @Test
    void anAddressIsOnTheSegmentOnce() throws IOException {
        join(Frames.A);
        assertThatThrownBy(() -> join(Frames.A))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("station 02:00:00:00:00:0a is on the segment at ");
    }

    @Test
    void eightStationsFit() throws IOException {
        for (int i = 0; i < SegmentLink.MAXIMUM_STATIONS; i++) {
            join(new MacAddress(0x0200_0000_0000L + i), MTU, new SegmentOptions(1 << 18, 0, 0));
        }
        assertThatThrownBy(() -> join(Frames.A, MTU, new SegmentOptions(1 << 18, 0, 0)))
                .isInstanceOf(IOException.class)
                .hasMessageEndingWith("has 8 stations, more do not fit");
    }

    @Test
    void stationsAgreeOnTheSegment() throws IOException {
        join(Frames.A);
        assertThatThrownBy(() -> join(Frames.B, MTU, new SegmentOptions(1 << 20, 10_000_000, 0)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("has ringBytes=1048576, rateBitsPerSecond=0, delayNs=0, not what");
    }

    @Test
    void addressesAndSizesThatDoNotExistAreRefused() {
        assertThatThrownBy(() -> join(MacAddress.BROADCAST)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> join(new MacAddress(0))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> join(Frames.A, 65_536, SegmentOptions.DEFAULT))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new SegmentOptions(1 << 17, 0, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new SegmentOptions((1 << 18) + 8, 0, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new SegmentOptions(1 << 18, 1, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new SegmentOptions(1 << 18, 0, -1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void nobodyElseMayReadTheSegmentAndTheLastToLeaveTakesItAlong() throws IOException {
        SegmentLink a = join(Frames.A);
        SegmentLink b = join(Frames.B);
        try (Stream<Path> files = Files.list(parent.resolve("wire"))) {
            assertThat(files)
                    .hasSize(4)
                    .allSatisfy(file -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                            .isEqualTo("rw-------"));
        }
        a.close();
        b.close();
        try (Stream<Path> files = Files.list(parent.resolve("wire"))) {
            assertThat(files).containsExactly(parent.resolve("wire/segment.lock"));
        }
    }

    @Test
    void leavingASegmentThatWasDeletedIsNoError() throws IOException {
        SegmentLink a = join(Frames.A);
        try (Stream<Path> files = Files.list(parent.resolve("wire"))) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(parent.resolve("wire"));
        a.close();
        a.close();
        assertThat(parent.resolve("wire")).doesNotExist();
    }
}
