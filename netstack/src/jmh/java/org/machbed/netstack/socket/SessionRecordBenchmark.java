package org.machbed.netstack.socket;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.machbed.netstack.fixture.BadWire;
import org.machbed.netstack.fixture.Host;
import org.machbed.netstack.memory.RingArena;
import org.machbed.netstack.state.StateTransfer;
import org.machbed.netstack.tcp.TcpConfiguration;
import org.machbed.netstack.tcp.TcpConnection;
import org.machbed.netstack.tcp.TcpState;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What a record of a connection costs, which a library writes after each call into its stack that changes the connection. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class SessionRecordBenchmark {
    private static final int RING_BYTES = 1 << 20;

    private final RingArena arena = new RingArena(Arena.ofShared().allocate(RING_BYTES, 4_096));
    private final MemorySegment memory = Arena.ofShared().allocate(SessionRecords.bytes(1), 64);
    private final SessionRecords records = new SessionRecords(memory, 1);
    private final StateTransfer transfer = new StateTransfer();
    private final BadWire wire = new BadWire(
            1,
            TcpConfiguration.DEFAULT.toBuilder()
                    .ringMemory(arena)
                    .memoryBytes(RING_BYTES)
                    .build(),
            1500);
    private final TcpSocket socket;
    private final TcpConnection connection;
    private long nowNs;

    public SessionRecordBenchmark() {
        try {
            TcpSocket listening = wire.b.stack.tcp().open();
            listening.bind(0, 7);
            listening.listen(1, wire.nowNs());
            socket = wire.a.stack.tcp().open();
            socket.connect(Host.IP_B, 7, wire.nowNs());
            wire.runUntil(() -> socket.state() == TcpState.ESTABLISHED, Host.SECOND);
            wire.a.sendText(socket, 0, 5_000);
            connection = socket.connectionToExport();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Setup
    public void begin() {
        records.begin(0);
        nowNs = wire.nowNs();
    }

    @Benchmark
    public boolean record() {
        return records.write(0, connection, socket, transfer, arena, ++nowNs);
    }
}
