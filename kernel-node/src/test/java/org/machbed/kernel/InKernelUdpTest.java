package org.machbed.kernel;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.trap.TrapCaller;
import org.machbed.ipc.trap.TrapSlot;
import org.machbed.link.ConflictLog;
import org.machbed.link.LinkEnd;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.arp.ArpPacket;
import org.machbed.netstack.ethernet.EtherType;
import org.machbed.netstack.ethernet.EthernetHeader;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.UdpSockets;
import org.machbed.proto.trap.TrapNumber;
import org.slf4j.LoggerFactory;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

/** UDP between two kernels with the stack inside, by socket traps through real call gates over a real segment. */
@Timeout(60)
class InKernelUdpTest {
    private static final int PORT = 5001;

    private TwoHosts hosts;
    private TrapCaller a;
    private TrapCaller b;

    @BeforeEach
    void start() throws Exception {
        hosts = hosts();
        a = hosts.a.caller;
        b = hosts.b.caller;
    }

    /** The two kernels that a test runs on. */
    TwoHosts hosts() throws Exception {
        return new TwoHosts();
    }

    @AfterEach
    void stop() throws Exception {
        hosts.close();
    }

    private static int socket(TrapCaller caller) {
        long result = caller.trap(TrapNumber.SOCKET);
        assertThat(result).isPositive();
        return (int) result;
    }

    private static int boundSocket(TrapCaller caller, int port) {
        int socket = socket(caller);
        assertThat(caller.trap(TrapNumber.BIND, socket, 0, port)).isZero();
        return socket;
    }

    private static long send(TrapCaller caller, long socket, String text, long ipv4, long port) {
        try (TrapSlot slot = caller.claim()) {
            byte[] bytes = text.getBytes(UTF_8);
            MemorySegment.copy(bytes, 0, slot.data(), ValueLayout.JAVA_BYTE, 0, bytes.length);
            return slot.call(TrapNumber.SEND_TO, socket, ipv4, port, bytes.length);
        }
    }

    private record Received(long header, String text) {}

    private static Received receive(TrapCaller caller, long socket, int room) {
        try (TrapSlot slot = caller.claim()) {
            long header = slot.call(TrapNumber.RECEIVE_FROM, socket, room, 0);
            assertThat(TrapNumber.isError(header)).as("result %d", header).isFalse();
            int length = Math.min(room, DatagramHeader.lengthBytes(header));
            byte[] bytes = slot.data().asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
            return new Received(header, new String(bytes, UTF_8));
        }
    }

    /** A thread of its own: receives wait in the kernel and would fill the common pool. */
    private static <T> CompletableFuture<T> background(Supplier<T> call) {
        return CompletableFuture.supplyAsync(
                call, task -> Thread.ofPlatform().daemon().start(task));
    }

    private static long receiveNow(TrapCaller caller, long socket) {
        return caller.trap(TrapNumber.RECEIVE_FROM, socket, 100, 1);
    }

    /** Waits in the kernel until traps of other threads wait there too. */
    private static void awaitWaiting(TwoHosts.Host host, long receives) {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (stackCounter(host, "TRAPS_WAITING") < receives) {
            assertThat(System.nanoTime()).as("receives wait").isLessThan(deadlineNs);
        }
    }

    @Test
    void aWaitingReceiveGetsTheDatagramWithOneCopyInTheKernel() throws Exception {
        int server = boundSocket(b, PORT);
        int client = boundSocket(a, 6001);
        CompletableFuture<Received> received = background(() -> receive(b, server, 100));
        awaitWaiting(hosts.b, 1);
        long copiesBefore = hosts.b.crossings.value(Crossing.COPIES);
        assertThat(send(a, client, "one", TwoHosts.B, PORT)).isEqualTo(3);
        Received datagram = received.get(30, TimeUnit.SECONDS);
        assertThat(datagram.text).isEqualTo("one");
        assertThat(datagram.header).isEqualTo(DatagramHeader.pack(TwoHosts.A, 6001, 3));
        assertThat(hosts.b.crossings.value(Crossing.COPIES) - copiesBefore).isEqualTo(1);
    }

    private static void awaitStackCounter(TwoHosts.Host host, StackCounter counter, long atLeast) {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (stackCounter(host, counter.toString()) < atLeast) {
            assertThat(System.nanoTime()).as("%s of %d", counter, atLeast).isLessThan(deadlineNs);
        }
    }

    private static long stackCounter(TwoHosts.Host host, String wanted) {
        long[] found = {-1};
        host.kernel.tellStackCounters((name, value) -> {
            if (name.equals(wanted)) {
                found[0] = value;
            }
        });
        return found[0];
    }

