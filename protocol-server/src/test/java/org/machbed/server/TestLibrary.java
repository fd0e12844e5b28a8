package org.machbed.server;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.mach.Disposition;
import org.machbed.ipc.mach.MachMessage;
import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.mach.MachTransport;
import org.machbed.ipc.mach.PortName;
import org.machbed.ipc.mach.ReceivedMessage;
import org.machbed.ipc.trap.CallGate;
import org.machbed.ipc.trap.TrapCaller;
import org.machbed.ipc.trap.TrapException;
import org.machbed.ipc.window.Descriptor;
import org.machbed.ipc.window.Window;
import org.machbed.ipc.window.WindowConsumer;
import org.machbed.ipc.window.WindowQueue;
import org.machbed.link.session.SessionMemory;
import org.machbed.link.window.WindowOutput;
import org.machbed.netstack.NetworkStack;
import org.machbed.netstack.StackConfiguration;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.netstack.link.FrameOutput;
import org.machbed.netstack.memory.RingArena;
import org.machbed.netstack.session.EarlyFrames;
import org.machbed.netstack.socket.RecordedSessions;
import org.machbed.netstack.socket.SessionRecords;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.TcpSessionState;
import org.machbed.netstack.socket.TcpSocket;
import org.machbed.netstack.tcp.TcpConfiguration;
import org.machbed.proto.bsd.BsdCall;
import org.machbed.proto.bsd.SocketReply;
import org.machbed.proto.bsd.SocketRequest;
import org.machbed.proto.device.DeviceCall;
import org.machbed.proto.device.DeviceMapReply;
import org.machbed.proto.device.DeviceMapRequest;
import org.machbed.proto.trap.TrapNumber;

/**
 * An application with the simplest protocol library: its session window over the real kernel, a stack of its own, and one thread that
 * takes frames in. Sessions come and go by the calls of the server.
 */
final class TestLibrary implements AutoCloseable {
    private static final long RING_BYTES = 8 << 20;
    private static final int SLOTS = 16;

    final MachTask task;
    final PortName server;
    final PortName window;
    final SessionMemory memory;
    private final PortName life;
    private final Window mapped;
    private final WindowConsumer in;
    private final WindowOutput out;
    private final CallGate gate;
    private final TrapCaller caller;
    private final int trapHandle;
    private final NetworkStack stack;
    private final RecordedSessions recorded;
    private final Thread thread;

    /** All below is guarded by this object. */
    private final List<byte[]> outgoing = new ArrayList<>();

    private final Map<Integer, TcpSocket> sessions = new HashMap<>();
    private final Map<Integer, Integer> slots = new HashMap<>();
    private final EarlyFrames early = new EarlyFrames(512, 1 << 20);
    private final List<Integer> asked = new ArrayList<>();
    private int arriving;

    /** Whether sessions were asked for that nobody takes in: the stack, which knows none of them, would reset their peers. */
    private boolean hasAsked;

    private boolean isStopped;
    private boolean isPaused;

    TestLibrary(TestHost host, MachTransport transport) throws Exception {
        task = StartingKernel.connect(host.directory, transport, "library");
        server = task.lookUp(BsdCall.UNIX_SERVER, TestClient.LIMIT);
        life = task.allocatePort(1);
        PortName kernel = task.lookUp(DeviceCall.SESSION_PORT, TestClient.LIMIT);
        ByteString wish = DeviceMapRequest.newBuilder()
                .setWhat(DeviceMapRequest.What.SESSION_WINDOW)
                .build()
                .toByteString();
        ReceivedMessage answer = task.rpc(MachMessage.of(kernel, DeviceCall.MAP, wish), TestClient.LIMIT);
        DeviceMapReply map = DeviceMapReply.parseFrom(answer.body());
        if (map.getError() != 0) {
            throw new AssertionError(map.getReason());
        }
        window = answer.rights().getFirst().name();
        trapHandle = map.getTrapHandle();
        mapped = Window.open(host.directory.path().resolve(map.getPath()));
        in = mapped.consumer();
        gate = CallGate.open(host.directory.kernelGate());
        caller = gate.caller();
        out = new WindowOutput(mapped, mapped.producer(this::startKernel), 1514, reason -> {});
        memory = SessionMemory.create(host.directory.fresh("sessions"), SLOTS, RING_BYTES);
        RingArena rings = new RingArena(memory.rings());
        StackConfiguration of = host.arguments().stack();
        StackConfiguration own = new StackConfiguration(
                of.mac(),
                of.ipv4(),
                of.prefixLength(),
                of.gatewayIpv4(),
                of.mtuBytes(),
                of.seed() + 1,
                true,
                TcpConfiguration.DEFAULT.toBuilder().ringMemory(rings).build());
        stack = new NetworkStack(own.withNeighbours(asked::add), new Outgoing());
        recorded = new RecordedSessions(memory.records(), rings);
        thread = Thread.ofPlatform().daemon().name("library").start(this::run);
    }

    /** Frames leave once what they tell is recorded. */
    private final class Outgoing implements FrameOutput {
        private final FrameBuffer frame = new FrameBuffer();

