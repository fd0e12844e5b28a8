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
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.proto.trap.TrapNumber;

import static org.assertj.core.api.Assertions.assertThat;
import static org.machbed.kernel.StreamTraps.NO_WAIT;
import static org.machbed.kernel.StreamTraps.WAIT;
import static org.machbed.kernel.StreamTraps.awaitCounter;
import static org.machbed.kernel.StreamTraps.awaitWaiting;
import static org.machbed.kernel.StreamTraps.background;

/** TCP between two kernels with the stack inside, by socket traps through real call gates over a real segment. */
@Timeout(60)
class InKernelTcpTest {
    private static final int PORT = 5001;
    private static final long WOULD_BLOCK = -Errno.EWOULDBLOCK.number();
    private static final long BAD = -Errno.EBADF.number();

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

    private record Pair(long listener, long client, long server) {}

    private Pair pair() {
        long listener = b.listener(PORT, 5);
        long client = a.connected(TwoHosts.B, PORT);
        return new Pair(listener, client, b.accept(listener));
    }

    private static <T> T within30s(CompletableFuture<T> future) throws Exception {
        return future.get(30, TimeUnit.SECONDS);
    }

    @Test
    void aConnectionCarriesDataBothWaysAndEnds() {
        Pair pair = pair();
        assertThat(a.caller().trap(TrapNumber.REMOTE_ADDRESS, pair.client))
                .isEqualTo(DatagramHeader.pack(TwoHosts.B, PORT, 0));
        assertThat(b.caller().trap(TrapNumber.REMOTE_ADDRESS, pair.server))
                .isEqualTo(a.caller().trap(TrapNumber.LOCAL_ADDRESS, pair.client));
        assertThat(a.send(pair.client, "ping", WAIT)).isEqualTo(4);
        assertThat(b.receive(pair.server, 100, WAIT)).isEqualTo("ping");
        assertThat(b.send(pair.server, "pong", WAIT)).isEqualTo(4);
        assertThat(a.receive(pair.client, 2, WAIT)).isEqualTo("po");
        assertThat(a.receive(pair.client, 100, WAIT)).isEqualTo("ng");
        assertThat(a.caller().trap(TrapNumber.SHUTDOWN, pair.client, TrapNumber.SHUT_SENDING))
                .isZero();
        assertThat(b.receive(pair.server, 100, WAIT)).isEqualTo(0L);
        assertThat(b.send(pair.server, "half-closed", WAIT)).isEqualTo(11);
        assertThat(a.receive(pair.client, 100, WAIT)).isEqualTo("half-closed");
        assertThat(a.send(pair.client, "x", WAIT)).isEqualTo(-Errno.EPIPE.number());
        assertThat(b.close(pair.server)).isZero();
        assertThat(a.receive(pair.client, 100, WAIT)).isEqualTo(0L);
        assertThat(a.close(pair.client)).isZero();
    }

    @Test
    void whatWaitsIsCompletedByWhatItWaitsFor() throws Exception {
        long listener = b.listener(PORT, 5);
        CompletableFuture<Long> accepting = background(() -> b.accept(listener));
        awaitWaiting(hosts.b, 1);
        long client = a.connected(TwoHosts.B, PORT);
        long server = within30s(accepting);
        CompletableFuture<Object> first = background(() -> b.receive(server, 3, WAIT));
        awaitWaiting(hosts.b, 1);
        CompletableFuture<Object> second = background(() -> b.receive(server, 3, WAIT));
        awaitWaiting(hosts.b, 2);
        CompletableFuture<Long> readable = background(() -> b.bare(TrapNumber.AWAIT, server, TrapNumber.READABLE));
        awaitWaiting(hosts.b, 3);
        a.send(client, "abcdefg", WAIT);
        assertThat(within30s(first)).isEqualTo("abc");
        assertThat(within30s(second)).isEqualTo("def");
        assertThat(within30s(readable)).isZero();
        assertThat(b.receive(server, 3, NO_WAIT)).isEqualTo("g");
        assertThat(b.receive(server, 3, NO_WAIT)).isEqualTo(WOULD_BLOCK);
        assertThat(b.bare(TrapNumber.ACCEPT, listener, NO_WAIT)).isEqualTo(WOULD_BLOCK);
    }

