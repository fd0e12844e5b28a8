package org.machbed.server.unix;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.mach.MachException;
import org.machbed.ipc.mach.MachMessage;
import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.mach.PortName;
import org.machbed.ipc.mach.ReceivedMessage;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;

/**
 * The pool of platform threads that receive system calls and execute them. When the last idle one gets a call, another is
 * started, up to a bound; more than a few idle ones end. A call that sleeps keeps its thread.
 */
final class ServerThreads implements AutoCloseable {
    /** Threads at most: a thousand connections may have a reader each. */
    static final int MAX_THREADS = 1_152;
    /** Threads that calls which sleep leave to the others. */
    static final int RESERVED_THREADS = 8;

    private static final int MAX_IDLE_THREADS = 4;

    /** What the deepest call needs, several times; the default would reserve a gigabyte for all. */
    private static final long STACK_BYTES = 256 * 1024;

    private final MachTask task;
    private final PortName port;
    private final Function<ReceivedMessage, @Nullable MachMessage> calls;
    private final Crossings crossings;
    private final Consumer<Throwable> onFailure;
    private final AtomicInteger idle = new AtomicInteger();
    private final AtomicInteger total = new AtomicInteger();
    private final AtomicInteger number = new AtomicInteger();
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    private volatile boolean isStopped;

    /**
     * @param port where requests come from
     * @param calls executes one, and answers its reply if it has one
     * @param onFailure told when the pool cannot go on
     */
    ServerThreads(
            MachTask task,
            PortName port,
            Function<ReceivedMessage, @Nullable MachMessage> calls,
            Crossings crossings,
            Consumer<Throwable> onFailure) {
        this.task = task;
        this.port = port;
        this.calls = calls;
        this.crossings = crossings;
        this.onFailure = onFailure;
    }

    void start() {
        total.incrementAndGet();
        startThread();
    }

    private void startThread() {
        idle.incrementAndGet();
        threads.add(Thread.ofPlatform()
                .daemon()
                .stackSize(STACK_BYTES)
                .name("server-" + number.incrementAndGet())
                .start(this::serve));
    }

    private void serve() {
        try {
            @Nullable ReceivedMessage answered = null;
            @Nullable MachMessage reply = null;
            while (!isStopped) {
                ReceivedMessage message = answered == null || reply == null
                        ? task.receive(port, null)
                        : task.replyAndReceive(answered, reply, port);
                crossings.count(Crossing.HAND_OFFS);
                growUnlessIdle();
                try (message) {
                    reply = calls.apply(message);
                }
                answered = message;
                if (idle.incrementAndGet() > MAX_IDLE_THREADS) {
                    if (reply != null) {
                        task.reply(answered, reply);
                    }
                    break;
                }
            }
        } catch (MachException | RuntimeException e) {
            if (!isStopped) {
                onFailure.accept(e);
            }
        } finally {
            idle.decrementAndGet();
            total.decrementAndGet();
            threads.remove(Thread.currentThread());
        }
    }

    /** Called by a thread that got a call: starts another when none is left to receive the next. */
    private void growUnlessIdle() {
        if (idle.decrementAndGet() > 0 || isStopped) {
            return;
        }
        int count = total.get();
        while (count < MAX_THREADS) {
            if (total.compareAndSet(count, count + 1)) {
                startThread();
                return;
            }
            count = total.get();
        }
    }

    int threads() {
        return total.get();
    }

    /** Ends the threads that receive; those that sleep in a call end when it does. */
    @Override
    public void close() {
        isStopped = true;
        threads.forEach(Thread::interrupt);
    }
}
