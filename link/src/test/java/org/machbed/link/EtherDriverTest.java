package org.machbed.link;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.link.segment.SegmentLink;
import org.machbed.netstack.MacAddress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/** What the device level sheds (reynolds91, figure 2): each frame is counted once, by its fate. */
@Timeout(60)
class EtherDriverTest {
    private static final int MTU = 1000;

    @TempDir
    Path directory;

    private SegmentLink peer;
    private SegmentLink link;
    private EtherDriver driver;
    private final Frames family = new Frames();

    @BeforeEach
    void join() throws IOException {
        peer = SegmentLink.join(directory, Frames.A, 65_535);
        link = SegmentLink.join(directory, Frames.B, MTU);
        driver = new EtherDriver(link, family);
    }

    @AfterEach
    void leave() {
        link.close();
        peer.close();
    }

    private void assertFate(byte[] frame, DriverCounter fate) {
        Frames.send(peer, frame);
        assertThat(driver.interrupt()).isEqualTo(1);
        assertThat(driver.counters().get(fate)).isEqualTo(1);
        assertThat(driver.counters().get(DriverCounter.RECEIVED)).isEqualTo(1);
        if (fate == DriverCounter.PASSED) {
            assertThat(family.take()).containsExactly(frame);
        } else {
            assertThat(driver.counters().get(DriverCounter.PASSED)).isZero();
            assertThat(family.take()).isEmpty();
        }
    }

    @Test
    void oursPass() {
        assertFate(Frames.frame(Frames.B, Frames.A, 1, 60), DriverCounter.PASSED);
    }

    @Test
    void broadcastsPass() {
        assertFate(Frames.frame(MacAddress.BROADCAST, Frames.A, 1, 14 + MTU), DriverCounter.PASSED);
    }

    @Test
    void framesAboveOurMtuAreOversize() {
        assertFate(Frames.frame(Frames.B, Frames.A, 1, 14 + MTU + 1), DriverCounter.OVERSIZE);
    }

    @Test
    void framesForOthersAreForeign() {
        assertFate(Frames.frame(Frames.C, Frames.A, 1, 60), DriverCounter.FOREIGN_UNICAST);
    }

    @Test
    void groupsThatNobodyJoinedAreForeign() {
        MacAddress allHosts = MacAddress.parse("01:00:5e:00:00:01");
        assertFate(Frames.frame(allHosts, Frames.A, 1, 60), DriverCounter.FOREIGN_MULTICAST);
    }

    @Test
    void aGroupIsNoSource() {
        assertFate(Frames.frame(Frames.B, MacAddress.BROADCAST, 1, 60), DriverCounter.INVALID_SOURCE);
    }

    @Test
    void zerosAreNoSource() {
        assertFate(Frames.frame(Frames.B, new MacAddress(0), 1, 60), DriverCounter.INVALID_SOURCE);
    }

    @Test
    void runtsAreShed() {
        // The segment pads what it sends, so the runt comes from a link that does not.
        RuntLink runts = new RuntLink(link);
        EtherDriver below = new EtherDriver(runts, family);
        assertThat(below.interrupt()).isEqualTo(60);
        assertThat(below.counters()).hasToString("received=60 runt=60");
        assertThat(family.take()).isEmpty();
    }

    /** Delivers frames of 0 to 59 bytes at the very end of their memory. */
    private static final class RuntLink extends LinkDecorator {
        RuntLink(LinkEnd link) {
            super(link);
        }

        @Override
        public int poll(FrameHandler handler, int budget) {
            for (int length = 0; length < MINIMUM_FRAME_BYTES; length++) {
                handler.onFrame(MemorySegment.ofArray(new byte[length]), 0, length);
            }
            return MINIMUM_FRAME_BYTES;
        }
    }

