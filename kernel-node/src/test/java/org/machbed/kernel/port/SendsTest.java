package org.machbed.kernel.port;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.ipc.mach.MachCode;
import org.machbed.ipc.mach.MachLimits;
import org.machbed.ipc.mach.MemoryObjectStore;
import org.machbed.ipc.process.Crossings;
import org.machbed.kernel.port.PortCounters.Count;
import org.machbed.proto.mach.KernelFrame;
import org.machbed.proto.mach.Message;
import org.machbed.proto.mach.Operation;
import org.machbed.proto.mach.RightDisposition;
import org.machbed.proto.mach.TaskFrame;

import static org.assertj.core.api.Assertions.assertThat;

/** Sends that wait for room in a queue of one message. */
class SendsTest {
    private final Relay relay;
    private final List<KernelFrame> answers = new ArrayList<>();
    private final Task task;
    private int port;

    SendsTest(@TempDir Path directory) throws IOException {
        MemoryObjectStore store = MemoryObjectStore.of(directory);
        store.create();
        relay = new Relay(store, new PortCounters(Crossings.unshared()));
        Task attached = relay.attach("task", new TaskOutput() {
            @Override
            public void deliver(KernelFrame frame) {
                answers.add(frame);
            }

            @Override
            public boolean isReady() {
                return true;
            }
        });
        assertThat(attached).isNotNull();
        task = attached;
    }

    @BeforeEach
    void fillTheQueue() {
        port = ask(call(Operation.ALLOCATE_PORT, 1).setValue(1)).getName();
        ask(call(Operation.MAKE_SEND_RIGHT, 1).setName(port));
        assertThat(ask(send(1)).getCode()).isZero();
    }

    private static TaskFrame.Builder call(Operation operation, int call) {
        return TaskFrame.newBuilder().setOperation(operation).setCall(call);
    }

    private TaskFrame.Builder send(int call) {
        return call(Operation.SEND, call)
                .setMessage(Message.newBuilder()
                        .setDestination(port)
                        .setDestinationDisposition(RightDisposition.COPY_SEND)
                        .setId(call));
    }

    private void say(TaskFrame.Builder frame) {
        relay.onFrame(task, frame.build());
    }

    private KernelFrame ask(TaskFrame.Builder frame) {
        say(frame);
        assertThat(answers).hasSize(1);
        return answers.removeFirst();
    }

    /** Each send that goes on receives, which makes room for the next: as many in a row as a task may have calls. */
    @Test
    void thousandsThatLetEachOtherGoOnTakeNoStack() {
        int calls = MachLimits.MAX_CALLS - 1;
        for (int i = 0; i < calls; i++) {
            say(send(2 + i).setName(port));
        }
        assertThat(answers).isEmpty();
        assertThat(relay.counters.get(Count.BLOCKED_SENDS)).isEqualTo(calls);
        say(call(Operation.RECEIVE, 1).setName(port));
        // In the order in which they were sent; each is received by the call before it.
        assertThat(answers).hasSize(calls + 1);
        for (int i = 0; i <= calls; i++) {
            KernelFrame answer = answers.get(i);
            assertThat(answer.getCall()).isEqualTo(1 + i);
            assertThat(answer.getMessage().getId()).isEqualTo(1 + i);
        }
        assertThat(task.waiting).isEmpty();
        assertThat(relay.delivery.queued()).isZero();
    }

    @Test
    void aCallThatWaitsAlreadyIsRefused() {
        say(send(7));
        assertThat(MachCode.of(ask(send(7)).getCode())).isEqualTo(MachCode.KERN_RESOURCE_SHORTAGE);
        assertThat(task.waiting).hasSize(1);
        relay.gone(task);
        assertThat(task.queuedBytes).isZero();
        assertThat(answers).isEmpty();
    }
}
