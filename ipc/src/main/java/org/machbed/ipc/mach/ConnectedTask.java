package org.machbed.ipc.mach;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.Crossings;
import org.machbed.proto.mach.KernelFrame;
import org.machbed.proto.mach.Operation;
import org.machbed.proto.mach.TaskFrame;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The task's side, whatever carries its frames. */
final class ConnectedTask implements MachTask, FrameReceiver {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectedTask.class);

    /** Memory objects released before the kernel is told by a frame of its own. */
    private static final int RELEASES_HELD_BACK = 32;

    private final MemoryObjectStore store;
    private final Frames frames;
    private final Calls calls = new Calls();
    private final ReentrantLock sendLock = new ReentrantLock();

    /** Names of memory objects to tell the kernel of; guarded by the send lock. */
    private final List<String> released = new ArrayList<>();

    private final ReentrantLock endLock = new ReentrantLock();
    private final List<Runnable> deathActions = new ArrayList<>();
    private boolean closed;
    private boolean ended;

    private @Nullable FrameChannel channel;
    private int taskNumber;

    private ConnectedTask(MemoryObjectStore store, Crossings crossings) {
        this.store = store;
        this.frames = new Frames(store, crossings, this::objectReleased);
    }

    /** Makes a channel whose frames go to a receiver. */
    @FunctionalInterface
    interface ChannelFactory {
        FrameChannel open(FrameReceiver receiver) throws MachException;
    }

    static ConnectedTask connect(Path hostDirectory, ChannelFactory factory, TaskFrame attach, Crossings crossings)
            throws MachException {
        ConnectedTask task = new ConnectedTask(MemoryObjectStore.of(hostDirectory), crossings);
        task.channel = factory.open(task);
        try {
            KernelFrame answer = task.call(TaskFrame.newBuilder(attach));
            task.taskNumber = answer.getValue();
            task.channel().attached(answer);
        } catch (MachException e) {
            task.close();
            throw e;
        }
        return task;
    }

    private FrameChannel channel() {
        if (channel == null) {
            throw new IllegalStateException("not connected");
        }
        return channel;
    }

    @Override
    public int taskNumber() {
        return taskNumber;
    }

    @Override
    public PortName allocatePort(int queueLimit) throws MachException {
        return PortName.of(
                call(Frames.of(Operation.ALLOCATE_PORT).setValue(queueLimit)).getName());
    }

    @Override
    public PortName allocatePortSet() throws MachException {
        return PortName.of(call(Frames.of(Operation.ALLOCATE_PORT_SET)).getName());
    }

    @Override
    public void moveMember(PortName port, PortName portSet) throws MachException {
        call(Frames.of(Operation.MOVE_MEMBER, port).setOtherName(portSet.value()));
    }

    @Override
    public PortName makeSendRight(PortName port) throws MachException {
        call(Frames.of(Operation.MAKE_SEND_RIGHT, port));
        return port;
    }

    @Override
    public void deallocate(PortName name) throws MachException {
        call(Frames.of(Operation.DEALLOCATE, name));
    }

    @Override
    public void destroy(PortName name) throws MachException {
        call(Frames.of(Operation.DESTROY, name));
    }

    @Override
    public void modifyReferences(PortName name, RightType right, int delta) throws MachException {
        call(Frames.of(Operation.MODIFY_REFERENCES, name)
                .setValue(right.number())
                .setDelta(delta));
    }

    @Override
    public PortStatus status(PortName name) throws MachException {
        KernelFrame answer = call(Frames.of(Operation.STATUS, name));
        Set<RightType> rights = EnumSet.noneOf(RightType.class);
        for (RightType type : RightType.values()) {
            if ((answer.getValue() & 1 << type.number()) != 0) {
                rights.add(type);
            }
        }
        return new PortStatus(rights, answer.getReferences(), answer.getQueued(), answer.getQueueLimit());
    }

    @Override
    public void requestNotification(PortName port, NotificationType type, PortName notifyPort) throws MachException {
        call(Frames.of(Operation.REQUEST_NOTIFICATION, port)
                .setValue(type.number())
                .setOtherName(notifyPort.value()));
    }

    @Override
    public OutOfLine outOfLine(ByteBuffer source) throws MachException {
        try {
            return store.fill(taskNumber, source);
        } catch (ClosedByInterruptException e) {
            throw new MachException(MachCode.MACH_SEND_INTERRUPTED, "out-of-line memory", e);
        } catch (IOException e) {
            throw new MachException(
                    MachCode.MACH_SEND_NO_BUFFER, "no memory object of " + source.remaining() + " bytes", e);
        }
    }

    @Override
    public void send(MachMessage message, @Nullable Duration timeout) throws MachException {
        TaskFrame.Builder frame = Frames.send(message).setNoWait(isZero(timeout));
        KernelFrame answer = exchange(frame, timeout, true);
        throwOnError(answer, "send " + message.id() + " to " + message.destination());
        Frames.given(message);
    }

    @Override
    public void post(MachMessage message) throws MachException {
        submit(Frames.send(message).setDrop(true));
        Frames.given(message);
    }

    @Override
    public ReceivedMessage receive(PortName portOrSet, @Nullable Duration timeout) throws MachException {
        KernelFrame answer =
                exchange(Frames.of(Operation.RECEIVE, portOrSet).setNoWait(isZero(timeout)), timeout, true);
        return received(answer, "receive on " + portOrSet);
    }

    @Override
    public ReceivedMessage rpc(MachMessage request, @Nullable Duration timeout) throws MachException {
        checkMayWait();
        if (request.replyDisposition() != null) {
            throw new IllegalArgumentException("an rpc brings its own reply port");
        }
        Call call = calls.take();
        try {
            if (!call.replyPort.isValid()) {
                call.replyPort = allocatePort(MachLimits.DEFAULT_QUEUE_LIMIT);
            }
            TaskFrame.Builder frame = Frames.rpc(request, call.replyPort).setCall(call.number);
            submit(frame);
            KernelFrame answer = await(call, timeout, true);
            MachCode code = MachCode.of(answer.getCode());
            if (!Frames.failedToSend(code)) {
                Frames.given(request);
            }
            if (code != MachCode.KERN_SUCCESS && !Frames.failedToSend(code)) {
                // A reply may still come: it must not be taken for the next rpc's.
                abandon(call);
            }
            ReceivedMessage reply = received(answer, "rpc " + request.id() + " to " + request.destination());
            if (reply.id() == Notification.SEND_ONCE && reply.port().equals(call.replyPort)) {
                throw new MachException(
                        MachCode.MIG_SERVER_DIED,
                        "rpc " + request.id() + " to " + request.destination() + ": no reply");
            }
            return reply;
        } finally {
            calls.giveBack(call);
        }
    }

    private void abandon(Call call) throws MachException {
        PortName replyPort = call.replyPort;
        call.replyPort = PortName.NULL;
        if (!hasEnded()) {
            submit(Frames.of(Operation.DESTROY, replyPort));
        }
    }

    @Override
    public ReceivedMessage replyAndReceive(ReceivedMessage received, MachMessage reply, PortName portOrSet)
            throws MachException {
        if (received.replyDisposition() == null || !received.replyPort().isValid()) {
            closeRegions(reply);
            return receive(portOrSet, null);
        }
        TaskFrame.Builder frame =
                Frames.send(Frames.addressed(received, reply)).setDrop(true).setName(portOrSet.value());
        Frames.given(reply);
        return received(exchange(frame, null, true), "receive on " + portOrSet);
    }

    @Override
    public void reply(ReceivedMessage received, MachMessage reply) throws MachException {
        if (received.replyDisposition() == null || !received.replyPort().isValid()) {
            closeRegions(reply);
            return;
        }
        post(Frames.addressed(received, reply));
    }

    private static void closeRegions(MachMessage unsent) {
        for (OutOfLine region : unsent.regions()) {
            region.close();
        }
    }

    @Override
    public void serve(PortName portOrSet, MessageHandler handler) throws MachException {
        checkMayWait();
        Call call = calls.take();
        call.handler = handler;
        boolean serving = false;
        try {
            submit(Frames.of(Operation.SERVE, portOrSet).setCall(call.number).setValue(MachLimits.SERVE_CREDIT));
            throwOnError(await(call, null, false), "serve " + portOrSet);
            serving = true;
        } finally {
            if (!serving) {
                calls.giveBack(call);
            }
        }
    }

    @Override
    public void register(String service, PortName port) throws MachException {
        call(Frames.of(Operation.REGISTER, port).setText(service));
    }

    @Override
    public PortName lookUp(String service, @Nullable Duration timeout) throws MachException {
        KernelFrame answer =
                exchange(Frames.of(Operation.LOOK_UP).setText(service).setNoWait(isZero(timeout)), timeout, true);
        throwOnError(answer, "look up " + service);
        return PortName.of(answer.getName());
    }

    @Override
    public void onKernelDeath(Runnable action) {
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

    private static boolean isZero(@Nullable Duration timeout) {
        return timeout != null && timeout.isZero();
    }

    /** A call that the kernel answers at once. */
    private KernelFrame call(TaskFrame.Builder frame) throws MachException {
        KernelFrame answer = exchange(frame, null, false);
        throwOnError(answer, frame.getOperation() + " of " + PortName.of(frame.getName()));
        return answer;
    }

    private KernelFrame exchange(TaskFrame.Builder frame, @Nullable Duration timeout, boolean mayWait)
            throws MachException {
        checkMayWait();
        Call call = calls.take();
        try {
            submit(frame.setCall(call.number));
            return await(call, timeout, mayWait);
        } finally {
            calls.giveBack(call);
        }
    }

    private void checkMayWait() {
        if (channel().onTransportThread()) {
            throw new IllegalStateException(
                    "the transport's own thread cannot wait for the kernel: it brings the answer");
        }
    }

    /** Waits for the answer. A time-out or interrupt cancels the call; the kernel still answers it, one way or the other. */
    private KernelFrame await(Call call, @Nullable Duration timeout, boolean cancellable) throws MachException {
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

    private void submit(TaskFrame.Builder frame) throws MachException {
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

    private ReceivedMessage received(KernelFrame answer, String what) throws MachException {
        throwOnError(answer, what);
        return frames.received(answer.getMessage());
    }

    private static void throwOnError(KernelFrame answer, String what) throws MachException {
        if (answer.getCode() != 0) {
            throw new MachException(MachCode.of(answer.getCode()), what);
        }
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
        try {
            handler.onMessage(frames.received(frame.getMessage()));
        } catch (RuntimeException e) {
            call.failures++;
            if (Integer.bitCount(call.failures) == 1) {
                // The first, the second, the fourth, ...: a handler that always fails must not fill the log.
                LOG.error(
                        "handler failure {}: message {}",
                        call.failures,
                        frame.getMessage().getId(),
                        e);
            }
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

    private boolean hasEnded() {
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