    @Test
    void aSendWaitsUntilTheKernelHasTakenAllOfIt() throws Exception {
        Pair pair = pair();
        String piece = "0123456789abcdef".repeat(4_000);
        int pieces = 100;
        CompletableFuture<Long> sent = background(() -> {
            long bytes = 0;
            for (int i = 0; i < pieces; i++) {
                bytes += a.send(pair.client, piece, WAIT);
            }
            return bytes;
        });
        awaitWaiting(hosts.a, 1);
        StringBuilder received = new StringBuilder();
        while (received.length() < pieces * piece.length()) {
            received.append(b.receive(pair.server, 65_536, WAIT));
        }
        assertThat(within30s(sent)).isEqualTo((long) pieces * piece.length());
        assertThat(received.toString().equals(piece.repeat(pieces))).isTrue();
    }

    @Test
    void aConnectThatNobodyWantsIsRefused() {
        long socket = a.socket();
        assertThat(a.caller().trap(TrapNumber.CONNECT, socket, TwoHosts.B, 9)).isZero();
        assertThat(a.bare(TrapNumber.FINISH_CONNECT, socket, WAIT)).isEqualTo(-Errno.ECONNREFUSED.number());
        assertThat(a.bare(TrapNumber.FINISH_CONNECT, socket, WAIT)).isEqualTo(-Errno.ENOTCONN.number());
        assertThat(a.bare(TrapNumber.AWAIT, socket, TrapNumber.WRITABLE)).isZero();
    }

    @Test
    void aResetReachesWhoWaits() throws Exception {
        Pair pair = pair();
        CompletableFuture<Object> receiving = background(() -> a.receive(pair.client, 10, WAIT));
        awaitWaiting(hosts.a, 1);
        b.caller().trap(TrapNumber.SET_OPTION, pair.server, SocketOptionName.LINGER_SECONDS.number(), 0);
        assertThat(b.close(pair.server)).isZero();
        assertThat(within30s(receiving)).isEqualTo((long) -Errno.ECONNRESET.number());
        assertThat(a.receive(pair.client, 10, WAIT)).isEqualTo(0L);
        assertThat(a.send(pair.client, "x", WAIT)).isEqualTo(-Errno.EPIPE.number());
    }

    /** A send of which the peer had room for a part before it reset the connection answers that part; the next one fails. */
    @Test
    void aResetEndsASendWithWhatWasTaken() throws Exception {
        Pair pair = pair();
        String piece = "0123456789abcdef".repeat(4_096);
        CompletableFuture<List<Long>> sending = background(() -> {
            List<Long> results = new ArrayList<>();
            do {
                results.add(a.send(pair.client, piece, WAIT));
            } while (results.getLast() == piece.length());
            results.add(a.send(pair.client, piece, WAIT));
            return results;
        });
        awaitWaiting(hosts.a, 1);
        b.close(pair.server);
        List<Long> results = within30s(sending);
        long last = results.getLast();
        long before = results.get(results.size() - 2);
        if (before > 0) {
            assertThat(before).isLessThan(piece.length());
            assertThat(last).isEqualTo(-Errno.ECONNRESET.number());
        } else {
            assertThat(before).isEqualTo(-Errno.ECONNRESET.number());
            assertThat(last).isEqualTo(-Errno.EPIPE.number());
        }
    }

    @Test
    void closeEndsAllThatWaits() throws Exception {
        Pair pair = pair();
        CompletableFuture<Object> receiving = background(() -> a.receive(pair.client, 10, WAIT));
        CompletableFuture<Long> awaiting = background(() -> a.bare(TrapNumber.AWAIT, pair.client, TrapNumber.READABLE));
        CompletableFuture<Long> accepting = background(() -> b.bare(TrapNumber.ACCEPT, pair.listener, WAIT));
        awaitWaiting(hosts.a, 2);
        awaitWaiting(hosts.b, 1);
        assertThat(a.close(pair.client)).isZero();
        assertThat(b.close(pair.listener)).isZero();
        assertThat(within30s(receiving)).isEqualTo(BAD);
        assertThat(within30s(awaiting)).isEqualTo(BAD);
        assertThat(within30s(accepting)).isEqualTo(BAD);
        assertThat(a.receive(pair.client, 10, WAIT)).isEqualTo(BAD);
        assertThat(b.receive(pair.server, 10, WAIT)).isEqualTo(0L);
    }

