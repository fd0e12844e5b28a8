package org.machbed.server.udp;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.machbed.server.ServerThreadKind;
import org.machbed.server.driver.Driver;
import org.machbed.server.driver.DriverException;
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
            if (threadKind == ServerThreadKind.TRANSPORT && driver.source().serve(sink)) {
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

    private void run() {
        try {
            driver.source().run(sink);
        } catch (DriverException | RuntimeException e) {
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
