package org.machbed.kernel.port;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.machbed.ipc.mach.Disposition;
import org.machbed.ipc.mach.MachCode;
import org.machbed.ipc.mach.MachException;
import org.machbed.ipc.mach.MachLimits;
import org.machbed.ipc.mach.MachMessage;
import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.mach.MachTransport;
import org.machbed.ipc.mach.MemoryObject;
import org.machbed.ipc.mach.Notification;
import org.machbed.ipc.mach.NotificationType;
import org.machbed.ipc.mach.OutOfLine;
import org.machbed.ipc.mach.PortName;
import org.machbed.ipc.mach.ReceivedMessage;
import org.machbed.ipc.mach.RightType;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Mach's semantics, the same on every transport. Kernel and tasks share this JVM and talk over the real transport. */
@ParameterizedClass
@EnumSource(MachTransport.class)
@Timeout(30)
class MachConformanceTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final Duration NOT_AT_ALL = Duration.ZERO;

    private final MachTransport transport;
    private final List<MachTask> tasks = new ArrayList<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Crossings crossings = Crossings.unshared();
    private final Crossings receiverCrossings = Crossings.unshared();

    private final List<String> failures = new CopyOnWriteArrayList<>();
    private final Path directory;
    private final HostDirectory host;
    private final KernelPorts kernel;
    private final MachTask client;
    private final MachTask server;

    MachConformanceTest(MachTransport transport) throws IOException {
        this.transport = transport;
        directory = Files.createTempDirectory(Path.of("/dev/shm"), "machbed-test");
        host = HostDirectory.open(directory);
        kernel = KernelPorts.open(host, true, crossings, failures::add);
        client = attach("client");
        server = attach("server");
    }

    @BeforeEach
    void startsEmpty() {
        assertThat(kernel.counters().get(PortCounters.Count.MESSAGES)).isZero();
    }

    @AfterEach
    void end() throws IOException {
        threads.shutdownNow();
        tasks.forEach(MachTask::close);
        kernel.close();
        assertThat(failures).isEmpty();
        try (Stream<Path> left = Files.walk(directory)) {
            for (Path path : left.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(path);
            }
        }
    }

    private MachTask attach(String name) throws MachException {
        MachTask task = MachTask.connect(host, transport, name, receiverCrossings);
        tasks.add(task);
        return task;
    }

    private static ByteString text(String text) {
        return ByteString.copyFromUtf8(text);
    }

    private static MachCode codeOf(ThrowingCallable call) {
        MachCode[] code = new MachCode[1];
        assertThatThrownBy(call).isInstanceOfSatisfying(MachException.class, e -> code[0] = e.code());
        return code[0];
    }

    private static MachCode failure(Future<?> future) {
        MachCode[] code = new MachCode[1];
        assertThatThrownBy(future::get)
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfSatisfying(MachException.class, e -> code[0] = e.code());
        return code[0];
    }

    private <T> Future<T> async(Callable<T> call) {
        return threads.submit(call);
    }

    /** A port of the server that the client has a send right to. */
    private PortName served(PortName port, String service) throws MachException {
        server.register(service, port);
        return client.lookUp(service, SOON);
    }

    /** A port of the server, with a send right of the client, which alone has one. */
    private PortName onlySender(PortName serverPort, String name) throws MachException {
        PortName inbox = client.allocatePort(5);
        client.register(name, inbox);
        PortName toClient = server.lookUp(name, SOON);
        server.send(MachMessage.of(toClient, 1, ByteString.EMPTY).withRight(serverPort, Disposition.MAKE_SEND), SOON);
        PortName right = client.receive(inbox, SOON).rights().get(0).name();
        client.destroy(inbox);
        return right;
    }

    // Messages

    @Test
    void aMessageArrivesWithItsIdAndBody() throws Exception {
        PortName port = server.allocatePort(5);
        client.send(MachMessage.of(served(port, "s"), 42, text("hello")), SOON);

        ReceivedMessage message = server.receive(port, SOON);

        assertThat(message.id()).isEqualTo(42);
        assertThat(message.body()).isEqualTo(text("hello"));
        assertThat(message.port()).isEqualTo(port);
        assertThat(message.replyPort()).isEqualTo(PortName.NULL);
        assertThat(codeOf(() -> server.receive(port, NOT_AT_ALL))).isEqualTo(MachCode.MACH_RCV_TIMED_OUT);
        assertThat(crossings.value(Crossing.MESSAGES)).isEqualTo(1);
    }

    @Test
    void messagesOfOneSenderKeepTheirOrder() throws Exception {
        PortName port = server.allocatePort(100);
        PortName right = served(port, "s");
        for (int i = 0; i < 100; i++) {
            client.post(MachMessage.of(right, i, ByteString.EMPTY));
        }
        for (int i = 0; i < 100; i++) {
            assertThat(server.receive(port, SOON).id()).isEqualTo(i);
        }
    }

    @Test
    void aReceiveWaitsForAMessage() throws Exception {
        PortName port = server.allocatePort(5);
        PortName right = served(port, "s");
        Future<ReceivedMessage> waiting = async(() -> server.receive(port, null));
        client.send(MachMessage.of(right, 7, ByteString.EMPTY), SOON);
        assertThat(waiting.get().id()).isEqualTo(7);
    }

    @Test
    void aReceiveTimesOut() throws Exception {
        PortName port = server.allocatePort(5);
        assertThat(codeOf(() -> server.receive(port, Duration.ofMillis(20)))).isEqualTo(MachCode.MACH_RCV_TIMED_OUT);
    }

    @Test
    void anInterruptEndsAReceiveAndStaysSet() throws Exception {
        PortName port = server.allocatePort(5);
        CompletableFuture<MachCode> code = new CompletableFuture<>();
        CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        Thread thread = Thread.ofPlatform().start(() -> {
            code.complete(codeOf(() -> server.receive(port, null)));
            interrupted.complete(Thread.currentThread().isInterrupted());
        });
        thread.interrupt();
        assertThat(code.get()).isEqualTo(MachCode.MACH_RCV_INTERRUPTED);
        assertThat(interrupted.get()).isTrue();
        client.send(MachMessage.of(served(port, "s"), 7, ByteString.EMPTY), SOON);
        assertThat(server.receive(port, SOON).id()).isEqualTo(7);
    }

    @Test
    void theLongestBodyArrivesAndALongerOneIsRefused() throws Exception {
        PortName port = server.allocatePort(5);
        PortName right = served(port, "s");
        ByteString longest = ByteString.copyFrom(new byte[MachLimits.MAX_BODY_BYTES]);
        client.send(MachMessage.of(right, 1, longest), SOON);
        assertThat(server.receive(port, SOON).body()).isEqualTo(longest);

        ByteString longer = ByteString.copyFrom(new byte[MachLimits.MAX_BODY_BYTES + 1]);
        assertThat(codeOf(() -> client.send(MachMessage.of(right, 1, longer), SOON)))
                .isEqualTo(MachCode.MACH_SEND_TOO_LARGE);
    }

    // Queue limits

    @Test
    void aFullQueueHoldsTheSenderUntilThereIsRoom() throws Exception {
        PortName port = server.allocatePort(1);
        PortName right = served(port, "s");
        client.send(MachMessage.of(right, 1, ByteString.EMPTY), SOON);
        Future<Void> second = async(() -> {
            client.send(MachMessage.of(right, 2, ByteString.EMPTY), null);
            return null;
        });
        while (kernel.counters().get(PortCounters.Count.BLOCKED_SENDS) == 0) {
            Thread.onSpinWait();
        }
        assertThat(second.isDone()).isFalse();

        assertThat(server.receive(port, SOON).id()).isEqualTo(1);
        second.get();
        assertThat(server.receive(port, SOON).id()).isEqualTo(2);
    }

    @Test
    void aSendToAFullQueueTimesOutAndTakesNothing() throws Exception {
        PortName port = server.allocatePort(1);
        PortName right = served(port, "s");
        PortName carried = client.allocatePort(5);
        client.send(MachMessage.of(right, 1, ByteString.EMPTY), SOON);

        for (Duration timeout : List.of(NOT_AT_ALL, Duration.ofMillis(20))) {
            MachMessage message =
                    MachMessage.of(right, 2, ByteString.EMPTY).withRight(carried, Disposition.MOVE_RECEIVE);
            assertThat(codeOf(() -> client.send(message, timeout))).isEqualTo(MachCode.MACH_SEND_TIMED_OUT);
        }

        assertThat(client.status(carried).rights()).containsExactly(RightType.RECEIVE);
        assertThat(server.status(port).queued()).isEqualTo(1);
    }

    @Test
    void aPostToAFullQueueIsDroppedAndCounted() throws Exception {
        PortName port = server.allocatePort(1);
        PortName right = served(port, "s");
        client.post(MachMessage.of(right, 1, ByteString.EMPTY));
        client.post(MachMessage.of(right, 2, ByteString.EMPTY));
        assertThat(client.status(right).references()).isEqualTo(1);
        assertThat(server.status(port).queued()).isEqualTo(1);
        assertThat(kernel.counters().get(PortCounters.Count.DROPPED_POSTS)).isEqualTo(1);
    }

    private static MachMessage asking(PortName right, PortName replies, int id) {
        return new MachMessage(
                right,
                Disposition.COPY_SEND,
                replies,
                Disposition.MAKE_SEND_ONCE,
                id,
                ByteString.EMPTY,
                List.of(),
                List.of());
    }

    @Test
    void aReplyNeedsNoRoomInTheQueue() throws Exception {
        PortName port = server.allocatePort(5);
        PortName right = served(port, "s");
        PortName replies = client.allocatePort(1);
        for (int i = 0; i < 3; i++) {
            client.send(asking(right, replies, i), SOON);
            ReceivedMessage request = server.receive(port, SOON);
            assertThat(request.replyDisposition()).isEqualTo(Disposition.MOVE_SEND_ONCE);
            server.reply(request, MachMessage.reply(100 + i, ByteString.EMPTY));
        }
        for (int i = 0; i < 3; i++) {
            assertThat(client.receive(replies, SOON).id()).isEqualTo(100 + i);
        }
    }

    // Remote procedure calls

    @Test
    void anRpcIsAnsweredByAHandler() throws Exception {
        PortName port = server.allocatePort(5);
        server.serve(port, request -> reply(server, request));
        PortName right = served(port, "s");
        for (int i = 0; i < 1000; i++) {
            ReceivedMessage reply = client.rpc(MachMessage.of(right, i, text("x" + i)), SOON);
            assertThat(reply.id()).isEqualTo(i + 100);
            assertThat(reply.body()).isEqualTo(text("x" + i));
        }
        assertThat(crossings.value(Crossing.MESSAGES)).isEqualTo(2000);
    }

    @Test
    void tasksOfBothTransportsTalkToEachOther() throws Exception {
        PortName port = server.allocatePort(5);
        server.serve(port, request -> reply(server, request));
        server.register("s", port);
        for (MachTransport other : MachTransport.values()) {
            try (MachTask caller = MachTask.connect(host, other, "caller")) {
                PortName right = caller.lookUp("s", SOON);
                assertThat(caller.rpc(MachMessage.of(right, 1, text("x")), SOON).id())
                        .isEqualTo(101);
            }
        }
    }

    @Test
    void aThreadThatWasInterruptedBeforeItSendsIsToldAndHarmsNobody() throws Exception {
        PortName port = server.allocatePort(5);
        server.serve(port, request -> reply(server, request));
        PortName right = served(port, "s");
        Thread thread = Thread.ofPlatform().start(() -> {
            for (int i = 0; i < 100; i++) {
                Thread.currentThread().interrupt();
                try {
                    client.rpc(MachMessage.of(right, i, ByteString.EMPTY), null);
                } catch (MachException e) {
                    assertThat(e.code()).isEqualTo(MachCode.MACH_RCV_INTERRUPTED);
                }
            }
        });
        thread.join();
        assertThat(client.rpc(MachMessage.of(right, 1, ByteString.EMPTY), SOON).id())
                .isEqualTo(101);
    }

    @Test
    void aCallThatAsksOnAnInterruptAsksUntilItIsHeardAndGetsItsReply() throws Exception {
        PortName port = server.allocatePort(5);
        PortName right = served(port, "s");
        AtomicInteger asked = new AtomicInteger();
        AtomicBoolean interrupted = new AtomicBoolean();
        FutureTask<Integer> call = new FutureTask<>(() -> {
            int reply = client.rpcDespiteInterrupt(
                            MachMessage.of(right, 1, ByteString.EMPTY), () -> asked.incrementAndGet() == 3)
                    .id();
            interrupted.set(Thread.currentThread().isInterrupted());
            return reply;
        });
        Thread thread = Thread.ofPlatform().start(call);
        ReceivedMessage request = server.receive(port, SOON);
        thread.interrupt();
        while (asked.get() < 3) {
            Thread.onSpinWait();
        }
        reply(server, request);
        assertThat(call.get()).isEqualTo(101);
        assertThat(interrupted).isTrue();
        assertThat(asked).hasValue(3);
    }

    @Test
    void aCallThatAsksOnAnInterruptEndsWithItsServer() throws Exception {
        PortName port = server.allocatePort(5);
        PortName right = served(port, "s");
        FutureTask<MachCode> call = new FutureTask<>(() ->
                codeOf(() -> client.rpcDespiteInterrupt(MachMessage.of(right, 1, ByteString.EMPTY), () -> false)));
        Thread thread = Thread.ofPlatform().start(call);
        server.receive(port, SOON);
        thread.interrupt();
        server.close();
        assertThat(call.get()).isEqualTo(MachCode.MIG_SERVER_DIED);
    }

    private static void reply(MachTask task, ReceivedMessage request) {
        try {
            task.reply(request, MachMessage.reply(request.id() + 100, request.body()));
        } catch (MachException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void manyThreadsCallAtOnce() throws Exception {
        PortName port = server.allocatePort(3);
        server.serve(port, request -> reply(server, request));
        PortName right = served(port, "s");
        List<Future<Integer>> replies = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            int id = i;
            replies.add(async(() -> client.rpc(MachMessage.of(right, id, ByteString.EMPTY), null)
                    .id()));
        }
        for (int i = 0; i < 200; i++) {
            assertThat(replies.get(i).get()).isEqualTo(i + 100);
        }
    }

    @Test
    void aServerRepliesAndReceivesInOneFrame() throws Exception {
        PortName port = server.allocatePort(5);
        PortName right = served(port, "s");
        Future<Integer> last = async(() -> {
            ReceivedMessage request = server.receive(port, null);
            while (request.id() != 0) {
                request = server.replyAndReceive(request, MachMessage.reply(request.id() + 100, request.body()), port);
            }
            return request.id();
        });
        for (int i = 1; i < 50; i++) {
            assertThat(client.rpc(MachMessage.of(right, i, ByteString.EMPTY), SOON)
                            .id())
                    .isEqualTo(i + 100);
        }
        client.send(MachMessage.of(right, 0, ByteString.EMPTY), SOON);
        assertThat(last.get()).isZero();
    }

    @Test
    void aReplyMayComeLaterAndFromAnotherThread() throws Exception {
        PortName port = server.allocatePort(5);
        List<ReceivedMessage> held = new ArrayList<>();
        CountDownLatch both = new CountDownLatch(2);
        server.serve(port, request -> {
            held.add(request);
            both.countDown();
        });
        PortName right = served(port, "s");
        Future<Integer> first = async(() ->
                client.rpc(MachMessage.of(right, 1, ByteString.EMPTY), null).id());
        Future<Integer> second = async(() ->
                client.rpc(MachMessage.of(right, 2, ByteString.EMPTY), null).id());
        both.await();
        for (ReceivedMessage request : held.reversed()) {
            reply(server, request);
        }
        assertThat(first.get()).isEqualTo(101);
        assertThat(second.get()).isEqualTo(102);
    }

    @Test
    void anRpcThatTimedOutIsNotAnsweredByTheLateReply() throws Exception {
        PortName port = server.allocatePort(5);
        PortName right = served(port, "s");
        assertThat(codeOf(() -> client.rpc(MachMessage.of(right, 1, ByteString.EMPTY), Duration.ofMillis(20))))
                .isEqualTo(MachCode.MACH_RCV_TIMED_OUT);
        reply(server, server.receive(port, SOON));

        Future<Integer> next = async(() ->
                client.rpc(MachMessage.of(right, 2, ByteString.EMPTY), SOON).id());
        reply(server, server.receive(port, SOON));
        assertThat(next.get()).isEqualTo(102);
    }

    @Test
    void aServerThatLetsGoOfARequestIsToldOn() throws Exception {
        PortName port = server.allocatePort(5);
        PortName right = served(port, "s");
        Future<ReceivedMessage> rpc = async(() -> client.rpc(MachMessage.of(right, 1, ByteString.EMPTY), null));
        server.deallocate(server.receive(port, SOON).replyPort());
        assertThat(failure(rpc)).isEqualTo(MachCode.MIG_SERVER_DIED);
    }

    @Test
    void aHandlerThatWaitsIsRefused() throws Exception {
        PortName port = server.allocatePort(5);
        CompletableFuture<Throwable> refused = new CompletableFuture<>();
        server.serve(port, request -> {
            try {
                refused.complete(new AssertionError("allocated " + server.allocatePort(1)));
            } catch (IllegalStateException | MachException e) {
                refused.complete(e);
            }
        });
        client.send(MachMessage.of(served(port, "s"), 1, ByteString.EMPTY), SOON);
        assertThat(refused.get()).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aHandlerThatFailsLosesNoLaterMessage() throws Exception {
        PortName port = server.allocatePort(5);
        AtomicInteger handled = new AtomicInteger();
        server.serve(port, request -> {
            if (handled.getAndIncrement() < 300) {
                throw new IllegalArgumentException("a test's");
            }
            reply(server, request);
        });
        PortName right = served(port, "s");
        // More than the credit: a failure must give it back, too.
        for (int i = 0; i < 300; i++) {
            client.send(MachMessage.of(right, i, ByteString.EMPTY), SOON);
        }
        assertThat(client.rpc(MachMessage.of(right, 1, ByteString.EMPTY), SOON).id())
                .isEqualTo(101);
    }

    // Rights

    @Test
    void rightsHaveUserReferences() throws Exception {
        PortName port = server.allocatePort(5);
        assertThat(server.makeSendRight(port)).isEqualTo(port);
        server.makeSendRight(port);
        assertThat(server.status(port).rights()).containsExactlyInAnyOrder(RightType.RECEIVE, RightType.SEND);
        assertThat(server.status(port).references()).isEqualTo(2);
        server.modifyReferences(port, RightType.SEND, 3);
        server.deallocate(port);
        assertThat(server.status(port).references()).isEqualTo(4);
        server.modifyReferences(port, RightType.SEND, -4);
        assertThat(server.status(port).rights()).containsExactly(RightType.RECEIVE);
        assertThat(codeOf(() -> server.deallocate(port))).isEqualTo(MachCode.KERN_INVALID_RIGHT);
        assertThat(codeOf(() -> server.modifyReferences(port, RightType.SEND, 1)))
                .isEqualTo(MachCode.KERN_INVALID_RIGHT);
        server.destroy(port);
        assertThat(codeOf(() -> server.status(port))).isEqualTo(MachCode.KERN_INVALID_NAME);
    }

    @Test
    void aSpaceHasOneNameForAllSendRightsToAPort() throws Exception {
        PortName port = server.allocatePort(5);
        PortName first = served(port, "s");
        PortName second = client.lookUp("s", SOON);
        assertThat(second).isEqualTo(first);
        assertThat(client.status(first).references()).isEqualTo(2);
    }

    @Test
    void aCopiedRightStaysAndAMovedOneGoes() throws Exception {
        PortName port = server.allocatePort(5);
        PortName toServer = served(port, "s");
        PortName mine = client.allocatePort(5);
        client.makeSendRight(mine);
        PortName copy = client.lookUp("s", SOON);
        MachMessage message = MachMessage.of(toServer, 1, ByteString.EMPTY)
                .withRight(mine, Disposition.COPY_SEND)
                .withRight(mine, Disposition.MOVE_SEND);
        assertThat(codeOf(() -> client.send(message, SOON))).isEqualTo(MachCode.MACH_SEND_INVALID_RIGHT);
        client.makeSendRight(mine);
        client.send(message, SOON);
        ReceivedMessage received = server.receive(port, SOON);

        assertThat(copy).isEqualTo(toServer);
        assertThat(client.status(mine).references()).isEqualTo(1);
        assertThat(received.rights()).hasSize(2);
        assertThat(received.rights().get(0)).isEqualTo(received.rights().get(1));
        PortName theirs = received.rights().get(0).name();
        assertThat(server.status(theirs).references()).isEqualTo(2);
        server.send(MachMessage.of(theirs, 9, ByteString.EMPTY), SOON);
        assertThat(client.receive(mine, SOON).id()).isEqualTo(9);
    }

    @Test
    void aSendOnceRightSendsOnce() throws Exception {
        PortName port = server.allocatePort(5);
        PortName mine = client.allocatePort(5);
        client.send(
                MachMessage.of(served(port, "s"), 1, ByteString.EMPTY).withRight(mine, Disposition.MAKE_SEND_ONCE),
                SOON);
        PortName once = server.receive(port, SOON).rights().get(0).name();
        assertThat(server.status(once).rights()).containsExactly(RightType.SEND_ONCE);
        MachMessage message =
                MachMessage.of(once, 5, ByteString.EMPTY).withDestination(once, Disposition.MOVE_SEND_ONCE);
        assertThat(codeOf(() -> server.send(MachMessage.of(once, 5, ByteString.EMPTY), SOON)))
                .isEqualTo(MachCode.MACH_SEND_INVALID_DEST);
        server.send(message, SOON);
        assertThat(client.receive(mine, SOON).id()).isEqualTo(5);
        assertThat(codeOf(() -> server.send(message, SOON))).isEqualTo(MachCode.MACH_SEND_INVALID_DEST);
    }

    @Test
    void aSendOnceRightThatIsLetGoOfSaysSo() throws Exception {
        PortName port = server.allocatePort(5);
        PortName mine = client.allocatePort(5);
        client.send(
                MachMessage.of(served(port, "s"), 1, ByteString.EMPTY).withRight(mine, Disposition.MAKE_SEND_ONCE),
                SOON);
        server.deallocate(server.receive(port, SOON).rights().get(0).name());
        assertThat(client.receive(mine, SOON).id()).isEqualTo(Notification.SEND_ONCE);
    }

    @Test
    void aMovedReceiveRightLosesNothing() throws Exception {
        PortName moved = client.allocatePort(10);
        client.register("moved", moved);
        PortName sender = server.lookUp("moved", SOON);
        PortName inbox = server.allocatePort(5);
        PortName toServer = served(inbox, "s");
        for (int i = 0; i < 5; i++) {
            server.send(MachMessage.of(sender, i, text("m" + i)), SOON);
        }
        client.send(MachMessage.of(toServer, 99, ByteString.EMPTY).withRight(moved, Disposition.MOVE_RECEIVE), SOON);
        server.send(MachMessage.of(sender, 5, text("m5")), SOON);

        ReceivedMessage carrier = server.receive(inbox, SOON);
        PortName received = carrier.rights().get(0).name();
        assertThat(carrier.rights().get(0).disposition()).isEqualTo(Disposition.MOVE_RECEIVE);
        assertThat(received).isEqualTo(sender);
        for (int i = 0; i <= 5; i++) {
            ReceivedMessage message = server.receive(received, SOON);
            assertThat(message.id()).isEqualTo(i);
            assertThat(message.body()).isEqualTo(text("m" + i));
        }
        assertThat(codeOf(() -> client.receive(moved, NOT_AT_ALL))).isEqualTo(MachCode.MACH_RCV_INVALID_NAME);
    }

    @Test
    void aReceiveOnARightThatMovesAwayIsToldAndTheNextMessageGoesToTheNewOwner() throws Exception {
        PortName moved = client.allocatePort(10);
        client.register("moved", moved);
        PortName sender = server.lookUp("moved", SOON);
        PortName inbox = server.allocatePort(5);
        PortName toServer = served(inbox, "s");
        CountDownLatch served = new CountDownLatch(1);
        client.serve(moved, message -> served.countDown());
        Future<ReceivedMessage> waiting = async(() -> client.receive(moved, null));

        client.send(MachMessage.of(toServer, 1, ByteString.EMPTY).withRight(moved, Disposition.MOVE_RECEIVE), SOON);
        PortName received = server.receive(inbox, SOON).rights().get(0).name();
        server.send(MachMessage.of(sender, 2, ByteString.EMPTY), SOON);

        assertThat(failure(waiting)).isIn(MachCode.MACH_RCV_PORT_DIED, MachCode.MACH_RCV_INVALID_NAME);
        assertThat(server.receive(received, SOON).id()).isEqualTo(2);
        assertThat(served.getCount()).isEqualTo(1);
    }

    @Test
    void aReceiveRightSentToItselfIsDestroyed() throws Exception {
        PortName port = client.allocatePort(5);
        client.makeSendRight(port);
        client.send(MachMessage.of(port, 1, ByteString.EMPTY).withRight(port, Disposition.MOVE_RECEIVE), SOON);
        assertThat(client.status(port).rights()).containsExactly(RightType.DEAD_NAME);
    }

    @Test
    void twoReceiveRightsSentToEachOtherAreDestroyed() throws Exception {
        PortName one = client.allocatePort(5);
        PortName two = client.allocatePort(5);
        client.makeSendRight(one);
        client.makeSendRight(two);
        client.send(MachMessage.of(two, 1, ByteString.EMPTY).withRight(one, Disposition.MOVE_RECEIVE), SOON);
        client.send(MachMessage.of(one, 1, ByteString.EMPTY).withRight(two, Disposition.MOVE_RECEIVE), SOON);
        assertThat(client.status(one).rights()).containsExactly(RightType.DEAD_NAME);
        assertThat(client.status(two).rights()).containsExactly(RightType.DEAD_NAME);
    }

    // Notifications

    @Test
    void theLastSendRightIsReported() throws Exception {
        PortName port = server.allocatePort(5);
        PortName notify = server.allocatePort(5);
        server.requestNotification(port, NotificationType.NO_SENDERS, notify);
        PortName right = onlySender(port, "inbox");
        assertThat(codeOf(() -> server.receive(notify, NOT_AT_ALL))).isEqualTo(MachCode.MACH_RCV_TIMED_OUT);
        client.send(MachMessage.of(right, 1, ByteString.EMPTY), SOON);
        client.deallocate(right);
        assertThat(codeOf(() -> server.receive(notify, NOT_AT_ALL))).isEqualTo(MachCode.MACH_RCV_TIMED_OUT);
        // The queued message travels on a send right, too.
        assertThat(server.receive(port, SOON).id()).isEqualTo(1);
        ReceivedMessage notification = server.receive(notify, SOON);
        assertThat(notification.id()).isEqualTo(Notification.NO_SENDERS);
        assertThat(Notification.word(notification)).isEqualTo(1);
    }

    @Test
    void noSendersComesAtOnceWhenTheyAreGoneAlready() throws Exception {
        PortName port = server.allocatePort(5);
        PortName notify = server.allocatePort(5);
        client.destroy(onlySender(port, "inbox"));
        server.requestNotification(port, NotificationType.NO_SENDERS, notify);
        assertThat(server.receive(notify, SOON).id()).isEqualTo(Notification.NO_SENDERS);
    }

    @Test
    void aDeadNameIsReported() throws Exception {
        PortName port = server.allocatePort(5);
        PortName right = served(port, "s");
        PortName notify = client.allocatePort(5);
        client.requestNotification(right, NotificationType.DEAD_NAME, notify);
        server.destroy(port);
        ReceivedMessage notification = client.receive(notify, SOON);
        assertThat(notification.id()).isEqualTo(Notification.DEAD_NAME);
        assertThat(Notification.word(notification)).isEqualTo(right.value());
        // One reference of the right that died, one that came with the notification.
        assertThat(client.status(right).rights()).containsExactly(RightType.DEAD_NAME);
        assertThat(client.status(right).references()).isEqualTo(2);
        assertThat(codeOf(() -> client.send(MachMessage.of(right, 1, ByteString.EMPTY), SOON)))
                .isEqualTo(MachCode.MACH_SEND_INVALID_DEST);
    }

    @Test
    void aDeadNameRequestOnADeadNameIsAnsweredAtOnce() throws Exception {
        PortName port = server.allocatePort(5);
        PortName right = served(port, "s");
        server.destroy(port);
        PortName notify = client.allocatePort(5);
        client.requestNotification(right, NotificationType.DEAD_NAME, notify);
        assertThat(client.receive(notify, SOON).id()).isEqualTo(Notification.DEAD_NAME);
    }

    @Test
    void givingUpANameWithARequestIsReported() throws Exception {
        PortName port = server.allocatePort(5);
        PortName right = served(port, "s");
        PortName notify = client.allocatePort(5);
        client.requestNotification(right, NotificationType.DEAD_NAME, notify);
        client.deallocate(right);
        assertThat(client.receive(notify, SOON).id()).isEqualTo(Notification.PORT_DELETED);
    }

    @Test
    void aRightWhosePortDiesOnTheWayArrivesDead() throws Exception {
        PortName port = server.allocatePort(5);
        PortName mine = client.allocatePort(5);
        client.send(
                MachMessage.of(served(port, "s"), 1, ByteString.EMPTY).withRight(mine, Disposition.MAKE_SEND), SOON);
        client.destroy(mine);
        assertThat(server.receive(port, SOON).rights().get(0).name()).isEqualTo(PortName.DEAD);
    }

    // Port sets

    @Test
    void aPortSetReceivesFromItsMembersInTurn() throws Exception {
        PortName set = server.allocatePortSet();
        PortName one = server.allocatePort(5);
        PortName two = server.allocatePort(5);
        PortName toOne = served(one, "one");
        PortName toTwo = served(two, "two");
        client.send(MachMessage.of(toOne, 1, ByteString.EMPTY), SOON);
        server.moveMember(one, set);
        server.moveMember(two, set);
        client.send(MachMessage.of(toOne, 2, ByteString.EMPTY), SOON);
        client.send(MachMessage.of(toTwo, 3, ByteString.EMPTY), SOON);

        assertThat(server.receive(set, SOON).id()).isEqualTo(1);
        ReceivedMessage second = server.receive(set, SOON);
        assertThat(second.id()).isEqualTo(3);
        assertThat(second.port()).isEqualTo(two);
        assertThat(server.receive(set, SOON).id()).isEqualTo(2);
        assertThat(codeOf(() -> server.receive(set, NOT_AT_ALL))).isEqualTo(MachCode.MACH_RCV_TIMED_OUT);
        assertThat(codeOf(() -> server.receive(one, NOT_AT_ALL))).isEqualTo(MachCode.MACH_RCV_IN_SET);

        server.moveMember(one, PortName.NULL);
        client.send(MachMessage.of(toOne, 4, ByteString.EMPTY), SOON);
        assertThat(codeOf(() -> server.receive(set, NOT_AT_ALL))).isEqualTo(MachCode.MACH_RCV_TIMED_OUT);
        assertThat(server.receive(one, SOON).id()).isEqualTo(4);
        assertThat(codeOf(() -> server.moveMember(one, PortName.NULL))).isEqualTo(MachCode.KERN_NOT_IN_SET);
    }

    @Test
    void aServedPortSetTakesNewMembers() throws Exception {
        PortName set = server.allocatePortSet();
        server.serve(set, request -> reply(server, request));
        PortName one = server.allocatePort(5);
        PortName right = served(one, "one");
        Future<Integer> rpc = async(() ->
                client.rpc(MachMessage.of(right, 1, ByteString.EMPTY), null).id());
        server.moveMember(one, set);
        assertThat(rpc.get()).isEqualTo(101);
    }

    @Test
    void aReceiveOnAPortThatJoinsASetIsTold() throws Exception {
        PortName set = server.allocatePortSet();
        PortName port = server.allocatePort(5);
        Future<ReceivedMessage> waiting = async(() -> server.receive(port, null));
        server.moveMember(port, set);
        assertThat(failure(waiting)).isIn(MachCode.MACH_RCV_PORT_CHANGED, MachCode.MACH_RCV_IN_SET);
    }

    @Test
    void destroyingASetLeavesItsMembers() throws Exception {
        PortName set = server.allocatePortSet();
        PortName port = server.allocatePort(5);
        server.moveMember(port, set);
        Future<ReceivedMessage> waiting = async(() -> server.receive(set, null));
        server.destroy(set);
        assertThat(failure(waiting)).isIn(MachCode.MACH_RCV_PORT_DIED, MachCode.MACH_RCV_INVALID_NAME);
        client.send(MachMessage.of(served(port, "s"), 4, ByteString.EMPTY), SOON);
        assertThat(server.receive(port, SOON).id()).isEqualTo(4);
    }

    // Out-of-line memory

    @Test
    void outOfLineMemoryArrivesAndIsDeletedWhenClosed() throws Exception {
        PortName port = server.allocatePort(5);
        byte[] bytes = "out of line".getBytes(StandardCharsets.UTF_8);
        OutOfLine region = client.outOfLine(ByteBuffer.wrap(bytes));
        assertThat(objects()).isEqualTo(1);
        client.send(MachMessage.of(served(port, "s"), 1, ByteString.EMPTY).withRegion(region), SOON);
        region.close();

        try (ReceivedMessage message = server.receive(port, SOON)) {
            MemoryObject object = message.regions().get(0);
            MemorySegment memory = object.map();
            assertThat(memory.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(bytes);
            assertThat(memory.isReadOnly()).isTrue();
        }
        assertThat(objects()).isZero();
        assertThat(receiverCrossings.value(Crossing.OUT_OF_LINE_MAPS)).isEqualTo(1);
    }

    @Test
    void unsentAndUnreceivedMemoryIsDeleted() throws Exception {
        PortName port = server.allocatePort(5);
        PortName right = served(port, "s");
        client.outOfLine(ByteBuffer.allocate(100)).close();
        assertThat(objects()).isZero();
        client.send(
                MachMessage.of(right, 1, ByteString.EMPTY).withRegion(client.outOfLine(ByteBuffer.allocate(100))),
                SOON);
        server.destroy(port);
        assertThat(objects()).isZero();
        OutOfLine kept = client.outOfLine(ByteBuffer.allocate(100));
        assertThat(codeOf(() ->
                        client.send(MachMessage.of(right, 1, ByteString.EMPTY).withRegion(kept), SOON)))
                .isEqualTo(MachCode.MACH_SEND_INVALID_DEST);
        assertThat(objects()).isEqualTo(1);
        client.post(MachMessage.of(right, 1, ByteString.EMPTY).withRegion(kept));
        assertThat(client.status(right).rights()).containsExactly(RightType.DEAD_NAME);
        assertThat(objects()).isZero();
    }

    @Test
    void memoryThatAFailedHandlerLeavesOpenIsDeletedAndItsNextMessageComes() throws Exception {
        PortName port = server.allocatePort(5);
        server.serve(port, request -> {
            if (request.id() == 1) {
                throw new LinkageError("a test's");
            }
            reply(server, request);
        });
        PortName right = served(port, "s");
        client.send(
                MachMessage.of(right, 1, ByteString.EMPTY).withRegion(client.outOfLine(ByteBuffer.allocate(100))),
                SOON);
        assertThat(client.rpc(MachMessage.of(right, 2, ByteString.EMPTY), SOON).id())
                .isEqualTo(102);
        assertThat(objects()).isZero();
    }

    @Test
    void memoryOfTasksThatDieIsDeleted() throws Exception {
        MachTask mortal = attach("mortal");
        PortName port = mortal.allocatePort(5);
        mortal.register("mortal", port);
        PortName right = client.lookUp("mortal", SOON);
        PortName notify = client.allocatePort(5);
        client.requestNotification(right, NotificationType.DEAD_NAME, notify);
        client.send(
                MachMessage.of(right, 1, ByteString.EMPTY).withRegion(client.outOfLine(ByteBuffer.allocate(10))), SOON);
        client.send(
                MachMessage.of(right, 2, ByteString.EMPTY).withRegion(client.outOfLine(ByteBuffer.allocate(10))), SOON);
        mortal.receive(port, SOON).regions().get(0).map();
        mortal.outOfLine(ByteBuffer.allocate(10));
        assertThat(objects()).isEqualTo(3);
        mortal.close();
        client.receive(notify, SOON);
        // A call behind the burial, so that it is over.
        client.status(notify);
        assertThat(objects()).isZero();
    }

    @Test
    void memoryOutlivesItsSender() throws Exception {
        PortName port = server.allocatePort(5);
        MachTask mortal = attach("mortal");
        server.register("s", port);
        PortName right = mortal.lookUp("s", SOON);
        mortal.send(
                MachMessage.of(right, 1, ByteString.EMPTY).withRegion(mortal.outOfLine(ByteBuffer.allocate(10))), SOON);
        mortal.close();
        try (ReceivedMessage message = server.receive(port, SOON)) {
            assertThat(message.regions().get(0).map().byteSize()).isEqualTo(10);
        }
        assertThat(objects()).isZero();
    }

    @Test
    void memoryIsForwardedByItsHolderOnly() throws Exception {
        PortName port = server.allocatePort(5);
        PortName right = served(port, "s");
        OutOfLine region = client.outOfLine(ByteBuffer.allocate(10));
        MachMessage message = MachMessage.of(right, 1, ByteString.EMPTY).withRegion(region);
        client.send(message, SOON);
        assertThat(codeOf(() -> client.send(message, SOON))).isEqualTo(MachCode.MACH_SEND_INVALID_MEMORY);
        MachMessage twice = MachMessage.of(right, 1, ByteString.EMPTY);
        OutOfLine other = client.outOfLine(ByteBuffer.allocate(10));
        assertThat(codeOf(() -> client.send(twice.withRegion(other).withRegion(other), SOON)))
                .isEqualTo(MachCode.MACH_SEND_INVALID_MEMORY);
        other.close();
        server.receive(port, SOON).close();
        assertThat(objects()).isZero();
    }

    private long objects() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("memory-objects"))) {
            return files.count();
        }
    }

    // Death

    @Test
    void anRpcToADeadServerFailsAtOnce() throws Exception {
        PortName port = server.allocatePort(5);
        PortName right = served(port, "s");
        server.close();
        assertThat(codeOf(() -> client.rpc(MachMessage.of(right, 1, ByteString.EMPTY), null)))
                .isEqualTo(MachCode.MACH_SEND_INVALID_DEST);
    }

    @Test
    void anRpcWhoseServerDiesFails() throws Exception {
        PortName port = server.allocatePort(5);
        PortName right = served(port, "s");
        Future<ReceivedMessage> received = async(() -> client.rpc(MachMessage.of(right, 1, ByteString.EMPTY), null));
        server.receive(port, SOON);
        Future<ReceivedMessage> queued = async(() -> client.rpc(MachMessage.of(right, 2, ByteString.EMPTY), null));
        while (server.status(port).queued() == 0) {
            Thread.onSpinWait();
        }
        server.close();
        assertThat(failure(received)).isEqualTo(MachCode.MIG_SERVER_DIED);
        assertThat(failure(queued)).isEqualTo(MachCode.MIG_SERVER_DIED);
    }

    @Test
    void aSenderHeldBackByADyingServerIsTold() throws Exception {
        PortName port = server.allocatePort(1);
        PortName right = served(port, "s");
        client.send(MachMessage.of(right, 1, ByteString.EMPTY), SOON);
        Future<Void> blocked = async(() -> {
            client.send(MachMessage.of(right, 2, ByteString.EMPTY), null);
            return null;
        });
        while (kernel.counters().get(PortCounters.Count.BLOCKED_SENDS) == 0) {
            Thread.onSpinWait();
        }
        server.close();
        assertThat(failure(blocked)).isEqualTo(MachCode.MACH_SEND_INVALID_DEST);
    }

    @Test
    void aServiceOfADeadTaskCanBeRegisteredAgain() throws Exception {
        PortName port = server.allocatePort(5);
        PortName right = served(port, "s");
        PortName mine = client.allocatePort(5);
        assertThat(codeOf(() -> client.register("s", mine))).isEqualTo(MachCode.KERN_NAME_EXISTS);
        PortName notify = client.allocatePort(5);
        client.requestNotification(right, NotificationType.DEAD_NAME, notify);
        server.close();
        client.receive(notify, SOON);
        assertThat(codeOf(() -> client.lookUp("s", NOT_AT_ALL))).isEqualTo(MachCode.KERN_ABORTED);
        client.register("s", mine);
        assertThat(client.lookUp("s", SOON)).isEqualTo(mine);
    }

    @Test
    void aLookUpWaitsForTheService() throws Exception {
        Future<PortName> waiting = async(() -> client.lookUp("later", null));
        assertThat(codeOf(() -> client.lookUp("never", Duration.ofMillis(20)))).isEqualTo(MachCode.KERN_ABORTED);
        PortName port = server.allocatePort(5);
        server.register("later", port);
        client.send(MachMessage.of(waiting.get(), 3, ByteString.EMPTY), SOON);
        assertThat(server.receive(port, SOON).id()).isEqualTo(3);
    }

    @Test
    void theDeathOfTheKernelEndsEveryCall() throws Exception {
        PortName port = client.allocatePort(5);
        CountDownLatch told = new CountDownLatch(1);
        client.onKernelDeath(told::countDown);
        Future<ReceivedMessage> waiting = async(() -> client.receive(port, null));
        client.status(port);
        kernel.close();
        assertThat(failure(waiting)).isEqualTo(MachCode.KERN_TERMINATED);
        told.await();
        assertThat(codeOf(() -> client.allocatePort(1))).isEqualTo(MachCode.KERN_TERMINATED);
    }

    @Test
    void closingATaskEndsItsCalls() throws Exception {
        PortName port = client.allocatePort(5);
        Future<ReceivedMessage> waiting = async(() -> client.receive(port, null));
        client.status(port);
        client.close();
        assertThat(failure(waiting)).isEqualTo(MachCode.KERN_TERMINATED);
    }

    // The kernel's own ports

    @Test
    void theKernelAnswersOnItsPorts() throws Exception {
        KernelPort port = kernel.createKernelPort(message -> {
            try (message) {
                message.reply(message.id() + 100, message.body());
            }
        });
        kernel.registerBootstrap("kernel", port);
        PortName right = client.lookUp("kernel", SOON);
        assertThat(client.rpc(MachMessage.of(right, 1, text("k")), SOON).body()).isEqualTo(text("k"));
        assertThat(crossings.value(Crossing.KERNEL_MESSAGES)).isEqualTo(2);
        assertThat(crossings.value(Crossing.MESSAGES)).isZero();
    }

    @Test
    void theKernelSendsThroughARightThatItWasGiven() throws Exception {
        CompletableFuture<SendRight> given = new CompletableFuture<>();
        CountDownLatch died = new CountDownLatch(1);
        KernelPort port = kernel.createKernelPort(message -> {
            try (message) {
                SendRight right = message.takeRight(0);
                right.onDeath(died::countDown);
                given.complete(right);
            }
        });
        kernel.registerBootstrap("kernel", port);
        PortName inbox = client.allocatePort(2);
        client.send(
                MachMessage.of(client.lookUp("kernel", SOON), 1, ByteString.EMPTY)
                        .withRight(inbox, Disposition.MAKE_SEND),
                SOON);
        SendRight right = given.get();
        assertThat(right.send(1, text("a"))).isTrue();
        assertThat(right.send(2, text("b"))).isTrue();
        assertThat(right.send(3, text("c"))).isFalse();
        assertThat(client.receive(inbox, SOON).body()).isEqualTo(text("a"));
        assertThat(client.receive(inbox, SOON).body()).isEqualTo(text("b"));
        client.destroy(inbox);
        died.await();
        assertThat(right.isDead()).isTrue();
        assertThat(right.send(4, text("d"))).isFalse();
    }

    @Test
    void theKernelGivesAPortAwayAndIsToldWhenNobodyHasItAnyMore() throws Exception {
        CompletableFuture<KernelPort> noSenders = new CompletableFuture<>();
        KernelPort device = kernel.createKernelPort(new KernelMessageHandler() {
            @Override
            public void onMessage(KernelMessage message) {
                message.reply(5, ByteString.EMPTY);
                message.close();
            }

            @Override
            public void onNoSenders(KernelPort port) {
                noSenders.complete(port);
            }
        });
        KernelPort master = kernel.createKernelPort(message -> {
            try (message) {
                message.reply(1, ByteString.EMPTY, device);
            }
        });
        kernel.registerBootstrap("master", master);
        ReceivedMessage opened = client.rpc(MachMessage.of(client.lookUp("master", SOON), 1, ByteString.EMPTY), SOON);
        PortName right = opened.rights().get(0).name();
        assertThat(client.rpc(MachMessage.of(right, 1, ByteString.EMPTY), SOON).id())
                .isEqualTo(5);
        assertThat(noSenders.isDone()).isFalse();
        client.close();
        assertThat(noSenders.get()).isSameAs(device);
    }

    @Test
    void theKernelReceivesOutOfLineMemory() throws Exception {
        CompletableFuture<String> read = new CompletableFuture<>();
        KernelPort port = kernel.createKernelPort(message -> {
            try (message) {
                MemoryObject object = message.regions().get(0);
                byte[] bytes = new byte[object.lengthBytes()];
                object.copyTo(MemorySegment.ofArray(bytes), 0);
                read.complete(new String(bytes, StandardCharsets.UTF_8));
                object.close();
                message.reply(1, ByteString.EMPTY);
            } catch (MachException e) {
                read.completeExceptionally(e);
            }
        });
        kernel.registerBootstrap("kernel", port);
        MachMessage message = MachMessage.of(client.lookUp("kernel", SOON), 1, ByteString.EMPTY)
                .withRegion(client.outOfLine(ByteBuffer.wrap("frame".getBytes(StandardCharsets.UTF_8))));
        client.rpc(message, SOON);
        assertThat(read.get()).isEqualTo("frame");
        assertThat(crossings.value(Crossing.OUT_OF_LINE_MAPS)).isEqualTo(1);
    }

    @Test
    void aHandlerOfTheKernelThatFailsTellsTheClient() throws Exception {
        KernelPort port = kernel.createKernelPort(message -> {
            throw new IllegalArgumentException("a test's");
        });
        kernel.registerBootstrap("kernel", port);
        PortName right = client.lookUp("kernel", SOON);
        assertThat(codeOf(() -> client.rpc(MachMessage.of(right, 1, ByteString.EMPTY), SOON)))
                .isEqualTo(MachCode.MIG_SERVER_DIED);
    }
}
