package org.machbed.netstack.tcp;

import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.machbed.netstack.fixture.Host;

import static org.assertj.core.api.Assertions.assertThat;

/** Every state and every event of RFC 9293 section 3.10: the state after it, and what is sent. */
class StateTableTest {
    /** Numbers of a state's conversation: what is next from the peer, and what it may acknowledge. */
    private record Numbers(int next, int ack, int ours) {}

    private static TcpFixture fixture(TcpState state) throws Exception {
        return switch (state) {
            case CLOSED -> {
                TcpFixture f = TcpFixture.plain().established();
                f.peer.sends("R 1:1(0)");
                yield f;
            }
            case SYN_SENT -> TcpFixture.plain().synSent();
            case SYN_RECEIVED -> TcpFixture.plain().simultaneous();
            case ESTABLISHED -> TcpFixture.plain().established();
            case FIN_WAIT_1 -> TcpFixture.plain().finWait1();
            case FIN_WAIT_2 -> TcpFixture.plain().finWait2();
            case CLOSE_WAIT -> TcpFixture.plain().closeWait();
            case CLOSING -> TcpFixture.plain().closing();
            case LAST_ACK -> TcpFixture.plain().lastAck();
            case TIME_WAIT -> TcpFixture.plain().timeWait();
        };
    }

    private static Numbers numbers(TcpState state) {
        return switch (state) {
            case CLOSED, SYN_SENT -> new Numbers(0, 1, 1);
            case SYN_RECEIVED, ESTABLISHED -> new Numbers(1, 1, 1);
            case FIN_WAIT_1, FIN_WAIT_2 -> new Numbers(1, 2, 2);
            case CLOSE_WAIT -> new Numbers(2, 1, 1);
            case CLOSING, LAST_ACK, TIME_WAIT -> new Numbers(2, 2, 2);
        };
    }

    private static void expect(TcpState state, String segment, TcpState after, String... heard) throws Exception {
        TcpFixture f = fixture(state);
        assertThat(f.socket.state()).isEqualTo(state);
        if (!segment.isEmpty()) {
            f.peer.sends(segment);
        }
        f.peer.hears(heard);
        assertThat(f.socket.state()).as("%s after %s", state, segment).isEqualTo(after);
    }

    private static Map<TcpState, TcpState> afterEachState(TcpState... pairs) {
        Map<TcpState, TcpState> after = new EnumMap<>(TcpState.class);
        for (int i = 0; i < pairs.length; i += 2) {
            after.put(pairs[i], pairs[i + 1]);
        }
        return after;
    }

    private static TcpState after(Map<TcpState, TcpState> changes, TcpState state) {
        return changes.getOrDefault(state, state);
    }

    /** Section 3.10.7.4 fifth: an ACK of all that we sent. */
    @ParameterizedTest
    @EnumSource(
            value = TcpState.class,
            mode = Mode.EXCLUDE,
            names = {"CLOSED", "SYN_SENT"})
    void acknowledgment(TcpState state) throws Exception {
        Map<TcpState, TcpState> changes = afterEachState(
                TcpState.SYN_RECEIVED, TcpState.ESTABLISHED,
                TcpState.FIN_WAIT_1, TcpState.FIN_WAIT_2,
                TcpState.CLOSING, TcpState.TIME_WAIT,
                TcpState.LAST_ACK, TcpState.CLOSED);
        Numbers n = numbers(state);
        expect(state, ". %d:%d(0) ack %d".formatted(n.next, n.next, n.ack), after(changes, state));
    }

    /** Section 3.10.7.4 eighth: FIN, with an ACK of all that we sent. */
    @ParameterizedTest
    @EnumSource(
            value = TcpState.class,
            names = {"SYN_RECEIVED", "ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2"})
    void fin(TcpState state) throws Exception {
        Map<TcpState, TcpState> changes = afterEachState(
                TcpState.SYN_RECEIVED, TcpState.CLOSE_WAIT,
                TcpState.ESTABLISHED, TcpState.CLOSE_WAIT,
                TcpState.FIN_WAIT_1, TcpState.TIME_WAIT,
                TcpState.FIN_WAIT_2, TcpState.TIME_WAIT);
        Numbers n = numbers(state);
        String answer = ". %d:%d(0) ack %d".formatted(n.ours, n.ours, n.next + 1);
        expect(state, "F. %d:%d(0) ack %d".formatted(n.next, n.next, n.ack), after(changes, state), answer);
    }

    /** Section 3.10.7.4 eighth: "remain", and the repeated FIN is acknowledged. */
    @ParameterizedTest
    @EnumSource(
            value = TcpState.class,
            names = {"CLOSE_WAIT", "CLOSING", "LAST_ACK", "TIME_WAIT"})
    void finAgain(TcpState state) throws Exception {
        Numbers n = numbers(state);
        String answer = ". %d:%d(0) ack 2".formatted(n.ours, n.ours);
        expect(state, "F. 1:1(0) ack 1", state, answer);
    }

