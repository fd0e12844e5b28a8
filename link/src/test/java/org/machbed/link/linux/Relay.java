package org.machbed.link.linux;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.machbed.link.LinkEnd;
import org.machbed.netstack.link.FrameBuffer;

/** Joins two wires into one: each frame of one goes to the other. */
final class Relay implements AutoCloseable {
    private final List<LinkEnd> links;
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final AtomicInteger longestBytes = new AtomicInteger();

    private Relay(LinkEnd one, LinkEnd other) {
        links = List.of(one, other);
    }

    static Relay between(LinkEnd one, LinkEnd other) {
        Relay relay = new Relay(one, other);
        relay.threads.add(Thread.ofPlatform().start(() -> relay.run(one, other)));
        relay.threads.add(Thread.ofPlatform().start(() -> relay.run(other, one)));
        return relay;
    }

    private void run(LinkEnd from, LinkEnd to) {
        while (!stopped.get()) {
            from.await(LinkEnd.FOREVER);
            from.poll((memory, offset, length) -> pass(to, memory, offset, length), 64);
        }
    }

    private void pass(LinkEnd to, MemorySegment memory, long offset, int length) {
        longestBytes.accumulateAndGet(length, Math::max);
        FrameBuffer frame = to.allocate(length);
        if (frame != null) {
            MemorySegment.copy(memory, offset, frame.memory, frame.offset, length);
            to.transmit(frame);
        }
    }

    /** Of all frames that passed. */
    int longestBytes() {
        return longestBytes.get();
    }

    @Override
    public void close() {
        stopped.set(true);
        links.forEach(LinkEnd::wakeUp);
        for (Thread thread : threads) {
            boolean interrupted = false;
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
