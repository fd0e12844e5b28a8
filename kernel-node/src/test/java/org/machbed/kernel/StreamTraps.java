package org.machbed.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.machbed.ipc.trap.TrapCaller;
import org.machbed.ipc.trap.TrapSlot;
import org.machbed.proto.trap.TrapNumber;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

/** Stream traps of one caller, in a test's words. */
record StreamTraps(TrapCaller caller) {
    static final int WAIT = 0;
    static final int NO_WAIT = 1;

    long socket() {
        long socket = caller.trap(TrapNumber.STREAM_SOCKET);
        assertThat(socket).isPositive();
        return socket;
    }

    long listener(int port, int backlog) {
        long socket = socket();
        assertThat(caller.trap(TrapNumber.BIND, socket, 0, port)).isZero();
        assertThat(caller.trap(TrapNumber.LISTEN, socket, backlog)).isZero();
        return socket;
    }

    /** A socket that is connected. */
    long connected(int ipv4, int port) {
        long socket = socket();
        assertThat(caller.trap(TrapNumber.CONNECT, socket, ipv4, port)).isZero();
        assertThat(bare(TrapNumber.FINISH_CONNECT, socket, WAIT)).isEqualTo(1);
        return socket;
    }

    long accept(long listener) {
        long accepted = bare(TrapNumber.ACCEPT, listener, WAIT);
        assertThat(accepted).isPositive();
        return accepted;
    }

    /** A call through a slot without room for data. */
    long bare(int number, long a0, long a1) {
        try (TrapSlot slot = caller.claimBare()) {
            return slot.call(number, a0, a1);
        }
    }

    long send(long socket, String text, int mode) {
        byte[] bytes = text.getBytes(US_ASCII);
        try (TrapSlot slot = caller.claim()) {
            MemorySegment.copy(bytes, 0, slot.data(), ValueLayout.JAVA_BYTE, 0, bytes.length);
            return slot.call(TrapNumber.SEND, socket, bytes.length, mode);
        }
    }

    /** What came, or the result where that is not above 0. */
    Object receive(long socket, int room, int mode) {
        try (TrapSlot slot = caller.claim()) {
            long result = slot.call(TrapNumber.RECEIVE, socket, room, mode);
            return result <= 0
                    ? (Object) result
                    : new String(slot.data().asSlice(0, result).toArray(ValueLayout.JAVA_BYTE), US_ASCII);
        }
    }

    long close(long socket) {
        return caller.trap(TrapNumber.CLOSE, socket);
    }

    /** A thread of its own: calls that wait would fill the common pool. */
    static <T> CompletableFuture<T> background(Supplier<T> call) {
        return CompletableFuture.supplyAsync(
                call, task -> Thread.ofPlatform().daemon().start(task));
    }

    /** Waits until so many traps wait in a host's kernel. */
    static void awaitWaiting(TwoHosts.Host host, long traps) {
        awaitCounter(host, "TRAPS_WAITING", traps);
    }

    static void awaitCounter(TwoHosts.Host host, String name, long value) {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(50);
        while (counter(host, name) != value) {
            assertThat(System.nanoTime())
                    .as("%s of %d is still %d", name, value, counter(host, name))
                    .isLessThan(deadlineNs);
            Thread.onSpinWait();
        }
    }

    static long counter(TwoHosts.Host host, String wanted) {
        long[] found = {-1};
        host.kernel.tellStackCounters((name, value) -> {
            if (name.equals(wanted)) {
                found[0] = value;
            }
        });
        return found[0];
    }
}
