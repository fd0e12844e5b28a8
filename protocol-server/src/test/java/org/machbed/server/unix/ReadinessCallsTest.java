package org.machbed.server.unix;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.machbed.ipc.mach.MachMessage;
import org.machbed.ipc.mach.PortName;
import org.machbed.ipc.process.Crossings;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.NetworkStack;
import org.machbed.netstack.StackConfiguration;
import org.machbed.netstack.ipv4.IpProtocol;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.netstack.link.FrameOutput;
import org.machbed.netstack.session.SessionTemplate;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.proto.bsd.SocketReply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.machbed.netstack.socket.Readiness.HUNG_UP;
import static org.machbed.netstack.socket.Readiness.READABLE;

/** Sets of sockets in the server, of which some have their session in the client, which tells what they are ready for. */
@Timeout(60)
class ReadinessCallsTest {
    private static final PortName CLIENT = PortName.of(7);
    private static final AwaySession AWAY = new AwaySession(
            new SessionTemplate(
                    IpProtocol.TCP, Ipv4Address.parse("192.0.2.1"), 7, Ipv4Address.parse("192.0.2.2"), 1024),
            CLIENT,
            1,
            -1);
    private static final int NAME = 100;
    private static final int ROOM = 80;

    private final BsdKernel kernel = BsdKernel.boot(Crossings.unshared());
    private final FileTable files = new FileTable();
    private final WaitingCalls waiting = new WaitingCalls(kernel.sleepQueues(), 8);
    private final ReadinessCalls calls = new ReadinessCalls(kernel, files, waiting, System::nanoTime);
    private final NetworkStack stack =
            new NetworkStack(new StackConfiguration(new MacAddress(2), 0xC0000201, 24, 0, 1500, 1, true), new NoWire());
    private int set;
    private int descriptor;
    private @Nullable BsdStreamSocket opened;

    private static final class NoWire implements FrameOutput {
        @Override
        public @Nullable FrameBuffer allocate(int lengthBytes) {
            return null;
        }

        @Override
        public void transmit(FrameBuffer frame) {
            throw new AssertionError("nothing was allocated");
        }

        @Override
        public void release(FrameBuffer frame) {
            throw new AssertionError("nothing was allocated");
        }
    }

    private interface Action {
        void run() throws SocketLayerException;
    }

    private void atSplnet(Action action) throws SocketLayerException {
        int s = kernel.spl().splnet();
        try {
            action.run();
        } finally {
            kernel.spl().splx(s);
        }
    }

    @BeforeEach
    void open() throws SocketLayerException {
        set = calls.open(CLIENT);
        atSplnet(() -> {
            opened = new BsdStreamSocket(kernel, stack.tcp().open());
            descriptor = files.add(opened, CLIENT);
        });
    }

    private BsdFile removed(int file) throws SocketLayerException {
        return Objects.requireNonNull(files.remove(file));
    }

    private BsdStreamSocket socket() {
        BsdStreamSocket socket = opened;
        if (socket == null) {
            throw new IllegalStateException("the test has not begun");
        }
        return socket;
    }

    /** What a reply to a select tells: names and readiness by turns. */
    private static List<Integer> told(MachMessage reply) throws Exception {
        SocketReply body = SocketReply.parseFrom(reply.body());
        ByteBuffer data = body.getData().asReadOnlyByteBuffer();
        List<Integer> words = new ArrayList<>();
        while (data.hasRemaining()) {
            words.add(data.getInt());
        }
        assertThat(words).hasSize(2 * body.getValue());
        return words;
    }

    private List<Integer> selectNow() throws Exception {
        return told(calls.select(new CallName(set, 0), ROOM, 0, true));
    }

    /** A select that sleeps. */
    private FutureTask<List<Integer>> selecting(int number) {
        int before = waiting.now();
        FutureTask<List<Integer>> task =
                new FutureTask<>(() -> told(calls.select(new CallName(set, number), ROOM, 0, false)));
        Thread.ofPlatform().daemon().start(task);
        while (waiting.now() == before && !task.isDone()) {
            Thread.onSpinWait();
        }
        return task;
    }

