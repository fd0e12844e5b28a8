package org.machbed.server.udp;

import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.machbed.server.ServerThreadKind;
import org.machbed.server.driver.Driver;
import org.machbed.server.driver.DriverException;
import org.machbed.server.driver.FrameOwner;
import org.machbed.server.driver.FrameSink;

/** Gets the frames from a driver to the server, on the transport's own thread or on one of the server's. */
final class FrameInput {
    private static final long STOP_LIMIT_MILLIS = 500;

    private final Driver driver;
    private final FrameSink sink;
    private final ServerThreadKind threadKind;
    private final Consumer<String> onFailure;
    private @Nullable Thread thread;

    FrameInput(Driver driver, FrameSink sink, ServerThreadKind threadKind, Consumer<String> onFailure) {
        this.driver = driver;
        this.sink = sink;
        this.threadKind = threadKind;
        this.onFailure = onFailure;
    }

    void start() {
        try {
            if (threadKind == ServerThreadKind.TRANSPORT && driver.source().serve(this::onTransportThread)) {
                return;
            }
        } catch (DriverException e) {
            onFailure.accept(String.valueOf(e.getMessage()));
            return;
        }
        // A futex or a link is awaited in the kernel, which would keep a virtual thread's carrier from all others.
        boolean virtual =
                threadKind == ServerThreadKind.VIRTUAL && driver.source().waitsForMessages();
        Thread.Builder builder =
                virtual ? Thread.ofVirtual() : Thread.ofPlatform().daemon();
        thread = builder.name("network-input").start(this::run);
    }

    /** The transport's thread goes on: the failure is told as a thread of the server's own would. */
    private void onTransportThread(MemorySegment memory, long offset, int lengthBytes, FrameOwner owner, long cookie) {
        try {
            sink.onFrame(memory, offset, lengthBytes, owner, cookie);
        } catch (RuntimeException | Error e) {
            onFailure.accept("a frame on the transport's thread: " + e);
            throw e;
        }
    }

    private void run() {
        try {
            driver.source().run(sink);
        } catch (DriverException | RuntimeException | Error e) {
            onFailure.accept("the network input thread: " + e);
        }
    }

    /** Waits a little for the thread to end, after the source was stopped. */
    void join() {
        Thread running = thread;
        try {
            if (running != null) {
                running.join(java.time.Duration.ofMillis(STOP_LIMIT_MILLIS));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
