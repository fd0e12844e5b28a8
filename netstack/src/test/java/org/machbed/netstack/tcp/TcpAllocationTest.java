package org.machbed.netstack.tcp;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;
import org.machbed.netstack.NetworkStack;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.arp.ArpPacket;
import org.machbed.netstack.fixture.Host;
import org.machbed.netstack.fixture.Packet;
import org.machbed.netstack.fixture.Pipe;
import org.machbed.netstack.socket.TcpSocket;

import static org.assertj.core.api.Assertions.assertThat;

/** In steady state no segment leaves garbage: bulk data, round trips, losses and timers. */
class TcpAllocationTest {
    private static final int WARM_UP = 40_000;
    private static final int STEPS = 40_000;

    private final Pipe aToB = new Pipe();
    private final Pipe bToA = new Pipe();
    private final NetworkStack a = new NetworkStack(Host.configuration(Host.MAC_A, "192.0.2.1", 1500), aToB);
    private final NetworkStack b = new NetworkStack(Host.configuration(Host.MAC_B, "192.0.2.2", 1500), bToA);
    private final MemorySegment data = Arena.ofAuto().allocate(100_000);
    private long nowNs;

    private void carry() {
        nowNs += 100_000;
        aToB.carryTo(b, nowNs);
        bToA.carryTo(a, nowNs);
        if (a.nextDeadlineNs() <= nowNs) {
            a.onTimer(nowNs);
        }
        if (b.nextDeadlineNs() <= nowNs) {
            b.onTimer(nowNs);
        }
    }

    private void meet() {
        a.onTimer(nowNs);
        b.onTimer(nowNs);
        give(a, Packet.arp(Host.MAC_A, ArpPacket.REPLY, Host.MAC_B, "192.0.2.2", Host.MAC_A, "192.0.2.1"));
        give(b, Packet.arp(Host.MAC_B, ArpPacket.REPLY, Host.MAC_A, "192.0.2.1", Host.MAC_B, "192.0.2.2"));
    }

    private void give(NetworkStack stack, byte[] frame) {
        MemorySegment.copy(frame, 0, data, ValueLayout.JAVA_BYTE, 0, frame.length);
        stack.onFrame(data, 0, frame.length, nowNs);
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
        for (int i = 0; i < STEPS; i++) {
            step.run();
        }
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    private TcpSocket client;
    private TcpSocket server;

    private void connect() throws Exception {
        meet();
        TcpSocket listening = b.tcp().open();
        listening.bind(0, 7);
        listening.listen(1, nowNs);
        client = a.tcp().open();
        client.connect(Host.IP_B, 7, nowNs);
        carry();
        carry();
        server = java.util.Objects.requireNonNull(listening.accept(nowNs));
    }

    TcpAllocationTest() throws Exception {
        client = a.tcp().open();
        server = client;
        connect();
    }

    @Test
    void roundTripsLeaveNoGarbage() throws Exception {
        long bytes = allocatedBy(() -> {
            client.send(data, 0, 100, nowNs);
            carry();
            int received = server.receive(data, 0, 1000, nowNs);
            if (received > 0) {
                server.send(data, 0, received, nowNs);
            }
            carry();
            client.receive(data, 0, 1000, nowNs);
        });
        assertThat(bytes).isLessThan(STEPS);
    }

    @Test
    void bulkDataLeaveNoGarbage() throws Exception {
        long bytes = allocatedBy(() -> {
            client.send(data, 0, 20_000, nowNs);
            carry();
            server.receive(data, 0, 100_000, nowNs);
            server.readable();
            client.writable();
        });
        assertThat(bytes).isLessThan(STEPS);
        assertThat(b.counters().get(StackCounter.TCP_SEGMENTS_RECEIVED)).isGreaterThan(4 * STEPS);
    }

    @Test
    void lossesLeaveNoGarbage() throws Exception {
        aToB.loseEvery = 53;
        bToA.loseEvery = 101;
        long bytes = allocatedBy(() -> {
            client.send(data, 0, 20_000, nowNs);
            carry();
            server.receive(data, 0, 100_000, nowNs);
        });
        assertThat(bytes).isLessThan(STEPS);
        assertThat(a.counters().get(StackCounter.TCP_FAST_RETRANSMITS)).isPositive();
    }
}
