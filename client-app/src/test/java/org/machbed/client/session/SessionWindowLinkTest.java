package org.machbed.client.session;

import com.google.protobuf.ByteString;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.machbed.client.Child;
import org.machbed.ipc.mach.Disposition;
import org.machbed.ipc.mach.MachMessage;
import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.mach.MachTransport;
import org.machbed.ipc.mach.PortName;
import org.machbed.ipc.mach.ReceivedMessage;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.ipc.window.QueueKind;
import org.machbed.kernel.KernelNode;
import org.machbed.link.FrameLoans;
import org.machbed.link.LinkEnd;
import org.machbed.link.LinkSpecification;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.proto.device.DeviceCall;
import org.machbed.proto.device.DeviceOpenRequest;
import org.machbed.proto.device.DeviceSetSessionReply;
import org.machbed.proto.device.DeviceSetSessionRequest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Applications' links over a kernel-node of its own process, with the test in the place of the server and of the peer host. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SessionWindowLinkTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final int LOCAL = 0xC0000201;
    private static final int REMOTE = 0xC0000202;
    private static final int PEER_PORT = 5002;

    /** Fewer than the buffers of a window, of which its owner needs one to send. */
    private static final int FLOOD = 900;

    @TempDir
    private Path directory;

    private HostDirectory host;
    private Child kernel;
    private LinkEnd peer;
    private MachTask server;
    private PortName device;
    private final List<AutoCloseable> applications = new ArrayList<>();
    private final Crossings crossings = Crossings.unshared();

    @BeforeEach
    void start() throws Exception {
        host = HostDirectory.create(directory.resolve("host"));
        String wire = "segment:" + directory.resolve("wire");
        kernel = Child.start(
                KernelNode.class,
                directory,
                "--host-directory=" + host.path(),
                "--process-name=kernel",
                "--wire=" + wire,
                "--mac=02:00:00:00:00:01",
                "--sessions=true",
                "--chronicle=true");
        assertThat(kernel.line()).startsWith("READY");
        peer = LinkSpecification.parse(wire).open(MacAddress.parse("02:00:00:00:00:02"), 1500, null);
        server = MachTask.connect(host, MachTransport.GRPC, "server");
        ByteString open = DeviceOpenRequest.newBuilder()
                .setDeviceName(DeviceCall.NETWORK_DEVICE)
                .setExclusive(true)
                .build()
                .toByteString();
        PortName master = server.lookUp(DeviceCall.MASTER_PORT, SOON);
        device = server.rpc(MachMessage.of(master, DeviceCall.OPEN, open), SOON)
                .rights()
                .getFirst()
                .name();
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable application : applications) {
            application.close();
        }
        server.close();
        peer.close();
        kernel.kill();
    }

    /** An application with the session of a local port. */
    private SessionWindowLink application(MachTransport transport, int localPort) throws Exception {
        MachTask task = MachTask.connect(host, transport, "application");
        SessionWindowLink link = SessionWindowLink.open(task, host, QueueKind.RING, crossings);
        applications.add(link);
        applications.add(task);
        PortName mailbox = server.allocatePort(1);
        server.register("mailbox" + localPort, mailbox);
        PortName to = task.lookUp("mailbox" + localPort, SOON);
        task.send(MachMessage.of(to, 1, ByteString.EMPTY).withRight(link.port(), Disposition.COPY_SEND), SOON);
        PortName window = server.receive(mailbox, SOON).rights().getFirst().name();
        assertThat(setSession(localPort, window).getWindow()).isEqualTo(link.number());
        return link;
    }

    private DeviceSetSessionReply setSession(int localPort, PortName window) throws Exception {
        ByteString body = DeviceSetSessionRequest.newBuilder()
                .setProtocol(17)
                .setLocalIpv4(LOCAL)
                .setLocalPort(localPort)
                .setRemoteIpv4(REMOTE)
                .setRemotePort(PEER_PORT)
                .build()
                .toByteString();
        MachMessage request = MachMessage.of(device, DeviceCall.SET_SESSION, body);
        ReceivedMessage reply = server.rpc(
                window.equals(PortName.NULL) ? request : request.withRight(window, Disposition.COPY_SEND), SOON);
        DeviceSetSessionReply answer = DeviceSetSessionReply.parseFrom(reply.body());
        assertThat(answer.getReason()).isEmpty();
        return answer;
    }

    private static byte[] frame(boolean toHost, int localPort, int number) {
        HexFormat hex = HexFormat.of();
        ByteBuffer frame = ByteBuffer.allocate(60);
        frame.put(hex.parseHex(toHost ? "020000000001020000000002" : "020000000002020000000001"))
                .putShort((short) 0x0800);
        frame.putShort((short) 0x4500).putShort((short) 44).putInt(number << 16);
        frame.put((byte) 64).put((byte) 17).putShort((short) 0);
        frame.putInt(toHost ? REMOTE : LOCAL).putInt(toHost ? LOCAL : REMOTE);
        frame.putShort((short) (toHost ? PEER_PORT : localPort)).putShort((short) (toHost ? localPort : PEER_PORT));
        frame.putShort((short) 24).putShort((short) 0).putInt(number);
        long sum = 0;
        for (int at = 14; at < 34; at += 2) {
            sum += frame.getShort(at) & 0xFFFF;
        }
        sum = (sum & 0xFFFF) + (sum >>> 16);
        return frame.putShort(24, (short) ~((sum & 0xFFFF) + (sum >>> 16))).array();
    }

    private static void send(LinkEnd link, byte[] bytes) {
        FrameBuffer frame = Objects.requireNonNull(link.allocate(bytes.length));
        MemorySegment.copy(MemorySegment.ofArray(bytes), 0, frame.memory, frame.offset, bytes.length);
        link.transmit(frame);
    }

    private static byte[] receive(LinkEnd link) {
        List<byte[]> received = new ArrayList<>();
        while (received.isEmpty()) {
            link.await(LinkEnd.FOREVER);
            link.poll(
                    (memory, offset, length) ->
                            received.add(memory.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE)),
                    1);
        }
        return received.getFirst();
    }

    @ParameterizedTest
    @EnumSource(MachTransport.class)
    void framesGoBothWaysAndTheKernelIsStartedWithoutWaiting(MachTransport transport) throws Exception {
        SessionWindowLink link = application(transport, 7);
        assertThat(link.address()).isEqualTo(MacAddress.parse("02:00:00:00:00:01"));
        assertThat(link.mtuBytes()).isEqualTo(1500);
        for (int i = 0; i < 100; i++) {
            send(peer, frame(true, 7, i));
            assertThat(receive(link)).isEqualTo(frame(true, 7, i));
            send(link, frame(false, 7, i));
            assertThat(receive(peer)).isEqualTo(frame(false, 7, i));
        }
        assertThat(crossings.value(Crossing.TRAPS)).isZero();
        assertThat(crossings.value(Crossing.DOORBELLS)).isBetween(1L, 100L);
        DeviceSetSessionReply reply = setSession(7, PortName.NULL);
        assertThat(reply.getFramesBefore()).isEqualTo(100).isEqualTo(link.framesTaken());
        assertThat(reply.getWindowBefore()).isEqualTo(link.number());
    }

    /** One application sends what is another's, floods, and takes nothing in; the other's traffic is exact. */
    @Test
    void aRogueHarmsItselfAlone() throws Exception {
        SessionWindowLink honest = application(MachTransport.GRPC, 7);
        SessionWindowLink rogue = application(MachTransport.GRPC, 8);
        for (int i = 0; i < FLOOD; i++) {
            send(peer, frame(true, 8, i));
            send(rogue, frame(false, 7, -1 - i));
            send(peer, frame(true, 7, i));
            assertThat(receive(honest)).isEqualTo(frame(true, 7, i));
            send(honest, frame(false, 7, i));
            assertThat(receive(peer)).as("none of the rogue's").isEqualTo(frame(false, 7, i));
        }
        String counters = kernel.ask("counters");
        assertThat(counters).contains("\"sessions out FORGED_SOURCE\":" + FLOOD).contains("\"sessions\":2");
        assertThat(setSession(7, PortName.NULL).getFramesBefore()).isEqualTo(FLOOD);
    }

    @Test
    void framesStayWhereTheyAreUntilTheyAreGivenBack() throws Exception {
        SessionWindowLink link = application(MachTransport.GRPC, 7);
        List<Long> loans = new ArrayList<>();
        for (int i = 0; i < 1_200; i++) {
            send(peer, frame(true, 7, i));
            while (link.poll((memory, offset, length) -> loans.add(link.keep(memory)), 1) == 0) {
                link.await(LinkEnd.FOREVER);
            }
        }
        long kept = loans.stream().filter(loan -> loan != FrameLoans.NONE).count();
        assertThat(kept).as("one buffer in four stays for the kernel").isBetween(700L, 800L);
        loans.stream().filter(loan -> loan != FrameLoans.NONE).forEach(link::giveBack);
        long first = loans.getFirst();
        assertThatThrownBy(() -> link.giveBack(first)).isInstanceOf(IllegalArgumentException.class);
        assertThat(link.keep(MemorySegment.ofArray(new byte[1]))).isEqualTo(FrameLoans.NONE);
        assertThat(link.framesTaken()).isEqualTo(1_200);
    }

    @Test
    void aWakeUpEndsTheNextWaitAndTheKernelsDeathAllOfThem() throws Exception {
        SessionWindowLink link = application(MachTransport.GRPC, 7);
        link.wakeUp();
        assertThat(link.await(LinkEnd.FOREVER)).isTrue();
        assertThat(link.await(0)).isFalse();
        kernel.kill();
        assertThatThrownBy(() -> {
                    while (true) {
                        link.await(LinkEnd.FOREVER);
                        link.poll((memory, offset, length) -> {}, 1);
                    }
                })
                .isInstanceOf(LinkLostException.class)
                .hasMessageContaining("kernel");
    }
}
