package org.machbed.netstack.tcp;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;
import org.machbed.netstack.StackCounters;
import org.machbed.netstack.memory.BufferSource;
import org.machbed.netstack.memory.MemoryBudget;
import org.machbed.netstack.random.KeyedRandom;
import org.machbed.netstack.tcp.congestion.CongestionAlgorithm;
import org.machbed.netstack.tcp.congestion.CongestionControl;
import org.machbed.netstack.time.TimerWheel;
import org.machbed.netstack.time.WheelTimer;

import static org.assertj.core.api.Assertions.assertThat;

/** In steady state no part of TCP leaves garbage per segment. */
class TcpAllocationTest {
    private static final int WARM_UP = 60_000;
    private static final int SEGMENTS = 100_000;
    private static final int MSS = 1460;

    private final MemorySegment memory = Arena.ofAuto().allocate(10_000);
    private long nowNs = -1;
    private int step;

    private static void assertNoGarbage(Runnable run) {
        for (int i = 0; i < WARM_UP; i++) {
            run.run();
        }
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < SEGMENTS; i++) {
            run.run();
        }
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(SEGMENTS);
    }

    @Test
    void headersAndOptions() {
        TcpHeader header = new TcpHeader();
        TcpOptions options = new TcpOptions(new StackCounters());
        Blocks blocks = new Blocks(1, 2, 3, 4, 5, 6);
        assertNoGarbage(() -> {
            int length = TcpHeader.MINIMUM_BYTES
                    + TcpOptionWriter.write(memory, TcpHeader.MINIMUM_BYTES, true, step++, 2, blocks);
            TcpHeader.write(memory, 0, 1, 2, step, 4, length, TcpFlags.ACK, 7, 0);
            TcpHeader.writeChecksum(memory, 0, length + 100, 8, 9);
            if (header.wrap(memory, 0, length + 100) != null
                    || !TcpHeader.hasValidChecksum(memory, 0, length + 100, 8, 9)) {
                throw new AssertionError(header);
            }
            options.parse(header);
        });
        assertThat(options.sackBlocks()).isEqualTo(3);
    }

    @Test
    void buffersWithAndWithoutLoss() {
        MemoryBudget budget = new MemoryBudget(1 << 20);
        SendBuffer send = new SendBuffer(BufferSource.ofHeap(budget), 100_000);
        ReceiveReassembly receive = new ReceiveReassembly(BufferSource.ofHeap(budget), 100_000);
        send.reset(0);
        receive.reset(0);
        int[] next = {0};
        assertNoGarbage(() -> {
            int at = next[0];
            send.append(memory, 0, 4 * MSS);
            for (int i = 3; i >= 0; i--) { // the last one first
                send.copyOut(at + i * MSS, MSS, memory, 0);
                receive.insert(at + i * MSS, memory, 0, MSS);
            }
            receive.insert(at, memory, 0, MSS);
            next[0] = receive.nextSequence();
            send.acknowledge(next[0]);
            receive.read(memory, 0, 4 * MSS);
        });
        assertThat(next[0]).isEqualTo((WARM_UP + SEGMENTS) * 4 * MSS);
    }

    @Test
    void scoreboardAndCongestionControl() {
        SackScoreboard board = new SackScoreboard();
        Blocks blocks = new Blocks(2 * MSS, 4 * MSS, 6 * MSS, 8 * MSS);
        RttEstimator rtt = new RttEstimator();
        CongestionControl[] controls = {
            CongestionAlgorithm.NEW_RENO.create(), CongestionAlgorithm.CUBIC.create(),
        };
        for (CongestionControl control : controls) {
            control.start(MSS, false);
        }
        assertNoGarbage(() -> {
            nowNs += 100_000;
            board.reset(0, MSS);
            board.update(MSS, 10 * MSS, blocks);
            board.enterRecovery();
            NextSegment rule = board.nextSegment(true);
            board.onRetransmitted(rule, board.nextSequence(), board.nextBytes());
            rtt.onSample(board.pipeBytes(), 4);
            for (CongestionControl control : controls) {
                control.onAck(MSS, control.windowBytes(), rtt.smoothedNs(), nowNs);
                if (step++ % 1000 == 0) {
                    control.enterRecovery(control.windowBytes(), true, nowNs);
                    control.onDuplicateAck();
                    control.exitRecovery(0, nowNs);
                }
            }
        });
    }

    @Test
    void timersAndNumbers() {
        TimerWheel wheel = new TimerWheel();
        KeyedRandom random = new KeyedRandom(1);
        InitialSequenceNumbers numbers = new InitialSequenceNumbers(random);
        SynCookies cookies = new SynCookies(random);
        int[] fired = {0};
        WheelTimer[] timers = new WheelTimer[64];
        for (int i = 0; i < timers.length; i++) {
            timers[i] = new WheelTimer(_ -> fired[0]++);
        }
        assertNoGarbage(() -> {
            nowNs += 100_000;
            wheel.schedule(timers[step & 63], nowNs + (step & 0xFFFL) * 10_000, nowNs);
            wheel.cancel(timers[(step * 7) & 63]);
            wheel.advance(nowNs);
            wheel.nextDeadlineNs();
            int isn = numbers.next(1, 2, 3, step, nowNs);
            int cookie = cookies.encode(1, 2, 3, step, isn, MSS, nowNs);
            step += cookies.decode(1, 2, 3, step, isn, cookie, nowNs) == MSS ? 1 : 0;
        });
        assertThat(step).isEqualTo(WARM_UP + SEGMENTS);
        assertThat(fired[0]).isPositive();
    }
}