        @Override
        public FrameBuffer allocate(int lengthBytes) {
            frame.memory = MemorySegment.ofArray(new byte[lengthBytes]);
            frame.offset = 0;
            frame.length = lengthBytes;
            return frame;
        }

        @Override
        public void transmit(FrameBuffer sent) {
            ByteBuffer bytes = sent.memory.asSlice(0, sent.length).asByteBuffer();
            byte[] copy = new byte[sent.length];
            bytes.get(copy);
            outgoing.add(copy);
        }

        @Override
        public void release(FrameBuffer unsent) {}
    }

    private void startKernel() {
        try {
            caller.trap(TrapNumber.WINDOW_START, trapHandle);
        } catch (TrapException e) {
            // The kernel is gone, and the test over.
        }
    }

    private static long now() {
        return System.nanoTime();
    }

    private void run() {
        while (true) {
            synchronized (this) {
                if (isStopped) {
                    return;
                }
                if (!isPaused) {
                    takeIn();
                    if (stack.nextDeadlineNs() <= now()) {
                        stack.onTimer(now());
                    }
                    flush();
                }
            }
            askServer();
            in.await(1_000_000);
        }
    }

    private void takeIn() {
        for (long descriptor = in.poll(); descriptor != WindowQueue.NONE; descriptor = in.poll()) {
            long offset = mapped.frameOffset(descriptor);
            int length = Descriptor.lengthBytes(descriptor);
            if (arriving > 0 || hasAsked) {
                early.keep(mapped.memory(), offset, length);
            } else {
                stack.onFrame(mapped.memory(), offset, length, now());
            }
            mapped.pools().free(Descriptor.buffer(descriptor));
        }
    }

    /** Guarded by this object. */
    private void flush() {
        stack.tcp().recordChanges(now());
        for (byte[] frame : outgoing) {
            FrameBuffer buffer = out.allocate(frame.length);
            if (buffer != null) {
                MemorySegment.copy(MemorySegment.ofArray(frame), 0, buffer.memory, buffer.offset, frame.length);
                out.transmit(buffer);
            }
        }
        outgoing.clear();
        notifyAll();
    }

    /** Asks for stations, without holding anybody up. */
    private void askServer() {
        List<Integer> addresses;
        synchronized (this) {
            addresses = List.copyOf(asked);
            asked.clear();
        }
        for (int ipv4 : addresses) {
            try {
                SocketReply reply =
                        call(BsdCall.RESOLVE, SocketRequest.newBuilder().setIpv4(ipv4));
                synchronized (this) {
                    if (reply.getErrno() == 0) {
                        stack.learnNeighbour(ipv4, station(reply), now());
                    } else {
                        stack.neighbourUnreachable(ipv4, now());
                    }
                    flush();
                }
            } catch (Exception e) {
                return; // the test is over
            }
        }
    }

    static long station(SocketReply reply) {
        long bits = 0;
        for (byte octet : reply.getData()) {
            bits = bits << 8 | (octet & 0xFF);
        }
        return bits;
    }

    SocketReply call(int id, SocketRequest.Builder request) throws Exception {
        return SocketReply.parseFrom(
                task.rpc(MachMessage.of(server, id, request.build().toByteString()), TestClient.LIMIT)
                        .body());
    }

    /** A call that says who makes it. */
    SocketReply own(int id, SocketRequest.Builder request) throws Exception {
        MachMessage message =
                MachMessage.of(server, id, request.build().toByteString()).withRight(life, Disposition.MAKE_SEND);
        return SocketReply.parseFrom(task.rpc(message, TestClient.LIMIT).body());
    }

    int socket(int type) throws Exception {
        return TestClient.succeeded(
                        own(BsdCall.SOCKET, SocketRequest.newBuilder().setType(type)))
                .getValue();
    }

    int connected(int ipv4, int port) throws Exception {
        int socket = socket(BsdCall.STREAM);
        TestClient.succeeded(
                call(BsdCall.CONNECT, StreamClient.of(socket).setIpv4(ipv4).setPort(port)));
        return socket;
    }

    /** Announces the session memory; answers its descriptor. */
    int announce() throws Exception {
        SocketRequest.Builder request =
                SocketRequest.newBuilder().setPath(memory.path().getFileName().toString());
        return TestClient.succeeded(own(BsdCall.SESSION_MEMORY, request)).getValue();
    }

    /** Asks for a session, without taking it in: the answer and, in the second place, its state. */
    Map.Entry<SocketReply, byte[]> ask(int socket) throws Exception {
        synchronized (this) {
            hasAsked = true;
        }
        return ask(socket, -1);
    }

    private Map.Entry<SocketReply, byte[]> ask(int socket, int slot) throws Exception {
        SocketRequest.Builder request = StreamClient.of(socket).setRecord(slot + 1);
        MachMessage message = MachMessage.of(
                        server, BsdCall.MIGRATE, request.build().toByteString())
                .withRight(life, Disposition.MAKE_SEND)
                .withRight(window, Disposition.COPY_SEND);
        try (ReceivedMessage received = task.rpc(message, TestClient.LIMIT)) {
            SocketReply reply = SocketReply.parseFrom(received.body());
            if (received.regions().isEmpty()) {
                return Map.entry(reply, reply.getData().toByteArray());
            }
            byte[] state = new byte[received.regions().getFirst().lengthBytes()];
            received.regions().getFirst().copyTo(MemorySegment.ofArray(state), 0);
            return Map.entry(reply, state);
        }
    }

