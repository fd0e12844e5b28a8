package org.machbed.ipc.mach;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.Crossings;
import org.machbed.proto.mach.KernelFrame;
import org.machbed.proto.mach.Operation;
import org.machbed.proto.mach.TaskFrame;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A task's calls to its kernel: frames out, answers to the threads that wait for them, messages to handlers, and the end of it
 * all, whatever carries the frames.
 */
final class KernelConnection implements FrameReceiver, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(KernelConnection.class);

    /** Memory objects released before the kernel is told by a frame of its own. */
    private static final int RELEASES_HELD_BACK = 32;

    /** How long a server that has not heard of an interrupt is left alone. */
    private static final long ASK_AGAIN_NS = 1_000_000;

    private final Frames frames;
    private final Calls calls = new Calls();
    private final ReentrantLock sendLock = new ReentrantLock();

    /** Names of memory objects to tell the kernel of; guarded by the send lock. */
    private final List<String> released = new ArrayList<>();

    private final ReentrantLock endLock = new ReentrantLock();

    /** Guarded by the end lock, as what follows is. */
    private final List<Runnable> deathActions = new ArrayList<>();

    private boolean closed;
    private boolean ended;

    private @Nullable FrameChannel channel;

    private KernelConnection(MemoryObjectStore store, Crossings crossings) {
        this.frames = new Frames(store, crossings, this::objectReleased);
    }

    /** Makes a channel whose frames go to a receiver. */
    @FunctionalInterface
    interface ChannelFactory {
        FrameChannel open(FrameReceiver receiver) throws MachException;
    }

    static KernelConnection open(MemoryObjectStore store, ChannelFactory factory, Crossings crossings)
            throws MachException {
        KernelConnection connection = new KernelConnection(store, crossings);
        connection.channel = factory.open(connection);
        return connection;
    }

    /** Attaches the task; answers its number. */
    int attach(TaskFrame attach) throws MachException {
        KernelFrame answer = call(TaskFrame.newBuilder(attach));
        channel().attached(answer);
        return answer.getValue();
    }

    private FrameChannel channel() {
        if (channel == null) {
            throw new IllegalStateException("not connected");
        }
        return channel;
    }

    /** A call for the calling thread; it is given back when answered. */
    Call take() throws MachException {
        return calls.take();
    }

    void giveBack(Call call) {
        calls.giveBack(call);
    }

    /** The message in an answer. */
    ReceivedMessage received(KernelFrame answer) {
        return frames.received(answer.getMessage());
    }

    /** A call that the kernel answers at once. */
    KernelFrame call(TaskFrame.Builder frame) throws MachException {
        KernelFrame answer = exchange(frame, null, false);
        throwOnError(answer, frame.getOperation() + " of " + PortName.of(frame.getName()));
        return answer;
    }

    KernelFrame exchange(TaskFrame.Builder frame, @Nullable Duration timeout, boolean mayWait) throws MachException {
        checkMayWait();
        Call call = calls.take();
        try {
            submit(frame.setCall(call.number));
            return await(call, timeout, mayWait);
        } finally {
            calls.giveBack(call);
        }
    }

    void checkMayWait() {
        if (channel().onTransportThread()) {
            throw new IllegalStateException(
                    "the transport's own thread cannot wait for the kernel: it brings the answer");
        }
    }

    /** Waits for the answer. A time-out or interrupt cancels the call; the kernel still answers it, one way or the other. */
    KernelFrame await(Call call, @Nullable Duration timeout, boolean cancellable) throws MachException {
        boolean interrupted = false;
        boolean cancelled = !cancellable;
        // With a zero timeout the kernel answers at once, and a clock would only be read for nothing.
        long limitNs = timeout == null || timeout.isZero() ? Long.MAX_VALUE : nanos(timeout);
        boolean timed = limitNs != Long.MAX_VALUE;
        long startNs = timed ? System.nanoTime() : 0;
        KernelFrame answer = call.answer();
        while (answer == null) {
            if (timed && !cancelled) {
                long leftNs = limitNs - (System.nanoTime() - startNs);
                if (leftNs <= 0) {
                    cancelled = true;
                    cancel(call);
                } else {
                    LockSupport.parkNanos(this, leftNs);
                }
            } else {
                LockSupport.park(this);
            }
            if (Thread.interrupted()) {
                interrupted = true;
                if (!cancelled) {
                    cancelled = true;
                    cancel(call);
                }
            }
            answer = call.answer();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
            return Frames.interrupted(answer);
        }
        return answer;
    }

    /** Waits for the answer, however long; an interrupt asks for it. The thread has its interrupt status again afterwards. */
    KernelFrame await(Call call, Interruption interruption) {
        boolean interrupted = Thread.interrupted();
        boolean heard = false;
        KernelFrame answer = call.answer();
        while (answer == null) {
            if (interrupted && !heard) {
                heard = interruption.ask();
                // What it waited for itself may have taken the wake-up that was meant for this call.
                if (!heard && call.answer() == null) {
                    LockSupport.parkNanos(this, ASK_AGAIN_NS);
                }
            } else {
                LockSupport.park(this);
            }
            interrupted |= Thread.interrupted();
            answer = call.answer();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return answer;
    }

    private static long nanos(Duration timeout) {
        try {
            return timeout.toNanos();
        } catch (ArithmeticException e) {
            return Long.MAX_VALUE;
        }
    }

    private void cancel(Call call) throws MachException {
        if (!hasEnded()) {
            submit(Frames.of(Operation.CANCEL).setCall(call.number));
        }
    }

    /** Sends a frame, with what else the kernel is to be told. */
    void submit(TaskFrame.Builder frame) throws MachException {
        sendLock.lock();
        try {
            if (!released.isEmpty()) {
                frame.addAllReleased(released);
                released.clear();
            }
            channel().send(frame.build());
        } finally {
            sendLock.unlock();
        }
    }

    private void objectReleased(String object) {
        boolean tell;
        sendLock.lock();
        try {
            released.add(object);
            tell = released.size() >= RELEASES_HELD_BACK;
        } finally {
            sendLock.unlock();
        }
        if (tell && !hasEnded()) {
            try {
                submit(Frames.of(Operation.RELEASE));
            } catch (MachException e) {
                LOG.debug("the kernel is gone and needs no releases", e);
            }
        }
    }

    static void throwOnError(KernelFrame answer, String what) throws MachException {
        if (answer.getCode() != 0) {
            throw new MachException(MachCode.of(answer.getCode()), what);
        }
    }

    /** Runs {@code action} when the kernel goes before this connection is closed; at once when it has gone. */
    void onDeath(Runnable action) {
        endLock.lock();
        try {
            if (!ended) {
                deathActions.add(action);
                return;
            }
        } finally {
            endLock.unlock();
        }
        action.run();
    }

    @Override
    public void close() {
        endLock.lock();
        try {
            closed = true;
        } finally {
            endLock.unlock();
        }
        channel().close();
        onEnd("the task is closed");
    }

    @Override
    public void onFrame(KernelFrame frame) {
        Call call = calls.find(frame.getCall());
        if (call == null) {
            LOG.warn("the kernel answers call {}, which nobody made", Integer.toUnsignedString(frame.getCall()));
            return;
        }
        MessageHandler handler = call.handler;
        if (handler == null) {
            call.complete(frame);
        } else if (frame.hasMessage()) {
            handle(call, handler, frame);
        } else if (call.answer() == null) {
            call.complete(frame);
        } else {
            LOG.debug("serving ended: {}", MachCode.of(frame.getCode()));
            calls.giveBack(call);
        }
    }

    private void handle(Call call, MessageHandler handler, KernelFrame frame) {
        ReceivedMessage message = null;
        try {
            message = frames.received(frame.getMessage());
            handler.onMessage(message);
        } catch (RuntimeException | Error e) {
            // An Error too: it would end the thread that brings everybody's answers.
            onHandlerFailure(call, frame.getMessage().getId(), e);
            giveUp(message);
        }
        call.handled++;
        if (call.handled >= MachLimits.SERVE_CREDIT / 2) {
            try {
                submit(Frames.of(Operation.CREDIT).setCall(call.number).setValue(call.handled));
                call.handled = 0;
            } catch (MachException e) {
                LOG.debug("the kernel is gone and needs no credit", e);
            }
        }
    }

    private static void onHandlerFailure(Call call, int messageId, Throwable cause) {
        call.failures++;
        if (Integer.bitCount(call.failures) == 1) {
            // The first, the second, the fourth, ...: a handler that always fails must not fill the log.
            LOG.error("handler failure {}: message {}", call.failures, messageId, cause);
        }
    }

    /** Closes what a handler that threw has left open. */
    private static void giveUp(@Nullable ReceivedMessage message) {
        try {
            if (message != null) {
                message.close();
            }
        } catch (RuntimeException e) {
            LOG.warn("the regions of {} could not be given up", message, e);
        }
    }

    boolean hasEnded() {
        endLock.lock();
        try {
            return ended;
        } finally {
            endLock.unlock();
        }
    }

    @Override
    public void onEnd(String why) {
        List<Runnable> actions = List.of();
        endLock.lock();
        try {
            if (ended) {
                return;
            }
            ended = true;
            if (!closed) {
                actions = List.copyOf(deathActions);
            }
        } finally {
            endLock.unlock();
        }
        for (Call call : calls.end(new MachException(MachCode.KERN_TERMINATED, why))) {
            call.complete(KernelFrame.newBuilder()
                    .setCode(MachCode.KERN_TERMINATED.number())
                    .build());
        }
        for (Runnable action : actions) {
            action.run();
        }
    }
}