    private record Copies(long copies, long bytes) {
        static Copies of(TwoHosts.Host host) {
            return new Copies(host.crossings.value(Crossing.COPIES), host.crossings.value(Crossing.COPIED_BYTES));
        }

        Copies since(Copies before) {
            return new Copies(copies - before.copies, bytes - before.bytes);
        }
    }

    @Test
    void copiesAreTheSameWhetherTheReceiveOrTheDatagramComesFirst() throws Exception {
        int server = boundSocket(b, PORT);
        int client = boundSocket(a, 6001);
        // The first one resolves addresses.
        send(a, client, "first", TwoHosts.B, PORT);
        receive(b, server, 100);
        int count = 100;

        Copies before = Copies.of(hosts.b);
        for (int i = 0; i < count; i++) {
            CompletableFuture<Received> received = background(() -> receive(b, server, 100));
            awaitWaiting(hosts.b, 1);
            send(a, client, "datagram", TwoHosts.B, PORT);
            assertThat(received.get(30, TimeUnit.SECONDS).text).isEqualTo("datagram");
        }
        Copies receiveFirst = Copies.of(hosts.b).since(before);

        before = Copies.of(hosts.b);
        for (int i = 0; i < count; i++) {
            long frames = stackCounter(hosts.b, StackCounter.FRAMES_RECEIVED.toString());
            send(a, client, "datagram", TwoHosts.B, PORT);
            awaitStackCounter(hosts.b, StackCounter.FRAMES_RECEIVED, frames + 1);
            assertThat(receive(b, server, 100).text).isEqualTo("datagram");
        }
        Copies datagramFirst = Copies.of(hosts.b).since(before);

        before = Copies.of(hosts.b);
        long frames = stackCounter(hosts.b, StackCounter.FRAMES_RECEIVED.toString());
        for (int i = 0; i < count; i++) {
            send(a, client, "datagram", TwoHosts.B, PORT);
        }
        awaitStackCounter(hosts.b, StackCounter.FRAMES_RECEIVED, frames + count);
        for (int i = 0; i < count; i++) {
            assertThat(receive(b, server, 100).text).isEqualTo("datagram");
        }
        Copies allFirst = Copies.of(hosts.b).since(before);

        assertThat(receiveFirst).isEqualTo(new Copies(count, 8L * count));
        assertThat(datagramFirst).isEqualTo(receiveFirst);
        assertThat(allFirst).isEqualTo(receiveFirst);
    }

    @Test
    void whatNobodyReceivesStaysInOrderWhileOtherTrafficPassesAndIsGoneWithItsSocket() {
        int lazy = boundSocket(b, PORT);
        int busy = boundSocket(b, PORT + 1);
        int client = socket(a);
        String filler = "0123456789".repeat(140);
        for (int i = 0; i < 300; i++) {
            send(a, client, "kept " + i, TwoHosts.B, PORT);
        }
        // Several times the ring: the frames that are kept must make way.
        for (int i = 0; i < 3_000; i++) {
            send(a, client, filler + i, TwoHosts.B, PORT + 1);
            assertThat(receive(b, busy, 2_000).text).endsWith("9" + i);
        }
        assertThat(stackCounter(hosts.b, "RECALLED_BYTES")).isPositive();
        for (int i = 0; i < 250; i++) {
            assertThat(receive(b, lazy, 100).text).isEqualTo("kept " + i);
        }
        assertThat(stackCounter(hosts.b, "RECALLED_BYTES")).isPositive();
        assertThat(b.trap(TrapNumber.CLOSE, lazy)).isZero();
        assertThat(stackCounter(hosts.b, "RECALLED_BYTES")).isZero();
        assertThat(receiveNow(b, busy)).isEqualTo(-Errno.EWOULDBLOCK.number());
    }

    @Test
    void socketsThatCloseWithDatagramsGiveTheirFramesBack() {
        int client = socket(a);
        String text = "0123456789".repeat(140);
        // Many times the ring.
        for (int i = 0; i < 500; i++) {
            int socket = boundSocket(b, PORT);
            long frames = stackCounter(hosts.b, StackCounter.FRAMES_RECEIVED.toString());
            for (int j = 0; j < 10; j++) {
                send(a, client, text, TwoHosts.B, PORT);
            }
            awaitStackCounter(hosts.b, StackCounter.FRAMES_RECEIVED, frames + 10);
            assertThat(b.trap(TrapNumber.CLOSE, socket)).isZero();
        }
        assertThat(hosts.b.crossings.value(Crossing.COPIES)).isZero();
        assertThat(stackCounter(hosts.b, "RECALLED_BYTES")).isZero();
    }