    /** Section 3.10.7.4 seventh: text. */
    @ParameterizedTest
    @EnumSource(
            value = TcpState.class,
            mode = Mode.EXCLUDE,
            names = {"CLOSED", "SYN_SENT"})
    void text(TcpState state) throws Exception {
        TcpFixture f = fixture(state);
        Numbers n = numbers(state);
        f.peer.sends("P. %d:%d(10) ack %d".formatted(n.next, n.next + 10, n.ack));
        boolean taken = switch (state) {
            case SYN_RECEIVED, ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2 -> true;
            case CLOSED, SYN_SENT, CLOSE_WAIT, CLOSING, LAST_ACK, TIME_WAIT -> false;
        };
        int next = taken ? n.next + 10 : n.next;
        if (state == TcpState.LAST_ACK) {
            f.peer.hearsNothing(); // the ACK ended it
        } else {
            f.peer.hears(". %d:%d(0) ack %d".formatted(n.ours, n.ours, next));
        }
        assertThat(f.receives(1)).isEqualTo(taken ? 10 : state.finReceived() ? -1 : 0);
    }

    /** Section 3.10.7.3 and 3.10.7.4 second: a reset with exactly the next sequence number. */
    @ParameterizedTest
    @EnumSource(value = TcpState.class, mode = Mode.EXCLUDE, names = "CLOSED")
    void reset(TcpState state) throws Exception {
        Numbers n = numbers(state);
        expect(state, "R. %d:%d(0) ack %d".formatted(n.next, n.next, n.ack), TcpState.CLOSED);
    }

    /** RFC 5961 section 3.2: a reset elsewhere in the window. */
    @ParameterizedTest
    @EnumSource(
            value = TcpState.class,
            mode = Mode.EXCLUDE,
            names = {"CLOSED", "SYN_SENT"})
    void blindReset(TcpState state) throws Exception {
        Numbers n = numbers(state);
        String answer = ". %d:%d(0) ack %d".formatted(n.ours, n.ours, n.next);
        expect(state, "R %d:%d(0)".formatted(n.next + 1, n.next + 1), state, answer);
    }

    /** Section 3.10.7.4 fourth, RFC 5961 section 4.2: a SYN in the window. */
    @ParameterizedTest
    @EnumSource(
            value = TcpState.class,
            mode = Mode.EXCLUDE,
            names = {"CLOSED", "SYN_SENT", "TIME_WAIT"})
    void syn(TcpState state) throws Exception {
        Numbers n = numbers(state);
        String answer = ". %d:%d(0) ack %d".formatted(n.ours, n.ours, n.next);
        expect(state, "S %d:%d(0)".formatted(n.next + 5, n.next + 5), state, answer);
    }

    /** Section 3.10.7.4 first: text outside the window. */
    @ParameterizedTest
    @EnumSource(
            value = TcpState.class,
            mode = Mode.EXCLUDE,
            names = {"CLOSED", "SYN_SENT"})
    void outsideTheWindow(TcpState state) throws Exception {
        Numbers n = numbers(state);
        String answer = ". %d:%d(0) ack %d".formatted(n.ours, n.ours, n.next);
        expect(state, "P. 90000:90010(10) ack %d".formatted(n.ack), state, answer);
    }

    /** Section 3.10.7.4 fifth: no ACK. */
    @ParameterizedTest
    @EnumSource(
            value = TcpState.class,
            mode = Mode.EXCLUDE,
            names = {"CLOSED", "SYN_SENT"})
    void noAck(TcpState state) throws Exception {
        Numbers n = numbers(state);
        expect(state, "P %d:%d(10)".formatted(n.next, n.next + 10), state);
        expect(state, "- %d:%d(0)".formatted(n.next, n.next), state);
        expect(state, "F %d:%d(0)".formatted(n.next, n.next), state);
    }

    /** Section 3.10.7.4 fifth: an ACK of what was not sent; in SYN-RECEIVED it is reset. */
    @ParameterizedTest
    @EnumSource(
            value = TcpState.class,
            mode = Mode.EXCLUDE,
            names = {"CLOSED", "SYN_SENT"})
    void acknowledgmentOfTheFuture(TcpState state) throws Exception {
        Numbers n = numbers(state);
        String answer =
                state == TcpState.SYN_RECEIVED ? "R 500:500(0)" : ". %d:%d(0) ack %d".formatted(n.ours, n.ours, n.next);
        expect(state, "P. %d:%d(10) ack 500".formatted(n.next, n.next + 10), state, answer);
    }