    @Test
    void aSessionThatLeavesOrReturnsIsLookedAt() throws Exception {
        calls.watch(set, descriptor, NAME, READABLE);
        // It has no connection.
        assertThat(selectNow()).containsExactly(NAME, READABLE | HUNG_UP);
        atSplnet(() -> socket().sessionLeft(AWAY));
        assertThat(selectNow()).isEmpty();
        FutureTask<List<Integer>> select = selecting(0);
        atSplnet(() -> socket().sessionReturned(false));
        assertThat(select.get()).containsExactly(NAME, READABLE | HUNG_UP);
    }

    @Test
    void aSelectThatSleepsEndsByItsLimitAWakeUpAnInterruptAndTheEndOfItsSet() throws Exception {
        assertThat(told(calls.select(new CallName(set, 0), ROOM, 1, false))).isEmpty();
        FutureTask<List<Integer>> select = selecting(0);
        calls.wakeUp(set);
        assertThat(select.get()).containsExactly(0, 0);
        FutureTask<List<Integer>> interrupted = selecting(5);
        atSplnet(() -> assertThat(waiting.interrupt(new CallName(set, 5))).isTrue());
        assertFails(Errno.EINTR, interrupted);
        FutureTask<List<Integer>> closed = selecting(0);
        atSplnet(() -> removed(set).close(0));
        assertFails(Errno.EBADF, closed);
        assertErrno(Errno.EBADF, () -> calls.wakeUp(set));
    }

    @Test
    void aClosedSocketLeavesItsSets() throws Exception {
        calls.watch(set, descriptor, NAME, READABLE);
        atSplnet(() -> removed(descriptor).close(0));
        assertThat(selectNow()).isEmpty();
        assertErrno(Errno.EBADF, () -> calls.watch(set, descriptor, NAME, READABLE));
    }

    @Test
    void whatNoCallTakesIsRefused() {
        assertErrno(Errno.EINVAL, () -> calls.watch(set, descriptor, 0, READABLE));
        assertErrno(Errno.EINVAL, () -> calls.watch(set, descriptor, NAME, HUNG_UP));
        assertErrno(Errno.EBADF, () -> calls.watch(descriptor, descriptor, NAME, READABLE));
        assertErrno(Errno.EBADF, () -> calls.watch(set, set, NAME, READABLE));
        assertErrno(Errno.EINVAL, () -> calls.select(new CallName(set, 0), 7, 0, true));
        assertErrno(Errno.EINVAL, () -> calls.select(new CallName(set, 0), ROOM, -1, false));
    }

    @Test
    void setsAreBoundedByClientAndAltogether() throws Exception {
        List<Integer> ofClient = new ArrayList<>(List.of(set));
        while (ofClient.size() < SetQuota.MAX_SETS_OF_CLIENT) {
            ofClient.add(calls.open(CLIENT));
        }
        assertErrno(Errno.EMFILE, () -> calls.open(CLIENT));
        for (int i = SetQuota.MAX_SETS_OF_CLIENT; i < SetQuota.CAPACITY; i++) {
            calls.open(PortName.of(1_000 + i));
        }
        assertErrno(Errno.EMFILE, () -> calls.open(PortName.of(9)));
        assertThat(files.openSets()).isEqualTo(SetQuota.CAPACITY);
        assertThat(files.openSockets()).isEqualTo(1);
        atSplnet(() -> removed(ofClient.removeLast()).close(0));
        calls.open(CLIENT);
        assertErrno(Errno.EMFILE, () -> calls.open(PortName.of(9)));
    }

    private static void assertFails(Errno errno, FutureTask<?> task) {
        assertThatThrownBy(task::get)
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        SocketLayerException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }

    private static void assertErrno(Errno errno, Action action) {
        assertThatThrownBy(action::run)
                .isInstanceOfSatisfying(
                        SocketLayerException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }
}
