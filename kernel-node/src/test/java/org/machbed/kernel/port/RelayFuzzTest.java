package org.machbed.kernel.port;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.machbed.ipc.mach.MachCode;
import org.machbed.ipc.mach.MachLimits;
import org.machbed.ipc.mach.MemoryObjectStore;
import org.machbed.ipc.process.Crossings;
import org.machbed.kernel.port.NameSpace.Entry;
import org.machbed.kernel.port.PortCounters.Count;
import org.machbed.proto.mach.KernelFrame;
import org.machbed.proto.mach.Message;
import org.machbed.proto.mach.Operation;
import org.machbed.proto.mach.PortRight;
import org.machbed.proto.mach.RightDisposition;
import org.machbed.proto.mach.TaskFrame;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tasks that send whatever comes to mind: half of the names are theirs, the rest are stale, others' or made up. The relay must
 * answer, and its counts of rights must be what a recount of all spaces and queues gives.
 */
class RelayFuzzTest {
    private static final int TASKS = 4;
    private static final int FRAMES = 150_000;
    private static final int RECOUNT_EVERY = 500;

    private final List<Subject> subjects = new ArrayList<>();
    private final Relay relay;

    RelayFuzzTest(@TempDir Path directory) throws IOException {
        MemoryObjectStore store = MemoryObjectStore.of(directory);
        store.create();
        relay = new Relay(store, new PortCounters(Crossings.unshared()));
    }

    /** A task under test: what it was told, and the names that it may know. */
    private final class Subject implements TaskOutput {
        final List<Integer> names = new ArrayList<>();
        final Task task;
        boolean ready = true;

        Subject(String name) {
            Task attached = relay.attach(name, this);
            if (attached == null) {
                throw new AssertionError("no room for " + name);
            }
            task = attached;
        }

        @Override
        public void deliver(KernelFrame frame) {
            assertThat(MachCode.of(frame.getCode()).number()).as("a known code").isEqualTo(frame.getCode());
            learn(frame.getName());
            learn(frame.getMessage().getReply());
            frame.getMessage().getRightsList().forEach(right -> learn(right.getName()));
        }

        @Override
        public boolean isReady() {
            return ready;
        }