    @Test
    void aDeadCallersConnectionsEnd() throws Exception {
        long listener = b.listener(PORT, 5);
        TrapCaller mortal = hosts.a.gate.caller();
        StreamTraps dying = new StreamTraps(mortal);
        dying.connected(TwoHosts.B, PORT);
        long unread = dying.connected(TwoHosts.B, PORT);
        long first = b.accept(listener);
        long second = b.accept(listener);
        assertThat(b.send(second, "unread", WAIT)).isEqualTo(6);
        assertThat(dying.bare(TrapNumber.AWAIT, unread, TrapNumber.READABLE)).isZero();
        mortal.close();
        assertThat(b.receive(first, 10, WAIT)).isEqualTo(0L);
        assertThat(b.receive(second, 10, WAIT)).isEqualTo((long) -Errno.ECONNRESET.number());
        awaitCounter(hosts.a, "TCP_SOCKETS", 0);
    }

    @Test
    void descriptorsOfOthersAreNone() throws Exception {
        Pair pair = pair();
        StreamTraps other = new StreamTraps(hosts.a.gate.caller());
        assertThat(other.receive(pair.client, 10, WAIT)).isEqualTo(BAD);
        assertThat(other.send(pair.client, "x", WAIT)).isEqualTo(BAD);
        assertThat(other.close(pair.client)).isEqualTo(BAD);
        assertThat(a.send(pair.client, "still mine", WAIT)).isEqualTo(10);
        other.caller().close();
    }

    @Test
    void hostileArgumentsCostTheirCallerAnErrorAndNothingElse() {
        Pair pair = pair();
        TrapCaller caller = a.caller();
        long invalid = -Errno.EINVAL.number();
        for (long descriptor : new long[] {Long.MIN_VALUE, -1, 0, 4097, 1L << 32 | pair.client, Long.MAX_VALUE}) {
            for (int call = TrapNumber.FINISH_CONNECT; call <= TrapNumber.AWAIT; call++) {
                assertThat(caller.trap(call, descriptor)).as("call %d", call).isEqualTo(BAD);
            }
        }
        for (long length : new long[] {Long.MIN_VALUE, -1, 0, 65_537, 1L << 32, Long.MAX_VALUE}) {
            assertThat(caller.trap(TrapNumber.SEND, pair.client, length, NO_WAIT))
                    .isEqualTo(invalid);
        }
        for (long room : new long[] {Long.MIN_VALUE, -4_294_967_000L, -1, 0}) {
            assertThat(caller.trap(TrapNumber.RECEIVE, pair.client, room, NO_WAIT))
                    .isEqualTo(invalid);
        }
        assertThat(caller.trap(TrapNumber.RECEIVE, pair.client, Long.MAX_VALUE, NO_WAIT))
                .isEqualTo(WOULD_BLOCK);
        assertThat(caller.trap(TrapNumber.RECEIVE, pair.client, 1, 2)).isEqualTo(invalid);
        for (long what : new long[] {-1, 3, Long.MAX_VALUE}) {
            assertThat(caller.trap(TrapNumber.SHUTDOWN, pair.client, what)).isEqualTo(invalid);
        }
        for (long interests : new long[] {Long.MIN_VALUE, 0, 8, 1L << 32}) {
            assertThat(caller.trap(TrapNumber.AWAIT, pair.client, interests)).isEqualTo(invalid);
        }
        assertThat(caller.trap(TrapNumber.SEND_URGENT, pair.client, 256)).isEqualTo(invalid);
        // No room for data in a bare slot.
        try (TrapSlot slot = caller.claimBare()) {
            assertThat(slot.call(TrapNumber.SEND, pair.client, 1, WAIT)).isEqualTo(invalid);
            assertThat(slot.call(TrapNumber.RECEIVE, pair.client, 1, WAIT)).isEqualTo(invalid);
        }
        long datagrams = caller.trap(TrapNumber.SOCKET);
        assertThat(caller.trap(TrapNumber.LISTEN, datagrams)).isEqualTo(-Errno.EOPNOTSUPP.number());
        assertThat(caller.trap(TrapNumber.SEND_TO, pair.client)).isEqualTo(-Errno.EOPNOTSUPP.number());
        assertThat(caller.trap(TrapNumber.ACCEPT, pair.client, WAIT)).isEqualTo(invalid);
        assertThat(caller.trap(TrapNumber.LISTEN, pair.client, 1)).isEqualTo(invalid);
        assertThat(caller.trap(TrapNumber.CONNECT, pair.client, TwoHosts.B, PORT))
                .isEqualTo(-Errno.EISCONN.number());
        for (int number : new int[] {25, 31, 48, Integer.MAX_VALUE}) {
            assertThat(caller.trap(number)).as("trap %d", number).isEqualTo(invalid);
        }
        assertThat(a.send(pair.client, "still here", WAIT)).isEqualTo(10);
        assertThat(b.receive(pair.server, 100, WAIT)).isEqualTo("still here");
    }

