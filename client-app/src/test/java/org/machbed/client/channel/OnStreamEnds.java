package org.machbed.client.channel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

import static org.assertj.core.api.Assertions.assertThat;

/** What every part of the suite of stream channels stands on. */
interface OnStreamEnds {
    StreamEnds ends();

    /** Reads until so many bytes have come; fewer at the end of the stream. */
    static String readText(SocketChannel channel, int bytes) throws IOException {
        ByteBuffer target = ByteBuffer.allocate(bytes);
        while (target.hasRemaining() && channel.read(target) >= 0) {
            Thread.onSpinWait();
        }
        return OnEnds.textBefore(target);
    }

    static Throwable failureOf(FutureTask<?> task) throws InterruptedException {
        try {
            Object result = task.get();
            throw new AssertionError("the call should have failed but answered " + result);
        } catch (ExecutionException e) {
            return Objects.requireNonNull(e.getCause());
        }
    }

    /** Waits until a thread has entered the part of a call that waits, in the JDK's channels or in ours. */
    static void awaitWaiting(Thread thread) {
        Set<String> waits = Set.of(
                "park",
                "awaitChange",
                "awaitDone",
                "accept",
                "read0",
                "write0",
                "close0",
                "linger",
                "wait",
                "awaitReady",
                "awaitOnce");
        while (Arrays.stream(thread.getStackTrace()).noneMatch(frame -> waits.contains(frame.getMethodName()))) {
            assertThat(thread.isAlive() && !Thread.currentThread().isInterrupted())
                    .as("the thread came to wait")
                    .isTrue();
            Thread.onSpinWait();
        }
    }
}