    @Test
    void theReceiveBufferBoundsWhatIsKept() {
        int server = boundSocket(b, PORT);
        int client = socket(a);
        assertThat(b.trap(TrapNumber.SET_OPTION, server, SocketOptionName.RECEIVE_BUFFER_BYTES.number(), 2_048))
                .isZero();
        for (int i = 0; i < 10; i++) {
            send(a, client, "0123456789".repeat(50), TwoHosts.B, PORT);
        }
        // Not ten frames, of which one resolves addresses: the last datagram would find the room of one received
        // meanwhile.
        awaitStackCounter(hosts.b, StackCounter.DROP_UDP_QUEUE_FULL, 6);
        // A word and 504 bytes each.
        for (int i = 0; i < 4; i++) {
            assertThat(DatagramHeader.lengthBytes(receiveNow(b, server))).isEqualTo(500);
        }
        assertThat(receiveNow(b, server)).isEqualTo(-Errno.EWOULDBLOCK.number());
        assertThat(stackCounter(hosts.b, StackCounter.DROP_UDP_QUEUE_FULL.toString()))
                .isEqualTo(6);
    }

    @Test
    void datagramsThatNobodyWaitsForAreQueuedInOrder() {
        int server = boundSocket(b, PORT);
        int client = socket(a);
        for (int i = 0; i < 10; i++) {
            assertThat(send(a, client, "datagram " + i, TwoHosts.B, PORT)).isPositive();
        }
        for (int i = 0; i < 10; i++) {
            assertThat(receive(b, server, 100).text).isEqualTo("datagram " + i);
        }
        assertThat(receiveNow(b, server)).isEqualTo(-Errno.EWOULDBLOCK.number());
    }

    @Test
    void aLongDatagramIsFragmentedAndAShortRoomCutsIt() {
        int server = boundSocket(b, PORT);
        int client = socket(a);
        String text = "0123456789".repeat(4000);
        assertThat(send(a, client, text, TwoHosts.B, PORT)).isEqualTo(40_000);
        assertThat(receive(b, server, 65_536).text).isEqualTo(text);
        assertThat(send(a, client, text, TwoHosts.B, PORT)).isEqualTo(40_000);
        Received cut = receive(b, server, 4);
        assertThat(cut.text).isEqualTo("0123");
        assertThat(DatagramHeader.lengthBytes(cut.header)).isEqualTo(40_000);
    }

    @Test
    void receivesOnOneSocketAreServedFirstComeFirstServed() throws Exception {
        int server = boundSocket(b, PORT);
        int client = socket(a);
        CompletableFuture<Received> first = background(() -> receive(b, server, 100));
        awaitWaiting(hosts.b, 1);
        CompletableFuture<Received> second = background(() -> receive(b, server, 100));
        awaitWaiting(hosts.b, 2);
        send(a, client, "first", TwoHosts.B, PORT);
        send(a, client, "second", TwoHosts.B, PORT);
        assertThat(first.get(30, TimeUnit.SECONDS).text).isEqualTo("first");
        assertThat(second.get(30, TimeUnit.SECONDS).text).isEqualTo("second");
    }

    @Test
    void closeEndsWaitingReceivesWithEbadf() throws Exception {
        int server = boundSocket(b, PORT);
        CompletableFuture<Long> waiting = background(() -> b.trap(TrapNumber.RECEIVE_FROM, server, 100, 0));
        awaitWaiting(hosts.b, 1);
        assertThat(b.trap(TrapNumber.CLOSE, server)).isZero();
        assertThat(waiting.get(30, TimeUnit.SECONDS)).isEqualTo(-Errno.EBADF.number());
        assertThat(b.trap(TrapNumber.CLOSE, server)).isEqualTo(-Errno.EBADF.number());
    }

    @Test
    void aConnectedSocketIsToldThatNobodyListens() throws Exception {
        int client = socket(a);
        assertThat(a.trap(TrapNumber.CONNECT, client, TwoHosts.B, 9)).isZero();
        CompletableFuture<Long> waiting = background(() -> a.trap(TrapNumber.RECEIVE_FROM, client, 100, 0));
        awaitWaiting(hosts.a, 1);
        assertThat(send(a, client, "anybody?", 0, 0)).isPositive();
        assertThat(waiting.get(30, TimeUnit.SECONDS)).isEqualTo(-Errno.ECONNREFUSED.number());
        assertThat(receiveNow(a, client)).as("told once").isEqualTo(-Errno.EWOULDBLOCK.number());
        assertThat(a.trap(TrapNumber.CONNECT, client, 0, 0)).isZero();
        assertThat(send(a, client, "x", 0, 0)).isEqualTo(-Errno.EDESTADDRREQ.number());
    }

