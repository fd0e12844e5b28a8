package org.machbed.client.primitive;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.mach.Disposition;
import org.machbed.ipc.mach.MachMessage;
import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.mach.PortName;
import org.machbed.ipc.mach.ReceivedMessage;
import org.machbed.ipc.process.CommandArguments;
import org.machbed.ipc.process.Json;
import org.machbed.ipc.trap.CallGate;
import org.machbed.ipc.trap.TrapCaller;
import org.machbed.ipc.trial.Role;
import org.machbed.ipc.trial.TrialRecord;
import org.machbed.proto.device.DeviceCall;
import org.machbed.proto.device.NullIndicationReply;
import org.machbed.proto.trap.TrapNumber;

/**
 * {@code kernelIndication}: a message without data that the kernel sends a task of its own accord, on its interrupt thread, as
 * the packet filter does (maeda92 section 2.2), to a thread that sleeps. Another thread of the task asks for it by a trap; what
 * is measured is the time from before the trap until the message is there, which is the way into the kernel (half a
 * {@code nullTrap}, to be taken off by whoever wants the indication alone) and the indication.
 */
final class KernelIndication implements Primitive {
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(10);
    private static final int QUEUE_LIMIT = 16;

    @Override
    public String name() {
        return "kernelIndication";
    }

    @Override
    public Role connect(CommandArguments arguments, Surroundings surroundings) throws IOException {
        arguments.requireNoOthers();
        CallGate gate = CallGate.open(surroundings.host().kernelGate());
        try {
            TrapCaller caller = gate.caller(surroundings.crossings());
            try {
                return new AskAndReceive(NullRpc.connect(surroundings), gate, caller);
            } catch (IOException | RuntimeException e) {
                caller.close();
                throw e;
            }
        } catch (IOException | RuntimeException e) {
            gate.close();
            throw e;
        }
    }

    /** One thread asks and waits, the transport's thread receives. */
    private static final class AskAndReceive implements Role {
        private final MachTask task;
        private final CallGate gate;
        private final TrapCaller caller;
        private final int handle;
        private final TrialRecord record = new TrialRecord();
        private final AtomicBoolean closed = new AtomicBoolean();

        private volatile boolean received;
        private volatile long receivedNs;
        private volatile @Nullable Thread waiting;

        AskAndReceive(MachTask task, CallGate gate, TrapCaller caller) throws IOException {
            this.task = task;
            this.gate = gate;
            this.caller = caller;
            try {
                PortName port = task.allocatePort(QUEUE_LIMIT);
                task.serve(port, this::onIndication);
                handle = handle(port);
            } catch (IOException e) {
                task.close();
                throw e;
            }
        }

        private int handle(PortName port) throws IOException {
            PortName kernel = task.lookUp(DeviceCall.NULL_INDICATIONS, CALL_TIMEOUT);
            MachMessage request =
                    MachMessage.of(kernel, DeviceCall.NULL, ByteString.EMPTY).withRight(port, Disposition.MAKE_SEND);
            try (ReceivedMessage reply = task.rpc(request, CALL_TIMEOUT)) {
                NullIndicationReply answer = NullIndicationReply.parseFrom(reply.body());
                if (answer.getError() != 0) {
                    throw new IOException("the kernel refuses to send indications: error " + answer.getError());
                }
                return answer.getTrapHandle();
            } catch (InvalidProtocolBufferException e) {
                throw new IOException("the kernel answered nonsense when asked for indications", e);
            }
        }

        @Override
        public Json trial(long operations) throws IOException {
            record.start();
            waiting = Thread.currentThread();
            for (long i = 0; i < operations; i++) {
                received = false;
                long startNs = System.nanoTime();
                ask();
                awaitIndication(startNs);
                record.sample(receivedNs - startNs);
            }
            return record.finish(operations)
                    .put("nanosPerOperation", record.meanNs())
                    .put("medianNanosPerOperation", (double) record.medianNs())
                    .put("operationsPerSample", 1)
                    .put("histogram", record.histogram());
        }

        private void awaitIndication(long startNs) throws IOException {
            while (!received) {
                if (closed.get()) {
                    throw new IOException("the primitive was closed");
                }
                long leftNs = TimedRole.LIMIT_NS - (System.nanoTime() - startNs);
                if (leftNs <= 0) {
                    throw new IOException("an indication did not come within 10 s");
                }
                LockSupport.parkNanos(this, leftNs);
            }
        }

        private void onIndication(ReceivedMessage message) {
            receivedNs = System.nanoTime();
            message.close();
            received = true;
            LockSupport.unpark(waiting);
        }

        private void ask() throws IOException {
            long result = caller.trap(TrapNumber.NULL_INDICATION, handle);
            if (result != 0) {
                throw new IOException("the kernel sent no indication: " + result);
            }
        }

        @Override
        public void close() throws IOException {
            if (closed.compareAndSet(false, true)) {
                LockSupport.unpark(waiting);
                task.close();
                caller.close();
                gate.close();
            }
        }
    }
}