    /** Of many such frames one is logged: who sends them may send more. */
    @Test
    void aFrameWhoseHandlingFailsCostsOnlyItself() {
        RuntimeException ofTheTest = new IllegalStateException("of the test");
        EtherDriver failing = new EtherDriver(link, (memory, offset, length) -> {
            if (memory.get(ValueLayout.JAVA_BYTE, offset + 20) != 20 + 3) {
                throw ofTheTest;
            }
            family.onFrame(memory, offset, length);
        });
        List<String> logged = Logged.during(EtherDriver.class, () -> {
            for (int i = 1; i <= 4; i++) {
                Frames.send(peer, Frames.frame(Frames.B, Frames.A, i, 60));
            }
            assertThat(failing.interrupt()).isEqualTo(4);
        });
        assertThat(family.take()).containsExactly(Frames.frame(Frames.B, Frames.A, 3, 60));
        assertThat(failing.counters()).hasToString("received=4 passed=4 failed=3");
        assertThat(logged).containsExactly("ERROR the handling of a frame failed (0 more before)");
    }

    @Test
    void aTurnEndsOnceAfterItsFramesAndNotWithoutAny() {
        List<String> turns = new ArrayList<>();
        EtherDriver gathering =
                new EtherDriver(link, (memory, offset, length) -> turns.add("frame"), () -> turns.add("end"));
        assertThat(gathering.interrupt()).isZero();
        for (int i = 1; i <= 2; i++) {
            Frames.send(peer, Frames.frame(Frames.B, Frames.A, i, 60));
        }
        assertThat(gathering.interrupt()).isEqualTo(2);
        assertThat(turns).containsExactly("frame", "frame", "end");
    }

    /** What came before must not wait for the next turn. */
    @Test
    void aTurnEndsAlsoWhereTheLinkFailsAmidIt() {
        LinkEnd failing = new LinkDecorator(link) {
            @Override
            public int poll(FrameHandler handler, int budget) {
                super.poll(handler, budget);
                throw new IllegalStateException("of the test");
            }
        };
        AtomicInteger ends = new AtomicInteger();
        EtherDriver gathering = new EtherDriver(failing, family, ends::incrementAndGet);
        Frames.send(peer, Frames.frame(Frames.B, Frames.A, 1, 60));
        assertThatIllegalStateException().isThrownBy(gathering::interrupt);
        assertThat(family.take()).hasSize(1);
        assertThat(ends).hasValue(1);
    }

    @Test
    void theInterruptLoopHandsUpUntilItIsStopped() throws InterruptedException {
        AtomicInteger handled = new AtomicInteger();
        EtherDriver counting = new EtherDriver(link, (memory, offset, length) -> {
            if (handled.incrementAndGet() == 100) {
                peer.wakeUp();
            }
        });
        Thread interrupts = Thread.ofPlatform().start(counting::runInterruptLoop);
        for (int i = 0; i < 100; i++) {
            Frames.send(peer, Frames.frame(Frames.B, Frames.A, i, 60));
        }
        assertThat(peer.await(LinkEnd.FOREVER)).isTrue();
        counting.stop();
        interrupts.join();
        assertThat(counting.counters()).hasToString("received=100 passed=100");
    }

    @Test
    void theInterruptLoopRunsTheTimer() throws InterruptedException {
        AtomicInteger ticks = new AtomicInteger();
        DriverTimer timer = new DriverTimer() {
            private long deadlineNs = Long.MIN_VALUE;

            @Override
            public long nextDeadlineNs() {
                return deadlineNs;
            }

            @Override
            public void onTimer(long nowNs) {
                assertThat(deadlineNs == Long.MIN_VALUE || nowNs - deadlineNs >= 0)
                        .isTrue();
                deadlineNs = nowNs + 100_000;
                if (ticks.incrementAndGet() == 5) {
                    deadlineNs = Long.MAX_VALUE;
                    driver.stop();
                }
            }
        };
        Thread interrupts = Thread.ofPlatform().start(() -> driver.runInterruptLoop(timer, () -> {}));
        interrupts.join();
        assertThat(ticks).hasValue(5);
    }

    @Test
    void aDriverThatWasStoppedBeforeItRanDoesNotRun() {
        driver.stop();
        driver.runInterruptLoop();
        assertThat(driver.counters()).hasToString("");
    }
}