    @Test
    void aWaitMayHaveALimit() throws Exception {
        Pair pair = pair();
        assertThat(a.caller().trap(TrapNumber.AWAIT, pair.client, TrapNumber.READABLE, 1))
                .isEqualTo(-Errno.ETIMEDOUT.number());
        assertThat(a.caller().trap(TrapNumber.AWAIT, pair.client, TrapNumber.READABLE, -1))
                .isEqualTo(-Errno.EINVAL.number());
        CompletableFuture<Long> waiting =
                background(() -> a.caller().trap(TrapNumber.AWAIT, pair.client, TrapNumber.READABLE, Long.MAX_VALUE));
        awaitWaiting(hosts.a, 1);
        assertThat(b.send(pair.server, "x", WAIT)).isEqualTo(1);
        assertThat(within30s(waiting)).isZero();
        assertThat(StreamTraps.counter(hosts.a, "TRAPS_WAITING")).isZero();
    }

    @Test
    void drainedIsWhenThePeerHasAllThatWasSent() {
        Pair pair = pair();
        assertThat(a.send(pair.client, "x".repeat(60_000), WAIT)).isEqualTo(60_000);
        assertThat(a.caller().trap(TrapNumber.SHUTDOWN, pair.client, TrapNumber.SHUT_SENDING))
                .isZero();
        assertThat(a.bare(TrapNumber.AWAIT, pair.client, TrapNumber.DRAINED)).isZero();
    }

    @Test
    void urgentDataArrivesInLine() {
        Pair pair = pair();
        assertThat(a.caller().trap(TrapNumber.SEND_URGENT, pair.client, 'U')).isEqualTo(1);
        assertThat(b.receive(pair.server, 10, WAIT)).isEqualTo("U");
    }

    @Test
    void anOptionBelowZeroIsNoError() {
        long socket = a.socket();
        long linger = SocketOptionName.LINGER_SECONDS.number();
        assertThat((int) a.caller().trap(TrapNumber.GET_OPTION, socket, linger)).isEqualTo(-1);
        assertThat(a.caller().trap(TrapNumber.SET_OPTION, socket, linger, 5)).isZero();
        assertThat(a.caller().trap(TrapNumber.GET_OPTION, socket, linger)).isEqualTo(5);
        assertThat(a.caller().trap(TrapNumber.SET_OPTION, socket, linger, -1)).isZero();
    }

    /** Half of the slots with data may be kept; whoever comes later must wait in a bare slot. */
    @Test
    void receivesThatWaitLeaveSlotsToOthers() throws Exception {
        Pair pair = pair();
        List<CompletableFuture<Object>> waiting = new ArrayList<>();
        for (int i = 0; i < TwoHosts.SLOTS / 2; i++) {
            waiting.add(background(() -> b.receive(pair.server, 1, WAIT)));
        }
        awaitWaiting(hosts.b, waiting.size());
        assertThat(b.receive(pair.server, 1, WAIT)).isEqualTo(WOULD_BLOCK);
        assertThat(b.caller().trap(TrapNumber.AWAIT, pair.server, TrapNumber.READABLE))
                .isEqualTo(-Errno.ENOBUFS.number());
        CompletableFuture<Long> later = background(() -> b.bare(TrapNumber.AWAIT, pair.server, TrapNumber.READABLE));
        awaitWaiting(hosts.b, waiting.size() + 1);
        a.send(pair.client, "x".repeat(waiting.size() + 1), WAIT);
        for (CompletableFuture<Object> one : waiting) {
            assertThat(within30s(one)).isEqualTo("x");
        }
        assertThat(within30s(later)).isZero();
        assertThat(b.receive(pair.server, 1, WAIT)).isEqualTo("x");
    }
}
