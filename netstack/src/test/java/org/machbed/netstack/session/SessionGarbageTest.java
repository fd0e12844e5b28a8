package org.machbed.netstack.session;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;
import org.machbed.netstack.fixture.Host;
import org.machbed.netstack.fixture.Packet;
import org.machbed.netstack.ipv4.IpProtocol;
import org.machbed.netstack.random.KeyedRandom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.machbed.netstack.session.Demultiplexed.udp;
import static org.machbed.netstack.session.Demultiplexed.udpWithAny;

/** Neither finding a frame's session nor checking what one sends makes garbage per frame. */
class SessionGarbageTest {
    private static final int ROUNDS = 20_000;

    private final SessionCounters counters = new SessionCounters();
    private final SessionTable<String> table = new SessionTable<>(new KeyedRandom(1), counters);
    private final OutgoingCheck check = new OutgoingCheck(Host.MAC_B, counters);
    private final SessionTemplate sender = SessionTemplate.withAny(IpProtocol.UDP, Host.IP_B, 1024);
    private long delivered;
    private final SessionConsumer<String> consumer = (target, memory, offset, length) -> delivered++;
    private long nowNs;

    private static MemorySegment memory(Packet packet) {
        byte[] frame = packet.frame();
        MemorySegment memory = Arena.ofAuto().allocate(frame.length);
        MemorySegment.copy(frame, 0, memory, ValueLayout.JAVA_BYTE, 0, frame.length);
        return memory;
    }

    @Test
    void noGarbagePerFrame() throws SessionException {
        table.add(udp(7, 1024), "peer");
        table.add(udpWithAny(8), "any");
        Packet datagram = Packet.udp(1024, 7, new byte[1000]);
        Packet stranger = Packet.udp(1024, 9, new byte[1000]).identification(2);
        MemorySegment[] frames = {
            memory(Packet.udp(1024, 7)),
            memory(Packet.udp(1024, 8)),
            memory(Packet.udp(1024, 9)),
            memory(Packet.udp(1024, 9).protocol(1)),
            // A whole datagram of which a fragment comes early, one under way for good, one of nobody, and one without
            // first.
            memory(datagram.part(400, 400, true)),
            memory(datagram.part(0, 400, true)),
            memory(datagram.part(800, 208, false)),
            memory(datagram.part(0, 400, true).identification(3)),
            memory(datagram.part(400, 400, true).identification(3)),
            memory(stranger.part(0, 400, true)),
            memory(stranger.part(400, 608, false)),
            memory(datagram.part(400, 400, true).identification(4)),
        };
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long bytes = Long.MAX_VALUE;
        // The first rounds run in the interpreter and are compiled; one clean round is what is asked for.
        for (int round = 0; round < 10 && bytes > ROUNDS; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < ROUNDS; i++) {
                runOnce(frames);
            }
            bytes = threads.getCurrentThreadAllocatedBytes() - before;
        }
        assertThat(delivered).isPositive();
        assertThat(counters.get(SessionCounter.FRAGMENT_DELIVERED)).isPositive();
        assertThat(counters.get(SessionCounter.KEPT_PUSHED_OUT)).isPositive();
        assertThat(bytes).as("bytes allocated in %d rounds", ROUNDS).isLessThan(ROUNDS);
    }

    private void runOnce(MemorySegment[] frames) {
        for (MemorySegment frame : frames) {
            nowNs += 1000;
            table.match(frame, 0, (int) frame.byteSize(), nowNs, consumer);
            check.refusal(sender, frame, 0, (int) frame.byteSize(), nowNs);
        }
    }
}
