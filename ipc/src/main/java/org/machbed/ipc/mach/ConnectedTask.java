package org.machbed.ipc.mach;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.Crossings;
import org.machbed.proto.mach.KernelFrame;
import org.machbed.proto.mach.Operation;
import org.machbed.proto.mach.TaskFrame;

/** The task's side, whatever carries its frames. */
final class ConnectedTask implements MachTask {
    private final MemoryObjectStore store;
    private final KernelConnection kernel;
    private final int taskNumber;

    private ConnectedTask(MemoryObjectStore store, KernelConnection kernel, int taskNumber) {
        this.store = store;
        this.kernel = kernel;
        this.taskNumber = taskNumber;
    }

    static ConnectedTask connect(
            Path hostDirectory, KernelConnection.ChannelFactory factory, TaskFrame attach, Crossings crossings)
            throws MachException {
        MemoryObjectStore store = MemoryObjectStore.of(hostDirectory);
        KernelConnection kernel = KernelConnection.open(store, factory, crossings);
        try {
            return new ConnectedTask(store, kernel, kernel.attach(attach));
        } catch (MachException e) {
            kernel.close();
            throw e;
        }
    }

    @Override
    public int taskNumber() {
        return taskNumber;
    }

    @Override
    public PortName allocatePort(int queueLimit) throws MachException {
        return PortName.of(kernel.call(Frames.of(Operation.ALLOCATE_PORT).setValue(queueLimit))
                .getName());
    }

    @Override
    public PortName allocatePortSet() throws MachException {
        return PortName.of(kernel.call(Frames.of(Operation.ALLOCATE_PORT_SET)).getName());
    }

    @Override
    public void moveMember(PortName port, PortName portSet) throws MachException {
        kernel.call(Frames.of(Operation.MOVE_MEMBER, port).setOtherName(portSet.value()));
    }

    @Override
    public PortName makeSendRight(PortName port) throws MachException {
        kernel.call(Frames.of(Operation.MAKE_SEND_RIGHT, port));
        return port;
    }

    @Override
    public void deallocate(PortName name) throws MachException {
        kernel.call(Frames.of(Operation.DEALLOCATE, name));
    }

    @Override
    public void destroy(PortName name) throws MachException {
        kernel.call(Frames.of(Operation.DESTROY, name));
    }

    @Override
    public void modifyReferences(PortName name, RightType right, int delta) throws MachException {
        kernel.call(Frames.of(Operation.MODIFY_REFERENCES, name)
                .setValue(right.number())
                .setDelta(delta));
    }

    @Override
    public PortStatus status(PortName name) throws MachException {
        KernelFrame answer = kernel.call(Frames.of(Operation.STATUS, name));
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
        kernel.call(Frames.of(Operation.REQUEST_NOTIFICATION, port)
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
        KernelFrame answer = kernel.exchange(frame, timeout, true);
        KernelConnection.throwOnError(answer, "send " + message.id() + " to " + message.destination());
        Frames.given(message);
    }

    @Override
    public void post(MachMessage message) throws MachException {
        kernel.submit(Frames.send(message).setDrop(true));
        Frames.given(message);
    }

    @Override
    public ReceivedMessage receive(PortName portOrSet, @Nullable Duration timeout) throws MachException {
        KernelFrame answer =
                kernel.exchange(Frames.of(Operation.RECEIVE, portOrSet).setNoWait(isZero(timeout)), timeout, true);
        return received(answer, "receive on " + portOrSet);
    }

    @Override
    public ReceivedMessage rpc(MachMessage request, @Nullable Duration timeout) throws MachException {
        return rpcWaiting(request, call -> kernel.await(call, timeout, true));
    }

    @Override
    public ReceivedMessage rpcDespiteInterrupt(MachMessage request, Interruption interruption) throws MachException {
        return rpcWaiting(request, call -> kernel.await(call, interruption));
    }

    /** How a thread waits for the answer to its call. */
    private interface Waiting {
        KernelFrame answer(Call call) throws MachException;
    }

    private ReceivedMessage rpcWaiting(MachMessage request, Waiting waiting) throws MachException {
        kernel.checkMayWait();
        if (request.replyDisposition() != null) {
            throw new IllegalArgumentException("an rpc brings its own reply port");
        }
        Call call = kernel.take();
        try {
            if (!call.replyPort.isValid()) {
                call.replyPort = allocatePort(MachLimits.DEFAULT_QUEUE_LIMIT);
            }
            TaskFrame.Builder frame = Frames.rpc(request, call.replyPort).setCall(call.number);
            kernel.submit(frame);
            KernelFrame answer = waiting.answer(call);
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
            kernel.giveBack(call);
        }
    }

    private void abandon(Call call) throws MachException {
        PortName replyPort = call.replyPort;
        call.replyPort = PortName.NULL;
        if (!kernel.hasEnded()) {
            kernel.submit(Frames.of(Operation.DESTROY, replyPort));
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
        return received(kernel.exchange(frame, null, true), "receive on " + portOrSet);
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
        kernel.checkMayWait();
        Call call = kernel.take();
        call.handler = handler;
        boolean serving = false;
        try {
            kernel.submit(
                    Frames.of(Operation.SERVE, portOrSet).setCall(call.number).setValue(MachLimits.SERVE_CREDIT));
            KernelConnection.throwOnError(kernel.await(call, null, false), "serve " + portOrSet);
            serving = true;
        } finally {
            if (!serving) {
                kernel.giveBack(call);
            }
        }
    }

    @Override
    public void register(String service, PortName port) throws MachException {
        kernel.call(Frames.of(Operation.REGISTER, port).setText(service));
    }

    @Override
    public PortName lookUp(String service, @Nullable Duration timeout) throws MachException {
        KernelFrame answer = kernel.exchange(
                Frames.of(Operation.LOOK_UP).setText(service).setNoWait(isZero(timeout)), timeout, true);
        KernelConnection.throwOnError(answer, "look up " + service);
        return PortName.of(answer.getName());
    }

    @Override
    public void onKernelDeath(Runnable action) {
        kernel.onDeath(action);
    }

    @Override
    public void close() {
        kernel.close();
    }

    private static boolean isZero(@Nullable Duration timeout) {
        return timeout != null && timeout.isZero();
    }

    private ReceivedMessage received(KernelFrame answer, String what) throws MachException {
        KernelConnection.throwOnError(answer, what);
        return kernel.received(answer);
    }
}