    /** As in Linux: what the network reported comes before the datagrams that came before it. */
    @Test
    void anErrorIsToldBeforeTheDatagramsThatWait() {
        int server = boundSocket(b, PORT);
        int client = boundSocket(a, 6001);
        assertThat(a.trap(TrapNumber.CONNECT, client, TwoHosts.B, PORT)).isZero();
        assertThat(send(b, server, "before", TwoHosts.A, 6001)).isEqualTo(6);
        awaitStackCounter(hosts.a, StackCounter.UDP_DATAGRAMS_RECEIVED, 1);
        assertThat(b.trap(TrapNumber.CLOSE, server)).isZero();
        assertThat(send(a, client, "anybody?", 0, 0)).isEqualTo(8);
        awaitStackCounter(hosts.a, StackCounter.ICMP_ERRORS_RECEIVED, 1);
        assertThat(receiveNow(a, client)).isEqualTo(-Errno.ECONNREFUSED.number());
        assertThat(receive(a, client, 100).text).isEqualTo("before");
        assertThat(receiveNow(a, client)).isEqualTo(-Errno.EWOULDBLOCK.number());
    }

    /** RFC 5227 section 2.4: a third station claims the address of one of the two. */
    @Test
    void aClaimToItsAddressIsLogged() throws Exception {
        ListAppender<ILoggingEvent> logged = new ListAppender<>();
        Logger logger = (Logger) LoggerFactory.getLogger(ConflictLog.class);
        logged.start();
        logger.addAppender(logged);
        try (LinkEnd claimant = hosts.station("02:00:00:00:00:0c")) {
            FrameBuffer frame = claimant.allocate(EthernetHeader.LENGTH_BYTES + ArpPacket.LENGTH_BYTES);
            assertThat(frame).isNotNull();
            long mac = claimant.address().bits();
            EthernetHeader.write(frame.memory, frame.offset, MacAddress.MASK, mac, EtherType.ARP);
            long packet = frame.offset + EthernetHeader.LENGTH_BYTES;
            ArpPacket.write(frame.memory, packet, ArpPacket.REQUEST, mac, TwoHosts.A, 0, TwoHosts.A);
            claimant.transmit(frame);
            awaitStackCounter(hosts.a, StackCounter.ARP_CONFLICTS, 1);
        } finally {
            logger.detachAppender(logged);
        }
        assertThat(logged.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly("station 02:00:00:00:00:0c"
                        + " claims 192.0.2.1, which is the address of 02:00:00:00:00:01: two hosts of one address (0 more claims"
                        + " before)");
    }

    @Test
    void aHostReachesItself() {
        int server = boundSocket(a, PORT);
        int client = socket(a);
        assertThat(send(a, client, "myself", TwoHosts.A, PORT)).isEqualTo(6);
        assertThat(receive(a, server, 100).text).isEqualTo("myself");
    }

    @Test
    void hostileArgumentsCostTheirCallerAnErrorAndNothingElse() {
        int socket = boundSocket(a, PORT);
        long[] strange = {Long.MIN_VALUE, -1, 0, 1025, 1L << 32 | socket, Long.MAX_VALUE};
        for (long descriptor : strange) {
            for (int call = TrapNumber.BIND; call <= TrapNumber.CLOSE; call++) {
                assertThat(a.trap(call, descriptor)).as("call %d", call).isEqualTo(-Errno.EBADF.number());
            }
        }
        for (long port : new long[] {-1, 65_536, Long.MIN_VALUE, 1L << 32}) {
            assertThat(a.trap(TrapNumber.BIND, socket, 0, port)).isEqualTo(-Errno.EINVAL.number());
            assertThat(a.trap(TrapNumber.CONNECT, socket, TwoHosts.B, port)).isEqualTo(-Errno.EINVAL.number());
        }
        assertThat(a.trap(TrapNumber.BIND, socket, 1L << 33, 1)).isEqualTo(-Errno.EINVAL.number());
        try (TrapSlot slot = a.claim()) {
            for (long length : new long[] {65_508, 65_537, Long.MAX_VALUE}) {
                assertThat(slot.call(TrapNumber.SEND_TO, socket, TwoHosts.B, 1, length))
                        .isEqualTo(-Errno.EMSGSIZE.number());
            }
            assertThat(slot.call(TrapNumber.SEND_TO, socket, TwoHosts.B, 1, -1)).isEqualTo(-Errno.EINVAL.number());
            assertThat(slot.call(TrapNumber.RECEIVE_FROM, socket, -1, 0)).isEqualTo(-Errno.EINVAL.number());
            assertThat(slot.call(TrapNumber.RECEIVE_FROM, socket, Long.MAX_VALUE, 1))
                    .isEqualTo(-Errno.EWOULDBLOCK.number());
            assertThat(slot.call(TrapNumber.RECEIVE_FROM, socket, 1, 2)).isEqualTo(-Errno.EINVAL.number());
        }
        assertThat(a.trap(TrapNumber.GET_OPTION, socket, 99)).isEqualTo(-Errno.ENOPROTOOPT.number());
        assertThat(a.trap(TrapNumber.GET_OPTION, socket, 1L << 32 | 1)).isEqualTo(-Errno.ENOPROTOOPT.number());
        assertThat(a.trap(TrapNumber.SET_OPTION, socket, SocketOptionName.BROADCAST.number(), 1L << 32))
                .isEqualTo(-Errno.EINVAL.number());
        for (int number : new int[] {-1, 3, 15, 25, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            assertThat(a.trap(number)).as("trap %d", number).isEqualTo(-Errno.EINVAL.number());
        }
        assertThat(a.trap(TrapNumber.DEVICE_WRITE, 1, 60)).isEqualTo(-Errno.EBADF.number());
        assertThat(a.trap(TrapNumber.WINDOW_START, -7)).isEqualTo(-Errno.EBADF.number());
        assertThat(a.trap(TrapNumber.NULL)).isZero();
        assertThat(send(a, socket, "still here", TwoHosts.A, PORT)).isEqualTo(10);
        assertThat(receive(a, socket, 100).text).isEqualTo("still here");
    }

    @Test
    void aCallerReachesItsOwnSocketsOnlyAndItsDeathClosesThem() throws Exception {
        TrapCaller other = hosts.a.gate.caller();
        int socket = boundSocket(a, PORT);
        assertThat(other.trap(TrapNumber.LOCAL_ADDRESS, socket)).isEqualTo(-Errno.EBADF.number());
        int others = socket(other);
        assertThat(other.trap(TrapNumber.BIND, others, 0, PORT)).isEqualTo(-Errno.EADDRINUSE.number());
        assertThat(other.trap(TrapNumber.BIND, others, 0, 7000)).isZero();
        other.close();
        // The kernel looks for dead callers every half second.
        int socketOfA = socket(a);
        long result;
        do {
            result = a.trap(TrapNumber.BIND, socketOfA, 0, 7000);
        } while (result == -Errno.EADDRINUSE.number());
        assertThat(result).isZero();
    }

    @Test
    void theDescriptorOfAClosedSocketDoesNotReachTheOneThatTookItsPlace() {
        long stale = boundSocket(a, PORT);
        assertThat(a.trap(TrapNumber.CLOSE, stale)).isZero();
        // More than there are places, so that each is taken again.
        for (int i = 0; i <= UdpSockets.CAPACITY; i++) {
            long fresh = socket(a);
            assertThat(fresh).isNotEqualTo(stale);
            assertThat(a.trap(TrapNumber.LOCAL_ADDRESS, stale)).isEqualTo(-Errno.EBADF.number());
            assertThat(a.trap(TrapNumber.CLOSE, stale)).isEqualTo(-Errno.EBADF.number());
            assertThat(a.trap(TrapNumber.CLOSE, fresh)).isZero();
        }
    }

    @Test
    void socketsAndWaitingReceivesAreBounded() {
        long result;
        int opened = 0;
        do {
            result = a.trap(TrapNumber.SOCKET);
            opened++;
        } while (!TrapNumber.isError(result));
        assertThat(result).isEqualTo(-Errno.EMFILE.number());
        assertThat(opened).isEqualTo(257);
    }

    @Test
    void optionsAndLocalAddressAnswer() {
        int socket = boundSocket(a, PORT);
        assertThat(a.trap(TrapNumber.LOCAL_ADDRESS, socket)).isEqualTo(DatagramHeader.pack(0, PORT, 0));
        int broadcast = SocketOptionName.BROADCAST.number();
        assertThat(a.trap(TrapNumber.GET_OPTION, socket, broadcast)).isZero();
        assertThat(a.trap(TrapNumber.SET_OPTION, socket, broadcast, 1)).isZero();
        assertThat(a.trap(TrapNumber.GET_OPTION, socket, broadcast)).isEqualTo(1);
    }
}