    /** Section 3.10.4: CLOSE of our direction. */
    @ParameterizedTest
    @EnumSource(TcpState.class)
    void close(TcpState state) throws Exception {
        TcpFixture f = fixture(state);
        f.socket.close(f.host.nowNs);
        switch (state) {
            case ESTABLISHED -> f.peer.hears("F. 1:1(0) ack 1");
            case CLOSE_WAIT -> f.peer.hears("F. 1:1(0) ack 2");
            // "Queue for processing after entering ESTABLISHED state."
            case CLOSED, SYN_SENT, SYN_RECEIVED, FIN_WAIT_1, FIN_WAIT_2, CLOSING, LAST_ACK, TIME_WAIT ->
                f.peer.hearsNothing();
        }
        TcpState after = switch (state) {
            case CLOSED, SYN_SENT -> TcpState.CLOSED;
            case ESTABLISHED -> TcpState.FIN_WAIT_1;
            case CLOSE_WAIT -> TcpState.LAST_ACK;
            case SYN_RECEIVED, FIN_WAIT_1, FIN_WAIT_2, CLOSING, LAST_ACK, TIME_WAIT -> state;
        };
        assertThat(f.socket.state()).isEqualTo(after);
    }

    @org.junit.jupiter.api.Test
    void aCloseInSynReceivedIsDoneOnceEstablished() throws Exception {
        TcpFixture f = TcpFixture.plain().simultaneous();
        f.socket.close(f.host.nowNs);
        f.peer.sends(". 1:1(0) ack 1");
        f.peer.hears("F. 1:1(0) ack 1");
        assertThat(f.socket.state()).isEqualTo(TcpState.FIN_WAIT_1);
    }

    /** Section 3.10.5: ABORT. */
    @ParameterizedTest
    @EnumSource(TcpState.class)
    void abort(TcpState state) throws Exception {
        TcpFixture f = fixture(state);
        f.socket.setOption(org.machbed.netstack.socket.SocketOptionName.LINGER_SECONDS, 0, f.host.nowNs);
        f.socket.close(f.host.nowNs);
        Numbers n = numbers(state);
        switch (state) {
            case SYN_RECEIVED, ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2, CLOSE_WAIT ->
                f.peer.hears("R. %d:%d(0) ack %d".formatted(n.ours, n.ours, n.next));
            case CLOSED, SYN_SENT, CLOSING, LAST_ACK, TIME_WAIT -> f.peer.hearsNothing();
        }
        assertThat(f.socket.state()).isEqualTo(TcpState.CLOSED);
        assertThat(f.host.stack.tcp().connections()).isZero();
        assertThat(f.host.stack.tcp().runningTimers()).isZero();
    }

    /** Section 3.10.2: SEND. */
    @ParameterizedTest
    @EnumSource(TcpState.class)
    void send(TcpState state) throws Exception {
        TcpFixture f = fixture(state);
        int taken = -1;
        try {
            taken = f.sends(1, 10);
        } catch (org.machbed.netstack.socket.SocketLayerException e) {
            assertThat(state)
                    .isIn(
                            TcpState.CLOSED,
                            TcpState.FIN_WAIT_1,
                            TcpState.FIN_WAIT_2,
                            TcpState.CLOSING,
                            TcpState.LAST_ACK,
                            TcpState.TIME_WAIT);
        }
        switch (state) {
            case ESTABLISHED -> f.peer.hears("P. 1:11(10) ack 1");
            case CLOSE_WAIT -> f.peer.hears("P. 1:11(10) ack 2");
            case SYN_SENT, SYN_RECEIVED -> {
                assertThat(taken).as("queued").isEqualTo(10);
                f.peer.hearsNothing();
            }
            case CLOSED, FIN_WAIT_1, FIN_WAIT_2, CLOSING, LAST_ACK, TIME_WAIT -> {
                assertThat(taken).isEqualTo(-1);
                f.peer.hearsNothing();
            }
        }
    }

    /** Section 3.10.8: the time-outs of retransmission, of the user, and of TIME-WAIT. */
    @ParameterizedTest
    @EnumSource(TcpState.class)
    void timeouts(TcpState state) throws Exception {
        TcpFixture f = fixture(state);
        f.host.pass(1200 * Host.SECOND);
        TcpState after = switch (state) {
            case CLOSED, SYN_SENT, SYN_RECEIVED, FIN_WAIT_1, CLOSING, LAST_ACK, TIME_WAIT -> TcpState.CLOSED;
            case ESTABLISHED, FIN_WAIT_2, CLOSE_WAIT -> state;
        };
        assertThat(f.socket.state()).isEqualTo(after);
        assertThat(f.host.stack.tcp().runningTimers()).isZero();
    }
}