    /** Takes a connection; answers what the server says. */
    SocketReply migrate(int socket) throws Exception {
        int slot;
        synchronized (this) {
            arriving++;
            hasAsked = false;
            slot = recorded.reserve();
        }
        Map.Entry<SocketReply, byte[]> answer = null;
        try {
            answer = ask(socket, slot);
            return answer.getKey();
        } finally {
            arrive(socket, slot, answer);
        }
    }

    private synchronized void arrive(int socket, int slot, Map.@Nullable Entry<SocketReply, byte[]> answer)
            throws SocketLayerException {
        arriving--;
        if (answer != null && answer.getKey().getErrno() == 0) {
            byte[] state = answer.getValue();
            TcpSessionState session = TcpSessionState.decode(MemorySegment.ofArray(state), 0, state.length);
            TcpSocket arrived = stack.tcp().importSession(session, now());
            sessions.put(socket, arrived);
            recorded.record(arrived, slot);
            slots.put(socket, slot);
        } else {
            recorded.release(slot);
        }
        early.replay(stack, (target, memory, offset, length) -> target.onFrame(memory, offset, length, now()));
        flush();
    }

    /** Damages what it has recorded of a session: both turns say that its send ring lies nowhere. */
    synchronized void spoilRecord(int socket) throws IOException {
        long slotBytes = SessionRecords.bytes(1);
        long slotAt = 64 + slots.getOrDefault(socket, -1) * slotBytes;
        try (FileChannel file = FileChannel.open(memory.path(), StandardOpenOption.WRITE)) {
            for (int turn = 0; turn < 2; turn++) {
                ByteBuffer nowhere = ByteBuffer.allocate(Long.BYTES).putLong(0, -1);
                file.write(nowhere, slotAt + 64 + turn * ((slotBytes - 64) / 2) + 16);
            }
        }
    }

    boolean isTaken(int socket) {
        return memory.records().isTaken(slots.getOrDefault(socket, -1));
    }

    /** Gives a connection back. */
    SocketReply giveBack(int socket, boolean close) throws Exception {
        SocketReply recalled = own(BsdCall.RECALL, StreamClient.of(socket));
        if (recalled.getErrno() != 0) {
            return recalled;
        }
        byte[] state;
        synchronized (this) {
            while (in.takenDescriptors() < recalled.getFrames()) {
                takeIn();
                flush();
            }
            TcpSocket leaving = session(socket);
            TcpSessionState session = leaving.exportSession(now());
            state = new byte[session.encodedBytes()];
            session.encode(MemorySegment.ofArray(state), 0);
            leaving.close(now());
            sessions.remove(socket);
            flush();
        }
        SocketReply reply = giveBack(socket, state, close);
        synchronized (this) {
            recorded.release(slots.getOrDefault(socket, -1));
        }
        return reply;
    }

    /** The second half of it. */
    SocketReply giveBack(int socket, byte[] state, boolean close) throws Exception {
        SocketRequest.Builder request = StreamClient.of(socket).setClose(close);
        if (state.length <= BsdCall.MAX_STATE_BYTES_IN_LINE) {
            return own(BsdCall.RETURN, request.setData(ByteString.copyFrom(state)));
        }
        MachMessage message = MachMessage.of(
                        server, BsdCall.RETURN, request.build().toByteString())
                .withRight(life, Disposition.MAKE_SEND)
                .withRegion(task.outOfLine(ByteBuffer.wrap(state)));
        return SocketReply.parseFrom(task.rpc(message, TestClient.LIMIT).body());
    }

    synchronized boolean has(int socket) {
        return sessions.containsKey(socket);
    }

    private TcpSocket session(int socket) {
        TcpSocket session = sessions.get(socket);
        if (session == null) {
            throw new AssertionError("the library does not have " + socket);
        }
        return session;
    }

    /** Sends what there is room for now. */
    synchronized int send(int socket, byte[] data, int offset, int length) throws SocketLayerException {
        int taken = session(socket).send(MemorySegment.ofArray(data), offset, length, now());
        flush();
        return taken;
    }

    /** Receives what is there now; as {@link TcpSocket#receive}. */
    synchronized int receive(int socket, byte[] data) throws SocketLayerException {
        int received = session(socket).receive(MemorySegment.ofArray(data), 0, data.length, now());
        flush();
        return received;
    }

    synchronized int readable(int socket) throws SocketLayerException {
        return session(socket).readableBytes();
    }

    /** As an application that SIGSTOP stops, and that goes on. */
    synchronized void pause(boolean paused) {
        isPaused = paused;
    }

    /** Dies where it stands. */
    void die() {
        synchronized (this) {
            isStopped = true;
        }
        in.wakeUp();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        task.close();
    }

    @Override
    public void close() {
        die();
        caller.close();
        gate.close();
        mapped.close();
        memory.close();
    }
}