        private void learn(int name) {
            if (name != 0) {
                names.add(name);
                if (names.size() > 40) {
                    names.removeFirst();
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void whateverTasksSendTheCountsOfRightsAreTrue(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < TASKS; i++) {
            subjects.add(new Subject("t" + i));
        }
        for (int i = 0; i < FRAMES; i++) {
            int which = random.nextInt(TASKS);
            Subject subject = subjects.get(which);
            if (random.nextInt(5_000) == 0) {
                relay.gone(subject.task);
                subjects.set(which, new Subject("again"));
            } else if (random.nextInt(200) == 0) {
                subject.ready = !subject.ready;
                if (subject.ready) {
                    relay.onReady(subject.task);
                }
            } else {
                relay.onFrame(subject.task, frame(random, subject));
            }
            if (i % RECOUNT_EVERY == 0) {
                recount();
            }
        }
        recount();
        for (Count what : List.of(
                Count.MESSAGES, Count.NOTIFICATIONS, Count.BLOCKED_SENDS, Count.DROPPED_POSTS, Count.REFUSED_CALLS)) {
            assertThat(relay.counters.get(what)).as(what.label()).isGreaterThan(100);
        }
        subjects.forEach(subject -> relay.gone(subject.task));
        subjects.clear();
        assertThat(relay.delivery.queued()).isZero();
    }

    private TaskFrame frame(Random random, Subject subject) {
        Operation operation = operation(random);
        TaskFrame.Builder frame = TaskFrame.newBuilder()
                .setOperation(operation)
                .setCall(random.nextInt(2_000))
                .setNoWait(random.nextInt(3) == 0)
                .setDrop(random.nextInt(5) == 0)
                .setText(random.nextInt(3) == 0 ? "service" + random.nextInt(3) : "");
        switch (operation) {
            case ALLOCATE_PORT -> frame.setValue(random.nextInt(4) - 1);
            case SEND -> {
                frame.setMessage(message(random, subject));
                if (random.nextInt(4) == 0) {
                    frame.setName(name(random, subject));
                }
            }
            default ->
                frame.setName(name(random, subject))
                        .setOtherName(random.nextBoolean() ? name(random, subject) : 0)
                        .setValue(random.nextInt(7) - 1)
                        .setDelta(random.nextInt(5) - 3);
        }
        return frame.build();
    }

    /** Calls that make something more often than those that destroy it. */
    private static Operation operation(Random random) {
        Operation[] all = Operation.values();
        return switch (random.nextInt(12)) {
            case 0, 1, 2, 3 -> Operation.SEND;
            case 4 -> Operation.RECEIVE;
            case 5 -> Operation.ALLOCATE_PORT;
            case 6 -> Operation.MAKE_SEND_RIGHT;
            case 7 -> Operation.REQUEST_NOTIFICATION;
            default -> all[random.nextInt(all.length - 1)];
        };
    }

    private static int name(Random random, Subject subject) {
        if (subject.names.isEmpty() || random.nextInt(20) == 0) {
            return random.nextInt(4) - 2 + random.nextInt(10) * 256;
        }
        return subject.names.get(random.nextInt(subject.names.size()));
    }

    private static RightDisposition disposition(Random random) {
        RightDisposition[] all = RightDisposition.values();
        return all[random.nextInt(all.length - 1)];
    }

    private static Message message(Random random, Subject subject) {
        Message.Builder message = Message.newBuilder()
                .setDestination(name(random, subject))
                .setDestinationDisposition(random.nextBoolean() ? RightDisposition.COPY_SEND : disposition(random))
                .setId(random.nextInt(100))
                .setBody(ByteString.copyFrom(new byte[random.nextInt(64)]));
        if (random.nextBoolean()) {
            message.setReply(name(random, subject))
                    .setReplyDisposition(random.nextBoolean() ? RightDisposition.MAKE_SEND_ONCE : disposition(random));
        }
        for (int i = random.nextInt(4); i > 0; i--) {
            message.addRights(
                    PortRight.newBuilder().setName(name(random, subject)).setDisposition(disposition(random)));
        }
        return message.build();
    }

    /** Counts send rights and queued messages from scratch and compares with what the ports say. */
    private void recount() {
        Map<Port, Integer> sendRights = new HashMap<>();
        Set<Port> ports = new HashSet<>();
        for (Subject subject : subjects) {
            assertThat(subject.task.waiting.size()).isLessThanOrEqualTo(MachLimits.MAX_CALLS);
            for (Entry entry : subject.task.space.used()) {
                Entry found = subject.task.space.find(entry.name);
                assertThat(found).isSameAs(entry);
                assertThat(entry.denotesNothing())
                        .as("an entry that denotes nothing")
                        .isFalse();
                if (entry.port != null) {
                    visit(entry.port, ports, sendRights);
                    if (entry.sendReferences > 0) {
                        sendRights.merge(entry.port, 1, Integer::sum);
                    }
                    if (entry.receive) {
                        assertThat(entry.port.receiver).isSameAs(subject.task.space);
                        assertThat(entry.port.receiverName).isEqualTo(entry.name);
                    }
                }
            }
        }
        for (Port service : relay.directory.services()) {
            visit(service, ports, sendRights);
            sendRights.merge(service, 1, Integer::sum);
        }
        int queued = 0;
        for (Port port : ports) {
            assertThat(port.dead).isFalse();
            assertThat(port.sendRights).isEqualTo(sendRights.getOrDefault(port, 0));
            assertThat(port.set == null || port.receives.isEmpty())
                    .as("receives posted on a member of a set")
                    .isTrue();
            queued += port.queue.size();
        }
        assertThat(relay.delivery.queued()).isEqualTo(queued);
    }

    private static void visit(Port port, Set<Port> ports, Map<Port, Integer> sendRights) {
        if (port.dead || !ports.add(port)) {
            return;
        }
        for (TransitMessage message : port.queue) {
            assertThat(message.destination()).isSameAs(port);
            if (!message.sendOnce()) {
                sendRights.merge(port, 1, Integer::sum);
            }
            if (message.reply() != null) {
                visit(message.reply(), ports, sendRights);
            }
            message.rights().forEach(right -> visit(right, ports, sendRights));
        }
    }

    private static void visit(TransitRight right, Set<Port> ports, Map<Port, Integer> sendRights) {
        if (!right.port().dead) {
            visit(right.port(), ports, sendRights);
            if (right.type() == TransitRight.Type.SEND) {
                sendRights.merge(right.port(), 1, Integer::sum);
            }
        }
    }
}
