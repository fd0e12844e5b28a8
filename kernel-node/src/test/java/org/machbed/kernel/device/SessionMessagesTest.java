package org.machbed.kernel.device;

import com.google.protobuf.ByteString;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.ipc.mach.Disposition;
import org.machbed.ipc.mach.MachMessage;
import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.mach.MachTransport;
import org.machbed.ipc.mach.PortName;
import org.machbed.ipc.mach.ReceivedMessage;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.kernel.port.KernelPorts;
import org.machbed.proto.device.DeviceCall;
import org.machbed.proto.device.DeviceMapReply;
import org.machbed.proto.device.DeviceMapRequest;
import org.machbed.proto.device.DeviceOpenReply;
import org.machbed.proto.device.DeviceOpenRequest;
import org.machbed.proto.device.DeviceSetSessionReply;
import org.machbed.proto.device.DeviceSetSessionRequest;
import org.machbed.proto.device.DeviceWriteReply;
import org.machbed.proto.device.SessionEvent;

import static org.assertj.core.api.Assertions.assertThat;

/** A server and applications reach the session level by messages over the real transport; applications get no further. */
@Timeout(60)
class SessionMessagesTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final int UDP = 17;

    @TempDir(factory = SharedMemoryDirectory.class)
    private Path directory;

    private final MemoryLink link = new MemoryLink(1500);
    private final Crossings crossings = Crossings.unshared();
    private final ReentrantLock kernelLock = new ReentrantLock();
    private final NetworkDevice device = new NetworkDevice(link, kernelLock, crossings, true);

    private HostDirectory host;
    private KernelPorts ports;
    private MachTask server;
    private MachTask application;
    private PortName events;
    private PortName opened;

    private record Mapped(PortName port, DeviceMapReply reply) {}

    @BeforeEach
    void start() throws Exception {
        host = HostDirectory.open(directory);
        ports = KernelPorts.open(host, false, crossings, reason -> {});
        DeviceMessages.serve(ports, device, new DeviceTable(kernelLock), host);
        server = MachTask.connect(host, MachTransport.GRPC, "server");
        application = MachTask.connect(host, MachTransport.GRPC, "application");
        events = server.allocatePort(1);
        opened = open(server, true);
    }

    @AfterEach
    void stop() {
        application.close();
        server.close();
        ports.close();
    }

    private PortName open(MachTask task, boolean exclusive) throws Exception {
        ReceivedMessage message = tryOpen(task, exclusive);
        DeviceOpenReply reply = DeviceOpenReply.parseFrom(message.body());
        assertThat(reply.getError()).isZero();
        assertThat(reply.getTrapHandle()).as("no way past the port").isZero();
        return message.rights().getFirst().name();
    }

    private ReceivedMessage tryOpen(MachTask task, boolean exclusive) throws Exception {
        ByteString body = DeviceOpenRequest.newBuilder()
                .setDeviceName(DeviceCall.NETWORK_DEVICE)
                .setExclusive(exclusive)
                .build()
                .toByteString();
        MachMessage request = MachMessage.of(task.lookUp(DeviceCall.MASTER_PORT, SOON), DeviceCall.OPEN, body);
        return task.rpc(task.equals(server) ? request.withRight(events, Disposition.MAKE_SEND) : request, SOON);
    }

    private static Mapped map(MachTask task) throws Exception {
        ByteString body = DeviceMapRequest.newBuilder()
                .setWhat(DeviceMapRequest.What.SESSION_WINDOW)
                .build()
                .toByteString();
        ReceivedMessage message =
                task.rpc(MachMessage.of(task.lookUp(DeviceCall.SESSION_PORT, SOON), DeviceCall.MAP, body), SOON);
        DeviceMapReply reply = DeviceMapReply.parseFrom(message.body());
        return new Mapped(
                message.rights().isEmpty()
                        ? PortName.NULL
                        : message.rights().getFirst().name(),
                reply);
    }

    private static DeviceSetSessionRequest.Builder session(int localPort) {
        return DeviceSetSessionRequest.newBuilder()
                .setProtocol(UDP)
                .setLocalIpv4(SessionFrames.LOCAL)
                .setLocalPort(localPort)
                .setRemoteIpv4(SessionFrames.REMOTE)
                .setRemotePort(SessionFrames.PEER_PORT);
    }

    private DeviceSetSessionReply setSession(DeviceSetSessionRequest.Builder request, PortName right) throws Exception {
        MachMessage message =
                MachMessage.of(opened, DeviceCall.SET_SESSION, request.build().toByteString());
        return DeviceSetSessionReply.parseFrom(server.rpc(
                        right.equals(PortName.NULL) ? message : message.withRight(right, Disposition.COPY_SEND), SOON)
                .body());
    }

    /** Hands a right of the application's to the server, which answers to what name it has it by. */
    private PortName given(PortName right) throws Exception {
        PortName mailbox = server.allocatePort(1);
        server.register("mailbox-" + mailbox, mailbox);
        PortName to = application.lookUp("mailbox-" + mailbox, SOON);
        application.send(MachMessage.of(to, 1, ByteString.EMPTY).withRight(right, Disposition.COPY_SEND), SOON);
        return server.receive(mailbox, SOON).rights().getFirst().name();
    }

    private SessionEvent event() throws Exception {
        ReceivedMessage message = server.receive(events, SOON);
        assertThat(message.id()).isEqualTo(DeviceCall.SESSION_EVENT);
        return SessionEvent.parseFrom(message.body());
    }

    @Test
    void anApplicationCannotOpenTheDeviceThatTheServerHas() throws Exception {
        for (boolean exclusive : new boolean[] {false, true}) {
            ReceivedMessage refused = tryOpen(application, exclusive);
            assertThat(DeviceOpenReply.parseFrom(refused.body()).getError())
                    .isEqualTo(DeviceError.ALREADY_OPEN.number());
            assertThat(refused.rights()).isEmpty();
        }
        server.deallocate(opened);
        while (DeviceOpenReply.parseFrom(tryOpen(server, true).body()).getError() != 0) {
            Thread.onSpinWait();
        }
    }

    /** No call on what an application has writes a frame, sets a filter, says whose a session is, or tells another's window. */
    @Test
    void whatAnApplicationHasOfTheDeviceIsItsWindowAlone() throws Exception {
        Mapped mapped = map(application);
        PortName sessionPort = application.lookUp(DeviceCall.SESSION_PORT, SOON);
        for (PortName port : new PortName[] {mapped.port, sessionPort}) {
            for (int id : new int[] {
                DeviceCall.OPEN, DeviceCall.WRITE, DeviceCall.SET_FILTER, DeviceCall.SET_SESSION, DeviceCall.NULL, 0
            }) {
                MachMessage request = MachMessage.of(
                                port, id, session(7).build().toByteString())
                        .withRight(mapped.port, Disposition.COPY_SEND);
                ReceivedMessage reply = application.rpc(request, SOON);
                assertThat(DeviceWriteReply.parseFrom(reply.body()).getError())
                        .isEqualTo(DeviceError.INVALID_OPERATION.number());
                assertThat(reply.rights()).isEmpty();
            }
        }
        assertThat(link.sent).isEmpty();
        assertThat(Told.by(device)).containsEntry("filters", 0L).containsEntry("sessions", 0L);
        DeviceMapReply second = map(application).reply;
        assertThat(second.getReason()).contains("has a session window already");
        assertThat(second.getPath()).isEmpty();
        try (MachTask other = MachTask.connect(host, MachTransport.GRPC, "other")) {
            DeviceMapReply its = map(other).reply;
            assertThat(its.getPath()).isNotEqualTo(mapped.reply.getPath());
            assertThat(its.getWindow()).isNotEqualTo(mapped.reply.getWindow());
        }
    }

    @Test
    void theServerSwitchesASessionToAWindowAndBack() throws Exception {
        Mapped mapped = map(application);
        assertThat(mapped.reply.getMtuBytes()).isEqualTo(1500);
        assertThat(mapped.reply.getMacAddress().toByteArray()).isEqualTo(TestFrames.bytes("020000000001"));
        PortName window = given(mapped.port);
        DeviceSetSessionReply reply = setSession(session(7).setExpectedWindow(0), window);
        assertThat(reply.getReason()).isEmpty();
        assertThat(reply.getWindow()).isEqualTo(mapped.reply.getWindow());
        link.arrive(SessionFrames.in(7, 1));
        device.interrupt();
        assertThat(setSession(session(7).setExpectedWindow(0), window).getError())
                .isEqualTo(DeviceError.ALREADY_OPEN.number());
        reply = setSession(session(7).setExpectedWindow(mapped.reply.getWindow()), PortName.NULL);
        assertThat(reply.getWindowBefore()).isEqualTo(mapped.reply.getWindow());
        assertThat(reply.getFramesBefore()).isEqualTo(1);
        assertThat(Told.by(device)).containsEntry("sessions", 0L);
    }

    /** The server still has a right to the window: what counts is the task. Its port has room for one event at a time. */
    @Test
    void theServerIsToldWhenATaskIsGone() throws Exception {
        Mapped mapped = map(application);
        PortName window = given(mapped.port);
        setSession(session(7), window);
        setSession(session(8), window);
        SessionEvent gone;
        DeviceMapReply its;
        try (MachTask second = MachTask.connect(host, MachTransport.GRPC, "second")) {
            its = map(second).reply;
            application.close();
            gone = event();
        }
        assertThat(gone.getWhat()).isEqualTo(SessionEvent.What.GONE);
        assertThat(gone.getWindow()).isEqualTo(mapped.reply.getWindow());
        assertThat(gone.getSessions()).isEqualTo(2);
        assertThat(Told.by(device)).containsEntry("sessions", 0L);
        assertThat(setSession(session(7), window).getReason()).contains("gone");
        while (Files.exists(Path.of(mapped.reply.getPath()))) {
            Thread.onSpinWait();
        }
        assertThat(event().getWindow()).isEqualTo(its.getWindow());
    }

    @Test
    void aWindowThatNobodyHasARightToIsGone() throws Exception {
        Mapped mapped = map(application);
        application.deallocate(mapped.port);
        assertThat(event().getWindow()).isEqualTo(mapped.reply.getWindow());
        DeviceMapReply next = map(application).reply;
        assertThat(next.getError()).isZero();
        assertThat(next.getWindow()).isGreaterThan(mapped.reply.getWindow());
    }

    @Test
    void whoHasTheDeviceWithOthersSaysNothingOfSessions() throws Exception {
        server.deallocate(opened);
        ReceivedMessage shared = tryOpen(application, false);
        while (shared.rights().isEmpty()) {
            shared = tryOpen(application, false);
        }
        MachMessage request = MachMessage.of(
                shared.rights().getFirst().name(),
                DeviceCall.SET_SESSION,
                session(7).build().toByteString());
        assertThat(DeviceSetSessionReply.parseFrom(
                                application.rpc(request, SOON).body())
                        .getReason())
                .contains("to itself");
        assertThat(DeviceOpenReply.parseFrom(tryOpen(server, true).body()).getError())
                .isEqualTo(DeviceError.ALREADY_OPEN.number());
    }

    /** Requests mangled bit by bit: each is answered, and what was not understood changes nothing. */
    @Test
    void mangledRequestsAreAnswered() throws Exception {
        Random random = new Random(1993);
        PortName window = given(map(application).port);
        PortName sessionPort = server.lookUp(DeviceCall.SESSION_PORT, SOON);
        int successes = 0;
        for (int i = 0; i < 2_000; i++) {
            byte[] body = session(1 + random.nextInt(100))
                    .setExpectedWindow(random.nextInt(3))
                    .build()
                    .toByteArray();
            for (int flips = random.nextInt(4); flips > 0; flips--) {
                body[random.nextInt(body.length)] ^= (byte) (1 << random.nextInt(8));
            }
            ByteString mangled = ByteString.copyFrom(body, 0, body.length - random.nextInt(4));
            MachMessage set = MachMessage.of(opened, DeviceCall.SET_SESSION, mangled);
            PortName right = random.nextBoolean() ? window : random.nextBoolean() ? sessionPort : opened;
            ReceivedMessage reply =
                    server.rpc(random.nextInt(3) == 0 ? set : set.withRight(right, Disposition.COPY_SEND), SOON);
            DeviceSetSessionReply answer = DeviceSetSessionReply.parseFrom(reply.body());
            assertThat(answer.getError() == 0).isEqualTo(answer.getReason().isEmpty());
            successes += answer.getError() == 0 ? 1 : 0;
            ReceivedMessage unmapped = server.rpc(MachMessage.of(sessionPort, DeviceCall.MAP, mangled), SOON);
            assertThat(DeviceMapReply.parseFrom(unmapped.body()).getError()).isNotZero();
        }
        assertThat(successes).isPositive();
    }
}
