package org.machbed.kernel.device;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.ipc.window.BufferPools;
import org.machbed.ipc.window.Descriptor;
import org.machbed.ipc.window.Window;
import org.machbed.ipc.window.WindowConsumer;
import org.machbed.ipc.window.WindowProducer;
import org.machbed.ipc.window.WindowQueue;
import org.machbed.netstack.session.SessionTemplate;
import org.machbed.proto.device.DeviceMapRequest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Sessions that change hands, and owners that misbehave, over the kernel's own classes and real windows. */
@Timeout(120)
class SessionLevelTest {
    private static final OptionalLong WHOEVER = OptionalLong.empty();
    private static final DeviceMapRequest SESSION_WINDOW = DeviceMapRequest.newBuilder()
            .setWhat(DeviceMapRequest.What.SESSION_WINDOW)
            .build();

    @TempDir(factory = SharedMemoryDirectory.class)
    private Path directory;

    private final MemoryLink link = new MemoryLink(1500);
    private final ReentrantLock kernelLock = new ReentrantLock();
    private final Crossings crossings = Crossings.unshared();
    private final NetworkDevice device = new NetworkDevice(link, kernelLock, crossings, true);
    private final SessionLevel level = Objects.requireNonNull(device.sessions());
    private HostDirectory host;
    private int tasks;

    /** The owner's side of a window. */
    private static final class Owner implements AutoCloseable {
        final Window window;
        final WindowConsumer in;
        final WindowProducer out;
        final List<Integer> numbers = new ArrayList<>();

        Owner(Path path) throws Exception {
            window = Window.open(path);
            in = window.consumer();
            out = window.producer(() -> {});
        }

        int take(int most) {
            int taken = 0;
            while (taken < most) {
                long descriptor = in.poll();
                if (descriptor == WindowQueue.NONE) {
                    return taken;
                }
                numbers.add(window.memory()
                        .get(
                                ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN),
                                window.frameOffset(descriptor) + 42));
                window.pools().free(Descriptor.buffer(descriptor));
                taken++;
            }
            return taken;
        }

        void send(KernelWindow kernel, byte[] frame) {
            put(frame);
            kernel.start();
        }

        void put(byte[] frame) {
            int buffer = window.pools().allocate();
            assertThat(buffer).isNotEqualTo(BufferPools.NONE);
            window.memory().asSlice(window.pools().offset(buffer), frame.length).copyFrom(MemorySegment.ofArray(frame));
            assertThat(out.put(Descriptor.pack(buffer, 0, frame.length))).isTrue();
        }

