package org.machbed.netstack;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.machbed.netstack.arp.ArpPacket;
import org.machbed.netstack.fixture.Host;
import org.machbed.netstack.fixture.Packet;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.netstack.link.FrameOutput;
import org.machbed.netstack.socket.DatagramListener;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.UdpSocket;

import static org.assertj.core.api.Assertions.assertThat;

/** In steady state no packet leaves garbage, neither on its way down nor up. */
class AllocationTest {
    private static final int WARM_UP = 60_000;
    private static final int PACKETS = 100_000;

    private final Pipe aToB = new Pipe();
    private final Pipe bToA = new Pipe();
    private final NetworkStack a = new NetworkStack(Host.configuration(Host.MAC_A, "192.0.2.1", 9000), aToB);
    private final NetworkStack b = new NetworkStack(Host.configuration(Host.MAC_B, "192.0.2.2", 9000), bToA);
    private final MemorySegment data = Arena.ofAuto().allocate(70_000);
    private long nowNs;

    /** A link of one frame. */
    private static final class Pipe implements FrameOutput {
        final FrameBuffer frame = new FrameBuffer();
        boolean full;

        Pipe() {
            frame.memory = Arena.ofAuto().allocate(10_000);
        }

        @Override
        public FrameBuffer allocate(int lengthBytes) {
            frame.length = lengthBytes;
            return frame;
        }

        @Override
        public void transmit(FrameBuffer frame) {
            full = true;
        }

        @Override
        public void release(FrameBuffer frame) {
            // the next allocate lends it again
        }

        void carryTo(NetworkStack stack, long nowNs) {
            if (full) {
                full = false;
                stack.onFrame(frame.memory, frame.offset, frame.length, nowNs);
            }
        }
    }

    @FunctionalInterface
    private interface Step {
        void run() throws Exception;
    }

    private static long allocatedBy(Step step) throws Exception {
        for (int i = 0; i < WARM_UP; i++) {
            step.run();
        }
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < PACKETS; i++) {
            step.run();
        }
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    private void carry() {
        nowNs += 1000;
        aToB.carryTo(b, nowNs);
        bToA.carryTo(a, nowNs);
    }

    /** Lets both know each other's station, so that neither announcements nor requests are on the wire later. */
    @BeforeEach
    void meet() {
        a.onTimer(nowNs);
        b.onTimer(nowNs);
        give(a, Packet.arp(Host.MAC_A, ArpPacket.REPLY, Host.MAC_B, "192.0.2.2", Host.MAC_A, "192.0.2.1"));
        give(b, Packet.arp(Host.MAC_B, ArpPacket.REPLY, Host.MAC_A, "192.0.2.1", Host.MAC_B, "192.0.2.2"));
        aToB.full = false;
        bToA.full = false;
    }

    private void give(NetworkStack stack, byte[] frame) {
        MemorySegment.copy(frame, 0, data, ValueLayout.JAVA_BYTE, 0, frame.length);
        stack.onFrame(data, 0, frame.length, nowNs);
    }

    private UdpSocket socket(NetworkStack stack, int port, String peer, int peerPort) throws Exception {
        UdpSocket socket = stack.udp().open();
        socket.bind(0, port);
        socket.connect(Ipv4Address.parse(peer), peerPort);
        return socket;
    }

    @Test
    void roundTripsThroughQueuesLeaveNoGarbage() throws Exception {
        UdpSocket client = socket(a, 1, "192.0.2.2", 2);
        UdpSocket server = socket(b, 2, "192.0.2.1", 1);
        for (int length : new int[] {1, 1000, 8000}) {
            long bytes = allocatedBy(() -> {
                client.send(data, 0, length, 0, 0, nowNs);
                carry();
                server.receive(data, 0, 9000);
                server.send(data, 0, length, 0, 0, nowNs);
                carry();
                client.receive(data, 0, 9000);
            });
            assertThat(bytes).as("datagrams of %d bytes", length).isLessThan(PACKETS);
        }
        assertThat(b.counters().get(StackCounter.UDP_DATAGRAMS_SENT)).isEqualTo(3L * (WARM_UP + PACKETS));
    }

    /** Sends back what it is given. */
    private final class Echo implements DatagramListener {
        final UdpSocket socket;

        Echo(UdpSocket socket) {
            this.socket = socket;
        }

        @Override
        public boolean onDatagram(MemorySegment memory, long offset, int length, int ipv4, int port) {
            try {
                socket.send(memory, offset, length, ipv4, port, nowNs);
            } catch (Exception e) {
                throw new AssertionError(e);
            }
            return true;
        }

        @Override
        public void onReadable() {
            throw new AssertionError("nothing is queued");
        }

        @Override
        public void onError(Errno errno) {
            throw new AssertionError(errno);
        }
    }

    @Test
    void listenersEchoesAndLoopbackLeaveNoGarbage() throws Exception {
        UdpSocket echo = a.udp().open();
        echo.bind(0, 7);
        echo.listener(new Echo(echo));
        UdpSocket far = socket(b, 2, "192.0.2.1", 7);
        UdpSocket near = a.udp().open();
        near.bind(0, 3);
        long bytes = allocatedBy(() -> {
            far.send(data, 0, 100, 0, 0, nowNs);
            carry();
            carry();
            far.receive(data, 0, 9000);
            near.send(data, 0, 100, Ipv4Address.LOOPBACK, 7, nowNs);
            near.receive(data, 0, 9000);
            carry();
            a.onTimer(nowNs);
            a.nextDeadlineNs();
        });
        assertThat(bytes).isLessThan(PACKETS);
    }

    @Test
    void fragmentsLeaveNoGarbage() throws Exception {
        UdpSocket client = socket(a, 1, "127.0.0.1", 2);
        UdpSocket server = a.udp().open();
        server.bind(0, 2);
        long bytes = allocatedBy(() -> {
            client.send(data, 0, 20_000, 0, 0, nowNs);
            server.receive(data, 0, 70_000);
        });
        assertThat(bytes).isLessThan(PACKETS);
    }
}
