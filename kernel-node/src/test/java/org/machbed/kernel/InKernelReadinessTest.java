package org.machbed.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.machbed.ipc.trap.TrapCaller;
import org.machbed.ipc.trap.TrapSlot;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.Readiness;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.proto.trap.TrapNumber;

import static org.assertj.core.api.Assertions.assertThat;
import static org.machbed.kernel.StreamTraps.NO_WAIT;
import static org.machbed.kernel.StreamTraps.WAIT;
import static org.machbed.kernel.StreamTraps.awaitCounter;
import static org.machbed.kernel.StreamTraps.awaitWaiting;
import static org.machbed.kernel.StreamTraps.background;
import static org.machbed.kernel.StreamTraps.counter;

/** Sets of sockets of two kernels with the stack inside, by traps through real call gates. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class InKernelReadinessTest {
    private static final int PORT = 5001;
    private static final long BAD = -Errno.EBADF.number();
    private static final long INVALID = -Errno.EINVAL.number();
    private static final long TIMED_OUT = -Errno.ETIMEDOUT.number();
    private static final int MAX_SETS = 64;

    private TwoHosts hosts;
    private StreamTraps a;
    private StreamTraps b;

    @BeforeEach
    void start() throws Exception {
        hosts = new TwoHosts();
        a = new StreamTraps(hosts.a.caller);
        b = new StreamTraps(hosts.b.caller);
    }

    @AfterEach
    void stop() throws Exception {
        hosts.close();
    }

    private static long set(StreamTraps of) {
        long set = of.caller().trap(TrapNumber.READINESS_SET);
        assertThat(set).isPositive();
        return set;
    }

    private static void watch(StreamTraps of, long set, long socket, int interests) {
        assertThat(of.caller().trap(TrapNumber.WATCH, set, socket, interests)).isZero();
    }

    /** Sockets and readiness in turn. */
    private static List<Long> take(StreamTraps of, long set) {
        try (TrapSlot slot = of.caller().claim()) {
            long bytes = slot.call(TrapNumber.TAKE_READY, set, 65_536);
            assertThat(bytes).isNotNegative();
            List<Long> words = new ArrayList<>();
            for (int i = 0; i < bytes; i += Integer.BYTES) {
                words.add((long) slot.dataBuffer().getInt(i));
            }
            return words;
        }
    }

    private static CompletableFuture<Long> waiting(StreamTraps of, long set) {
        return background(() -> of.bare(TrapNumber.AWAIT_READY, set, 0));
    }

    private static <T> T within30s(CompletableFuture<T> future) throws Exception {
        return future.get(30, TimeUnit.SECONDS);
    }

    @Test
    void bitsOfTrapsAreThoseOfTheLibrary() {
        assertThat(TrapNumber.READABLE).isEqualTo(Readiness.READABLE);
        assertThat(TrapNumber.WRITABLE).isEqualTo(Readiness.WRITABLE);
        assertThat(TrapNumber.DRAINED).isEqualTo(Readiness.DRAINED);
        assertThat(TrapNumber.HUNG_UP).isEqualTo(Readiness.HUNG_UP);
    }

    @Test
    void whoWaitsIsToldOfSocketsOfBothKinds() throws Exception {
        long listener = b.listener(PORT, 5);
        long set = set(b);
        watch(b, set, listener, TrapNumber.READABLE);
        assertThat(take(b, set)).isEmpty();
        CompletableFuture<Long> connection = waiting(b, set);
        awaitWaiting(hosts.b, 1);
        long client = a.connected(TwoHosts.B, PORT);
        assertThat(within30s(connection)).isZero();
        assertThat(take(b, set)).containsExactly(listener, (long) TrapNumber.READABLE);
        long server = b.accept(listener);
        watch(b, set, server, TrapNumber.READABLE);
        assertThat(take(b, set)).isEmpty();

        long datagrams = b.caller().trap(TrapNumber.SOCKET);
        assertThat(b.caller().trap(TrapNumber.BIND, datagrams, 0, PORT)).isZero();
        watch(b, set, datagrams, TrapNumber.READABLE);
        CompletableFuture<Long> datagram = waiting(b, set);
        awaitWaiting(hosts.b, 1);
        long sender = a.caller().trap(TrapNumber.SOCKET);
        assertThat(a.caller().trap(TrapNumber.SEND_TO, sender, TwoHosts.B, PORT, 1, 0, 0))
                .isEqualTo(1);
        assertThat(within30s(datagram)).isZero();
        assertThat(take(b, set)).containsExactly(datagrams, (long) TrapNumber.READABLE);

        a.close(client);
        while (take(b, set).size() < 4) {
            Thread.onSpinWait();
        }
        assertThat(b.close(datagrams)).isZero();
        assertThat(take(b, set)).containsExactly(server, (long) TrapNumber.READABLE);
    }

    @Test
    void aRefusedConnectHasHungUp() throws Exception {
        long set = set(a);
        long socket = a.socket();
        assertThat(a.caller().trap(TrapNumber.CONNECT, socket, TwoHosts.B, 9)).isZero();
        watch(a, set, socket, TrapNumber.READABLE);
        assertThat(within30s(waiting(a, set))).isZero();
        assertThat(take(a, set)).containsExactly(socket, (long) (TrapNumber.READABLE | TrapNumber.HUNG_UP));
    }

    /** No send has found too little room, so nobody but the set wants to be told of some. */
    @Test
    void aSocketThatIsExactlyFullIsWritableOnceThePeerHasRead() throws Exception {
        long listener = b.listener(PORT, 5);
        long client = a.connected(TwoHosts.B, PORT);
        long server = b.accept(listener);
        long set = set(a);
        watch(a, set, client, TrapNumber.WRITABLE);
        String piece = "0123456789abcdef".repeat(4_096);
        long sent = 0;
        // What is under way may still make room, for a while.
        while (awaitsReady(set)) {
            sent += a.send(client, piece, NO_WAIT);
        }
        while (!awaitsReady(set)) {
            sent -= String.valueOf(b.receive(server, 4_096, WAIT)).length();
        }
        while (awaitsReady(set)) {
            assertThat(a.send(client, "x", NO_WAIT)).isEqualTo(1);
            sent++;
        }
        CompletableFuture<Long> room = waiting(a, set);
        while (sent > 0) {
            sent -= String.valueOf(b.receive(server, 65_536, WAIT)).length();
        }
        assertThat(within30s(room)).isZero();
        assertThat(take(a, set)).containsExactly(client, (long) TrapNumber.WRITABLE);
    }

    @Test
    void aLargerBufferIsRoomForWhoWaits() throws Exception {
        long listener = b.listener(PORT, 5);
        long client = a.connected(TwoHosts.B, PORT);
        long server = b.accept(listener);
        assertThat(server).isPositive();
        long set = set(a);
        watch(a, set, client, TrapNumber.WRITABLE);
        String piece = "0123456789abcdef".repeat(4_096);
        while (awaitsReady(set)) {
            assertThat(a.send(client, piece, NO_WAIT)).isPositive();
        }
        CompletableFuture<Long> room = waiting(a, set);
        awaitWaiting(hosts.a, 1);
        int sendBuffer = SocketOptionName.SEND_BUFFER_BYTES.number();
        assertThat(a.caller().trap(TrapNumber.SET_OPTION, client, sendBuffer, 4 << 20))
                .isZero();
        assertThat(within30s(room)).isZero();
        assertThat(take(a, set)).containsExactly(client, (long) TrapNumber.WRITABLE);
    }

    /** Whether something is ready within a time in which nothing but the peer's reading makes it ready. */
    private boolean awaitsReady(long set) {
        return a.bare(TrapNumber.AWAIT_READY, set, TimeUnit.MILLISECONDS.toNanos(50)) == 0;
    }

    @Test
    void aWaitEndsByWakeUpLimitAndClose() throws Exception {
        long set = set(a);
        CompletableFuture<Long> woken = waiting(a, set);
        CompletableFuture<Long> wokenToo = waiting(a, set);
        awaitWaiting(hosts.a, 2);
        assertThat(a.caller().trap(TrapNumber.WAKE_UP, set)).isZero();
        assertThat(within30s(woken)).isZero();
        assertThat(within30s(wokenToo)).isZero();
        assertThat(a.bare(TrapNumber.AWAIT_READY, set, 0))
                .as("until it is taken")
                .isZero();
        assertThat(take(a, set)).containsExactly(0L, 0L);
        assertThat(take(a, set)).isEmpty();
        assertThat(a.bare(TrapNumber.AWAIT_READY, set, 1)).isEqualTo(TIMED_OUT);
        CompletableFuture<Long> closed = waiting(a, set);
        CompletableFuture<Long> closedBeforeItsLimit =
                background(() -> a.bare(TrapNumber.AWAIT_READY, set, Long.MAX_VALUE));
        awaitWaiting(hosts.a, 2);
        assertThat(a.caller().trap(TrapNumber.CLOSE_SET, set)).isZero();
        assertThat(within30s(closed)).isEqualTo(BAD);
        assertThat(within30s(closedBeforeItsLimit)).isEqualTo(BAD);
        assertThat(a.caller().trap(TrapNumber.CLOSE_SET, set)).isEqualTo(BAD);
    }

    @Test
    void aSetIsItsCallersAndDiesWithIt() throws Exception {
        TrapCaller mortal = hosts.a.gate.caller();
        StreamTraps dying = new StreamTraps(mortal);
        long set = set(dying);
        long socket = a.socket();
        assertThat(mortal.trap(TrapNumber.WATCH, set, socket, TrapNumber.READABLE))
                .as("another's socket")
                .isEqualTo(BAD);
        for (int call = TrapNumber.WATCH; call <= TrapNumber.CLOSE_SET; call++) {
            assertThat(a.caller().trap(call, set, socket, 1))
                    .as("call %d", call)
                    .isEqualTo(BAD);
        }
        assertThat(dying.bare(TrapNumber.AWAIT_READY, set, 1)).isEqualTo(TIMED_OUT);
        assertThat(counter(hosts.a, "READINESS_SETS")).isEqualTo(1);
        watch(dying, set, dying.socket(), TrapNumber.READABLE);
        mortal.close();
        awaitCounter(hosts.a, "READINESS_SETS", 0);
        awaitCounter(hosts.a, "TCP_SOCKETS", 1);
    }

    @Test
    void hostileArgumentsCostTheirCallerAnErrorAndNothingElse() {
        TrapCaller caller = a.caller();
        long set = set(a);
        long socket = a.socket();
        for (long descriptor : new long[] {Long.MIN_VALUE, -1, 0, 4097, 1L << 32 | set, socket, Long.MAX_VALUE}) {
            for (int call = TrapNumber.WATCH; call <= TrapNumber.CLOSE_SET; call++) {
                assertThat(caller.trap(call, descriptor, socket, 1))
                        .as("call %d", call)
                        .isEqualTo(BAD);
            }
            if (descriptor != socket) {
                assertThat(caller.trap(TrapNumber.WATCH, set, descriptor, 1)).isEqualTo(BAD);
            }
        }
        assertThat(caller.trap(TrapNumber.WATCH, set, set, 1))
                .as("no set in a set")
                .isEqualTo(BAD);
        assertThat(caller.trap(TrapNumber.CLOSE, set)).as("a set is no socket").isEqualTo(BAD);
        for (long interests : new long[] {Long.MIN_VALUE, -1, TrapNumber.HUNG_UP, 1L << 32 | 1, Long.MAX_VALUE}) {
            assertThat(caller.trap(TrapNumber.WATCH, set, socket, interests)).isEqualTo(INVALID);
        }
        for (long limit : new long[] {Long.MIN_VALUE, -1}) {
            assertThat(a.bare(TrapNumber.AWAIT_READY, set, limit)).isEqualTo(INVALID);
        }
        for (long room : new long[] {Long.MIN_VALUE, -4_294_967_000L, -1, 0, 7}) {
            assertThat(caller.trap(TrapNumber.TAKE_READY, set, room)).isEqualTo(INVALID);
        }
        assertThat(caller.trap(TrapNumber.TAKE_READY, set, Long.MAX_VALUE)).isZero();
        assertThat(a.bare(TrapNumber.TAKE_READY, set, 8))
                .as("no room in a bare slot")
                .isEqualTo(INVALID);
        watch(a, set, socket, 0);
        watch(a, set, socket, TrapNumber.WRITABLE);
        assertThat(take(a, set)).containsExactly(socket, (long) (TrapNumber.WRITABLE | TrapNumber.HUNG_UP));
    }

    @Test
    void aCallerHasOnlySoManySets() throws Exception {
        List<Long> sets = new ArrayList<>();
        for (int i = 0; i < MAX_SETS; i++) {
            sets.add(set(a));
        }
        assertThat(a.caller().trap(TrapNumber.READINESS_SET)).isEqualTo(-Errno.EMFILE.number());
        StreamTraps other = new StreamTraps(hosts.a.gate.caller());
        set(other);
        // One socket in all of them.
        long socket = a.socket();
        for (long set : sets) {
            watch(a, set, socket, TrapNumber.READABLE);
        }
        for (long set : sets) {
            assertThat(take(a, set)).hasSize(2);
        }
        assertThat(a.close(socket)).isZero();
        for (long set : sets) {
            assertThat(take(a, set)).isEmpty();
        }
        assertThat(a.caller().trap(TrapNumber.CLOSE_SET, sets.getFirst())).isZero();
        set(a);
        other.caller().close();
    }
}