        @Override
        public void close() {
            window.close();
        }
    }

    @BeforeEach
    void open() throws Exception {
        host = HostDirectory.open(directory);
    }

    private SessionWindow window() throws Exception {
        return level.open(host, SESSION_WINDOW, ++tasks);
    }

    private KernelWindow serversWindow() throws Exception {
        return KernelWindow.map(
                device,
                host,
                DeviceMapRequest.newBuilder()
                        .addEtherTypes(NetworkDevice.TYPE_IPV4)
                        .addEtherTypes(NetworkDevice.TYPE_ARP)
                        .build());
    }

    private void arrive(byte[] frame) {
        link.arrive(frame);
        device.interrupt();
    }

    /** Frames go to the server's window with the input lock, which who checks what leaves takes with the kernel's. */
    @Test
    void whoClosesAWindowWaitsForTheKernelWithoutHoldingFramesUp() throws Exception {
        KernelWindow servers = serversWindow();
        Thread closing = Thread.ofPlatform().unstarted(servers::close);
        kernelLock.lock();
        try {
            closing.start();
            while (!kernelLock.hasQueuedThread(closing)) {
                Thread.onSpinWait();
            }
            // Would wait for ever for who waits for this thread.
            assertThat(servers.framesIn()).isZero();
        } finally {
            kernelLock.unlock();
        }
        closing.join();
        assertThat(servers.framesLeft()).isZero();
    }

    /** A doorbell for each frame would be a system call each, and on one CPU a switch to the owner and back. */
    @Test
    void anIdleOwnerIsStartedOnceForAllFramesOfATurn() throws Exception {
        SessionWindow window = window();
        level.setSession(SessionFrames.template(7), window, WHOEVER);
        try (Owner owner = new Owner(window.window().path())) {
            assertThat(owner.in.becomeIdle()).isTrue();
            for (int i = 1; i <= 5; i++) {
                link.arrive(SessionFrames.in(7, i));
            }
            device.interrupt();
            assertThat(owner.window.pools().freeBuffers())
                    .as("what the kernel had taken ahead is back")
                    .isEqualTo(owner.window.configuration().buffers() - 5);
            assertThat(crossings.value(Crossing.DOORBELLS)).isEqualTo(1);
            assertThat(crossings.value(Crossing.FRAMES_RECEIVED)).isEqualTo(5);
            assertThat(crossings.value(Crossing.COPIES)).isEqualTo(5);
            assertThat(crossings.value(Crossing.COPIED_BYTES)).isEqualTo(5L * SessionFrames.in(7, 1).length);
            owner.in.becomeBusy();
            assertThat(owner.take(9)).isEqualTo(5);

            arrive(SessionFrames.in(7, 6));
            assertThat(crossings.value(Crossing.DOORBELLS))
                    .as("of an owner that is busy")
                    .isEqualTo(1);
            assertThat(owner.take(9)).isEqualTo(1);

            assertThat(owner.in.becomeIdle()).isTrue();
            arrive(SessionFrames.in(7, 7));
            assertThat(crossings.value(Crossing.DOORBELLS)).isEqualTo(2);
        }
        level.close(window);
    }

    @Test
    void aTurnOfTheOutQueueIsCountedAndLeavesTheLevelToOthers() throws Exception {
        SessionWindow window = window();
        level.setSession(SessionFrames.template(7), window, WHOEVER);
        try (Owner owner = new Owner(window.window().path())) {
            for (int i = 1; i <= 3; i++) {
                owner.send(window.window(), SessionFrames.out(7, i));
            }
            assertThat(link.sent).hasSize(3);
            assertThat(crossings.value(Crossing.FRAMES_SENT)).isEqualTo(3);
            assertThat(crossings.value(Crossing.COPIES)).isEqualTo(3);
            assertThat(crossings.value(Crossing.COPIED_BYTES)).isEqualTo(3L * SessionFrames.out(7, 1).length);
            Thread other = Thread.ofPlatform().start(() -> arrive(SessionFrames.in(7, 1)));
            other.join();
            assertThat(owner.take(9)).isEqualTo(1);
        }
        level.close(window);
    }

    /** Asked after each frame whether it waits, the receiver would have it seen before the next one is copied. */
    @Test
    void whoeverReceivesIsStartedOnceForAllFramesOfAnOutQueue() throws Exception {
        SessionWindow window = window();
        level.setSession(SessionFrames.template(7), window, WHOEVER);
        try (Owner owner = new Owner(window.window().path())) {
            for (int i = 1; i <= 3; i++) {
                owner.put(SessionFrames.out(7, i));
            }
            owner.put(SessionFrames.out(9, 4));
            window.window().start();
            assertThat(link.sent).hasSize(3);
            assertThat(link.untold).isFalse();
            assertThat(owner.window.pools().freeBuffers())
                    .isEqualTo(owner.window.configuration().buffers());
            assertThat(crossings.value(Crossing.DOORBELLS)).isEqualTo(1);
        }
        level.close(window);
    }

    /** The next turn finds the level free for others, though the handling of a frame has failed amid this one. */
    @Test
    void aTurnThatFailsLeavesTheLevelToOthers() throws Exception {
        SessionWindow window = window();
        device.claimFamilies(
                new FamilyOwner() {
                    @Override
                    public String ownerName() {
                        return "one that fails";
                    }

                    @Override
                    public void onFamilyFrame(MemorySegment frame, long offset, int lengthBytes) {
                        throw new IllegalStateException("on purpose");
                    }
                },
                NetworkDevice.TYPE_IPV4);
        arrive(SessionFrames.in(7, 1));
        Thread other = Thread.ofPlatform().start(() -> {
            try {
                level.setSession(SessionFrames.template(7), window, WHOEVER);
            } catch (DeviceException e) {
                throw new IllegalStateException(e);
            }
        });
        other.join(10_000);
        assertThat(other.isAlive()).isFalse();
        try (Owner owner = new Owner(window.window().path())) {
            arrive(SessionFrames.in(7, 2));
            assertThat(owner.take(9)).isEqualTo(1);
        }
        level.close(window);
    }

    @Test
    void aFrameOfASessionGoesToItsWindowAndOthersToTheServer() throws Exception {
        KernelWindow servers = serversWindow();
        SessionWindow a = window();
        SessionWindow b = window();
        level.setSession(SessionFrames.template(7), a, WHOEVER);
        level.setSession(SessionFrames.template(8), b, WHOEVER);
        for (int port : new int[] {7, 8, 9}) {
            arrive(SessionFrames.in(port, port));
        }
        arrive(TestFrames.arp());
        try (Owner server = new Owner(servers.path());
                Owner ownerA = new Owner(a.window().path());
                Owner ownerB = new Owner(b.window().path())) {
            server.take(9);
            ownerA.take(9);
            ownerB.take(9);
            assertThat(server.numbers).hasSize(2).startsWith(9);
            assertThat(ownerA.numbers).containsExactly(7);
            assertThat(ownerB.numbers).containsExactly(8);
        }
        level.close(a);
        arrive(SessionFrames.in(7, 1));
        assertThat(servers.framesIn()).as("its sessions are the server's again").isEqualTo(3);
        assertThat(Told.by(device)).containsEntry("sessions", 1L).containsEntry("session windows", 1L);
    }

    @Test
    void aSessionChangesHandsOnlyIfTheOneWhoIsExpectedHasIt() throws Exception {
        SessionWindow a = window();
        SessionWindow b = window();
        SessionTemplate session = SessionFrames.template(7);
        assertThat(level.setSession(session, a, OptionalLong.of(0)))
                .isEqualTo(new SessionLevel.Change(a.number(), 0, 0));
        assertThatThrownBy(() -> level.setSession(session, b, OptionalLong.of(0)))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("that of window " + a.number() + ", not the server's");
        arrive(SessionFrames.in(7, 1));
        assertThat(level.setSession(session, b, OptionalLong.of(a.number())))
                .isEqualTo(new SessionLevel.Change(b.number(), a.number(), 1));
        assertThat(level.setSession(session, b, WHOEVER))
                .as("nothing changes")
                .isEqualTo(new SessionLevel.Change(b.number(), b.number(), 0));
        assertThat(level.setSession(session, null, WHOEVER)).isEqualTo(new SessionLevel.Change(0, b.number(), 0));
        level.close(b);
        assertThatThrownBy(() -> level.setSession(session, b, WHOEVER)).hasMessageContaining("is gone");
        assertThat(a.sessions).isEmpty();
    }

    /**
     * Frames numbered in sequence come while their session goes to and fro between the server and two windows. Each must come out of
     * exactly one, and after a switch nothing more of before: the owner has taken as many as the kernel says to have put.
     */
    @Test
    void eachFrameArrivesOnceAndInOrderWhileItsSessionChangesHands() throws Exception {
        int switches = 6_000;
        KernelWindow servers = serversWindow();
        SessionWindow a = window();
        SessionWindow b = window();
        SessionTemplate session = SessionFrames.template(7);
        AtomicBoolean done = new AtomicBoolean();
        int[] sent = new int[1];
        Thread interrupts = Thread.ofPlatform().start(() -> {
            while (!done.get()) {
                arrive(SessionFrames.in(7, sent[0]++));
            }
        });
        List<Integer> all = new ArrayList<>();
        try (Owner server = new Owner(servers.path());
                Owner ownerA = new Owner(a.window().path());
                Owner ownerB = new Owner(b.window().path())) {
            Owner[] owners = {server, ownerA, ownerB};
            SessionWindow[] windows = {null, a, b};
            int present = 0;
            for (int i = 0; i < switches; i++) {
                int next = (present + 1 + i % 2) % 3;
                SessionLevel.Change change = level.setSession(session, windows[next], WHOEVER);
                assertThat(change.windowBefore()).isEqualTo(present == 0 ? 0 : windows[present].number());
                takeUpTo(owners[present], change.framesBefore(), all);
                present = next;
            }
            done.set(true);
            interrupts.join();
            long last = present == 0
                    ? servers.framesIn()
                    : windows[present].window().framesIn();
            takeUpTo(owners[present], last, all);
            long dropped = Told.allDrops(device);
            assertThat(all.size() + dropped).isEqualTo(sent[0]);
            assertThat(all.size()).isGreaterThan(switches / 100);
            assertThat(all).isSorted().doesNotHaveDuplicates();
        }
    }

    private static void takeUpTo(Owner owner, long frames, List<Integer> all) {
        owner.numbers.clear();
        while (owner.in.takenDescriptors() < frames) {
            assertThat(owner.take(1)).isEqualTo(1);
        }
        assertThat(owner.in.poll()).as("nothing comes after the switch").isEqualTo(WindowQueue.NONE);
        all.addAll(owner.numbers);
    }

    @Test
    void anOwnerSendsWhatIsOfItsSessionsAndNothingElse() throws Exception {
        SessionWindow a = window();
        SessionWindow b = window();
        level.setSession(SessionFrames.template(7), a, WHOEVER);
        level.setSession(SessionFrames.template(9), a, WHOEVER);
        level.setSession(SessionFrames.template(8), b, WHOEVER);
        try (Owner owner = new Owner(a.window().path());
                Owner other = new Owner(b.window().path())) {
            List<byte[]> forged = List.of(
                    SessionFrames.out(8, 1),
                    SessionFrames.out(10, 1),
                    out(0xC0000203, 7, 5002, 0),
                    out(SessionFrames.LOCAL, 7, 5003, 0),
                    SessionFrames.frame(
                            "020000000002", "020000000009", SessionFrames.LOCAL, 7, SessionFrames.REMOTE, 5002, 0, 1),
                    out(SessionFrames.LOCAL, 7, 5002, 3),
                    out(SessionFrames.LOCAL, 7, 5002, 0x2003),
                    TestFrames.arp(),
                    new byte[60]);
            for (byte[] frame : forged) {
                owner.send(a.window(), frame);
            }
            assertThat(link.sent).isEmpty();
            assertThat(link.begun).as("room on the wire is given back").isZero();
            assertThat(device.counters().drops(DropReason.OUTGOING_REFUSED)).isEqualTo(forged.size());
            assertThat(Told.by(device))
                    .containsEntry("sessions out FORGED_SOURCE", 4L)
                    .containsEntry("sessions out FORGED_STATION", 1L)
                    .containsEntry("sessions out FORGED_FRAGMENT", 2L)
                    .containsEntry("sessions out NOT_IPV4", 2L);
            owner.send(a.window(), SessionFrames.out(7, 1));
            owner.send(a.window(), SessionFrames.out(9, 2));
            other.send(b.window(), SessionFrames.out(8, 3));
            assertThat(link.sent).extracting(SessionFrames::number).containsExactly(1, 2, 3);
            level.setSession(SessionFrames.template(7), b, WHOEVER);
            owner.send(a.window(), SessionFrames.out(7, 4));
            other.send(b.window(), SessionFrames.out(7, 5));
            assertThat(link.sent).extracting(SessionFrames::number).containsExactly(1, 2, 3, 5);
        }
    }

    private static byte[] out(int source, int sourcePort, int destinationPort, int fragmentWord) {
        return SessionFrames.frame(
                "020000000002",
                "020000000001",
                source,
                sourcePort,
                SessionFrames.REMOTE,
                destinationPort,
                fragmentWord,
                1);
    }

    /** One session sends the first fragment of a datagram; another cannot put text into it, and its owner can. */
    @Test
    void anotherOwnersDatagramIsNotContinued() throws Exception {
        SessionWindow a = window();
        SessionWindow b = window();
        level.setSession(SessionFrames.template(7), a, WHOEVER);
        level.setSession(SessionFrames.template(8), b, WHOEVER);
        try (Owner owner = new Owner(a.window().path());
                Owner rogue = new Owner(b.window().path())) {
            owner.send(a.window(), out(SessionFrames.LOCAL, 7, 5002, 0x2000));
            rogue.send(b.window(), out(SessionFrames.LOCAL, 8, 5002, 0x2000 | 3));
            assertThat(link.sent).hasSize(1);
            owner.send(a.window(), out(SessionFrames.LOCAL, 7, 5002, 0x2000 | 3));
            assertThat(link.sent).hasSize(2);
        }
    }

    /** A rogue takes nothing, then spoils its memory from end to end, then cuts it short; another's frames all come through. */
    @Test
    void aRogueHarmsItselfAlone() throws Exception {
        SessionWindow rogue = window();
        SessionWindow honest = window();
        level.setSession(SessionFrames.template(7), rogue, WHOEVER);
        level.setSession(SessionFrames.template(8), honest, WHOEVER);
        Path control = rogue.window().path().resolve("control");
        int number = 0;
        try (Owner owner = new Owner(honest.window().path());
                Owner spoiler = new Owner(rogue.window().path());
                FileChannel file = FileChannel.open(control, StandardOpenOption.WRITE)) {
            for (int i = 0; i < 3_000; i++) {
                arrive(SessionFrames.in(7, i));
                number = exchange(owner, honest, number);
            }
            assertThat(device.counters().drops(DropReason.WINDOW_QUEUE_FULL)
                            + device.counters().drops(DropReason.WINDOW_NO_BUFFER))
                    .as("a flood fills the rogue's own queue")
                    .isEqualTo(3_000 - rogue.window().framesIn());
            Random random = new Random(7);
            for (int i = 0; i < 2_000; i++) {
                // Magic and shape too; 8 KiB hold the control block, free stacks and the queues' counters.
                file.write(ByteBuffer.allocate(8).putLong(0, random.nextLong()), 8L * random.nextInt(1_024));
                arrive(SessionFrames.in(7, i));
                rogue.window().start();
                number = exchange(owner, honest, number);
            }
            long bytes = file.size();
            file.truncate(0);
            for (int i = 0; i < 100; i++) {
                arrive(SessionFrames.in(7, i));
                rogue.window().start();
                number = exchange(owner, honest, number);
            }
            file.write(ByteBuffer.allocate(1), bytes - 1);
            assertThat(spoiler.window.path()).exists();
        }
        assertThat(link.sent).allMatch(frame -> SessionFrames.number(frame) < 5_100);
        assertThat(link.sent).extracting(SessionFrames::number).isSorted().hasSize(number);
    }

    private int exchange(Owner owner, SessionWindow window, int number) {
        arrive(SessionFrames.in(8, number));
        owner.numbers.clear();
        assertThat(owner.take(2)).isEqualTo(1);
        assertThat(owner.numbers).containsExactly(number);
        owner.send(window.window(), SessionFrames.out(8, number));
        return number + 1;
    }

    @Test
    void anOwnerThatTakesNothingForASecondIsFoundOnce() throws Exception {
        SessionWindow window = window();
        level.setSession(SessionFrames.template(7), window, WHOEVER);
        try (Owner owner = new Owner(window.window().path())) {
            assertThat(window.hasStalled()).as("holds nothing").isFalse();
            arrive(SessionFrames.in(7, 0));
            assertThat(level.nextDeadlineNs()).isNotEqualTo(Long.MAX_VALUE);
            assertThat(window.hasStalled()).as("since this check only").isFalse();
            assertThat(window.hasStalled()).isTrue();
            assertThat(window.hasStalled()).as("told already").isFalse();
            arrive(SessionFrames.in(7, 1));
            owner.take(1);
            assertThat(window.hasStalled()).as("it has moved").isFalse();
            assertThat(window.hasStalled()).isTrue();
            owner.take(1);
            assertThat(window.hasStalled()).isFalse();
            assertThat(window.isToBeChecked()).isFalse();
            // Takes all frames and gives no buffer back.
            do {
                arrive(SessionFrames.in(7, 2));
            } while (owner.in.poll() != WindowQueue.NONE);
            assertThat(window.hasStalled()).isFalse();
            arrive(SessionFrames.in(7, 3));
            assertThat(window.hasStalled()).isTrue();
        }
    }

    @Test
    void placesAndSessionsAreBounded() throws Exception {
        SessionWindow window = window();
        assertThatThrownBy(() -> level.open(host, SESSION_WINDOW, 1)).hasMessageContaining("has a session window");
        for (int i = 0; i < SessionLevel.MAX_SESSIONS_OF_A_WINDOW; i++) {
            level.setSession(SessionFrames.template(1 + i), window, WHOEVER);
        }
        assertThatThrownBy(() -> level.setSession(SessionFrames.template(60_000), window, WHOEVER))
                .hasMessageContaining("4096 sessions");
        level.setSession(SessionFrames.template(1), window, WHOEVER);
        level.close(window);
        assertThat(Told.by(device)).containsEntry("sessions", 0L);
        for (int i = 0; i < SessionLevel.MAX_WINDOWS; i++) {
            window();
        }
        assertThatThrownBy(this::window).hasMessageContaining("64 session windows");
    }
}
